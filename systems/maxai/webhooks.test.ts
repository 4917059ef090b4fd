import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, type Maxai, startMaxai } from './testing/maxai.ts';
import { eventually } from './testing/processes.ts';

let maxai: Maxai;
let tenantId: string;
beforeAll(async () => {
  maxai = await startMaxai();
  tenantId = (await maxai.login(1)).user.tenantId;
}, 120_000);
afterAll(() => maxai?.close());

const event = (id = `evt-${randomUUID()}`) => ({
  id,
  type: 'contact.created',
  tenant_id: tenantId,
  data: { name: 'Ada' },
});

async function done(id: string): Promise<number> {
  const { rows } = await maxai.database.query(
    'SELECT 1 FROM webhook_events WHERE tenant_id = $1 AND event_id = $2',
    [tenantId, id],
  );
  return rows.length;
}
const used = async () => {
  const { rows } = await maxai.database.query<{ amount: number }>(
    `SELECT coalesce(sum(amount), 0)::int AS amount FROM usage_events WHERE tenant_id = $1 AND meter = 'webhook_events'`,
    [tenantId],
  );
  return rows[0]?.amount;
};

test('an event that is told ten times at once is accepted ten times and done once', async () => {
  const told = event();
  const before = (await used()) ?? 0;
  const answers = await Promise.all(Array.from({ length: 10 }, () => maxai.tell('ghl', told)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await eventually(async () => (await done(told.id)) === 1, 'it is done');
  await maxai.tell('ghl', told); // and once more when it is done
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([await done(told.id), await used()]).toEqual([1, before + 1]);
});

test('it stays once although the queue has forgotten it', async () => {
  const told = event();
  const before = (await used()) ?? 0;
  await maxai.tell('retell', told);
  await eventually(async () => (await done(told.id)) === 1, 'it is done');
  const redis = new Redis(maxai.env['JOBS_REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  const queue = new Queue('webhooks', { connection: redis });
  await queue.clean(0, 1_000, 'completed');
  await maxai.tell('retell', told);
  await eventually(async () => (await queue.getCompletedCount()) === 1, 'it was taken again');
  expect([await done(told.id), await used()]).toEqual([1, before + 1]);
  await queue.close();
  await redis.quit();
});

test.each([
  ['another secret', 'another-secret-of-16', 401, 'signature_wrong'],
  ['none', '', 401, 'signature_missing'],
] as const)('a signature of %s is refused', async (_, secret, status, code) => {
  const body = JSON.stringify(event());
  const headers = { 'content-type': 'application/json' };
  const answer =
    secret === ''
      ? await ask(`${maxai.ingress.url}/webhooks/ghl`, { method: 'POST', headers, body })
      : await maxai.tell('ghl', event(), secret);
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
});

test('the secret of one vendor does not open the door of another', async () => {
  expect((await maxai.tell('ghl', event(), maxai.env['STRIPE_WEBHOOK_SECRET'])).status).toBe(401);
});

test('what nobody can do goes to the dead letters at once, and the rest goes on', async () => {
  const hopeless = { ...event(), tenant_id: randomUUID() };
  expect((await maxai.tell('ghl', hopeless)).status).toBe(202);
  const redis = new Redis(maxai.env['JOBS_REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  const dead = new Queue('webhooks_dlq', { connection: redis });
  const letters = await eventually(async () => {
    const found = await dead.getJobs(['waiting']);
    return found.length > 0 ? found : null;
  }, 'there is a dead letter');
  expect(letters.map(({ data }) => (data as { told: { id: string } }).told.id)).toEqual([hopeless.id]);
  const told = event();
  await maxai.tell('ghl', told);
  await eventually(async () => (await done(told.id)) === 1, 'the next one is done');
  await dead.close();
  await redis.quit();
  const { body } = await ask(`${maxai.worker.url}/metrics`);
  expect(body['text']).toMatch(/jobs_failed_total\{queue="webhooks"\} 1\n/);
  expect(body['text']).toMatch(/jobs_completed_total\{queue="webhooks"\} [1-9]/);
});

test('paused, nothing is taken; resumed, all of it', async () => {
  const control = (path: string) => ask(`${maxai.worker.url}/-/${path}`, { method: 'POST' });
  expect((await control('pause')).status).toBe(200);
  const told = event();
  await maxai.tell('twilio', told);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await done(told.id)).toBe(0);
  await control('resume');
  await eventually(async () => (await done(told.id)) === 1, 'it is done');
});

test('what came by a request and what the jobs did for it have one correlation id', async () => {
  const told = event();
  await maxai.tell('ghl', told);
  await eventually(async () => (await done(told.id)) === 1, 'it is done');
  const at = (name: string, message: string) =>
    maxai.logs(name).findLast((line) => line['message'] === message && line['tenant_id'] === tenantId);
  const lines = await eventually(() => {
    const [came, went] = [at('webhook-ingress', 'request'), at('jobs', 'webhook done')];
    return came?.['correlation_id'] === went?.['correlation_id'] ? [came, went] : null;
  }, 'both have said so');
  expect(lines[0]?.['correlation_id']).toMatch(/^req-/);
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutEngine } from './services/orchestrator/workflows.ts';
import { ask, login, type Maxai, startMaxai } from './testing/maxai.ts';
import { eventually } from './testing/processes.ts';

let maxai: Maxai;
beforeAll(async () => {
  maxai = await startMaxai();
}, 120_000);
afterAll(() => maxai?.close());

const prompt = { title: 'Greeting', body: 'Greet the caller by name.' };

describe('the journey of a tenant', () => {
  test('prompt, run on a model, usage, invoice', async () => {
    const user = await maxai.login(1);
    expect(user.answer.status).toBe(200);
    const made = await user.post('/api/prompts', prompt);
    expect([made.status, made.body['title']]).toEqual([201, 'Greeting']);

    const run = await user.post('/api/runs', { promptId: made.body['id'], input: 'Say hello to Ada' });
    expect(run.status).toBe(201);
    expect(run.body).toMatchObject({ kind: 'prompt', tokens: expect.any(Number) as number });
    expect(String(run.body['output'])).toContain('Say hello to Ada');
    expect((await user.post('/api/calls', { promptId: made.body['id'], to: '+14155550100' })).status).toBe(
      201,
    );
    expect((await user.post('/api/messages', { to: '+14155550100', text: 'Hello' })).status).toBe(201);

    const usage = await eventually(async () => {
      const { body } = await user.get('/api/usage');
      const rows = body['usage'] as { meter: string; amount: number }[];
      return rows.length >= 3 ? rows : null;
    }, 'the usage is summed');
    expect(usage).toContainEqual(
      expect.objectContaining({ meter: 'llm_tokens', amount: run.body['tokens'] }),
    );
    const month = new Date().toISOString().slice(0, 7);
    const invoice = await user.get(`/api/invoices/${month}`);
    expect(invoice.body).toMatchObject({ currency: 'usd', cents: 16 });
  });

  test('a charge is asked for, and succeeds when Stripe says so by webhook', async () => {
    const user = await maxai.login(1);
    const key = { 'idempotency-key': randomUUID() };
    const [first, again] = [
      await user.post('/api/charges', { amountCents: 1_900 }, key),
      await user.post('/api/charges', { amountCents: 1_900 }, key),
    ];
    expect([first.status, again.status, again.body['id']]).toEqual([201, 201, first.body['id']]);
    const settled = await eventually(async () => {
      const { body } = await user.get('/api/charges');
      const charges = body['charges'] as { id: string; state: string }[];
      return charges.find(({ id, state }) => id === first.body['id'] && state === 'succeeded');
    }, 'the charge succeeds');
    expect(settled.state).toBe('succeeded');
    expect(((await user.get('/api/charges')).body['charges'] as object[]).length).toBe(1);
  });

  test('where n8n is not, a workflow is recorded and says so', async () => {
    const user = await maxai.login(1);
    const recorded = await user.post('/api/workflows', { workflow: 'welcome', input: { name: 'Ada' } });
    expect(recorded.status).toBe(202);
    expect(recorded.body).toMatchObject({ state: 'recorded', note: withoutEngine });
    expect((await user.get('/api/workflows/engine')).body).toEqual({ here: false, sentence: withoutEngine });
  });

  test('what is switched off for a tenant is off at once', async () => {
    const [user, operator] = [await maxai.login(2), await maxai.operator()];
    const flag = `/api/admin/tenants/${user.user.tenantId}/flags/llm_enabled`;
    const { body } = await user.post('/api/prompts', prompt);
    expect((await operator.put(flag, { value: false })).status).toBe(200);
    const refused = await user.post('/api/runs', { promptId: body['id'], input: 'Hello' });
    expect([refused.status, refused.body['code']]).toEqual([409, 'models_off']);
    await operator.put(flag, { value: true });
    expect((await user.post('/api/runs', { promptId: body['id'], input: 'Hello' })).status).toBe(201);
  });

  test('the same key is one prompt and one answer; with another body it is refused', async () => {
    const user = await maxai.login(3);
    const key = { 'idempotency-key': randomUUID() };
    const first = await user.post('/api/prompts', prompt, key);
    const again = await user.post('/api/prompts', prompt, key);
    const other = await user.post('/api/prompts', { ...prompt, title: 'Other' }, key);
    expect([first.status, again.body, other.status]).toEqual([201, first.body, 422]);
    expect(((await user.get('/api/prompts')).body['prompts'] as object[]).length).toBe(1);
  });

  test('pages of prompts follow each other without a gap', async () => {
    const user = await maxai.login(4);
    for (let number = 0; number < 5; number += 1)
      await user.post('/api/prompts', { ...prompt, title: `P${number}` });
    const titles: string[] = [];
    let before = '';
    for (let page = 0; page < 3; page += 1) {
      const { body } = await user.get(`/api/prompts?limit=2${before}`);
      const prompts = body['prompts'] as { id: string; title: string }[];
      titles.push(...prompts.map(({ title }) => title));
      before = `&before=${prompts.at(-1)?.id}`;
    }
    expect(titles).toEqual(['P4', 'P3', 'P2', 'P1', 'P0']);
  });
});

describe('one tenant cannot see another', () => {
  test('neither prompts nor runs, charges, usage, workflows, clients', async () => {
    const [one, other] = [await maxai.login(1), await maxai.login(6)];
    expect(one.user.tenantId).not.toBe(other.user.tenantId);
    const { body } = await one.post('/api/prompts', { title: 'Secret plan', body: 'of Northwind' });
    await one.post('/api/workflows', { workflow: 'secret-plan' });
    expect((await other.get(`/api/prompts/${body['id']}`)).status).toBe(404);
    expect((await other.post('/api/runs', { promptId: body['id'], input: 'Hello' })).status).toBe(404);
    const lists = [
      '/api/prompts',
      '/api/runs',
      '/api/charges',
      '/api/usage',
      '/api/workflows',
      '/api/clients',
    ];
    const ids = [one.user.tenantId, one.user.clientId, String(body['id'])];
    for (const path of lists) {
      const seen = JSON.stringify((await other.get(path)).body);
      for (const text of [...ids, 'Secret plan', 'secret-plan', 'Northwind Care'])
        expect(seen).not.toContain(text);
    }
    expect(JSON.stringify((await one.get('/api/prompts')).body)).toContain('Secret plan');
  });

  test('a page of one tenant cannot be continued from the prompt of another', async () => {
    const [one, other] = [await maxai.login(1), await maxai.login(6)];
    const { body } = await one.post('/api/prompts', prompt);
    expect((await other.get(`/api/prompts?before=${body['id']}`)).body).toEqual({ prompts: [] });
  });

  test('nor does who works for one client of a tenant see what is of another', async () => {
    const [all, tied] = [await maxai.login(1), await maxai.login(5)];
    const { database } = maxai;
    const client = await all.post('/api/clients', { name: 'Somebody else' });
    expect(client.status).toBe(201);
    const bind = (userId: string, clientId: unknown) =>
      database.query('UPDATE users SET client_id = $2 WHERE user_id = $1', [userId, clientId]);
    await bind(all.user.userId, client.body['clientId']);
    const other = await maxai.login(1);
    await bind(all.user.userId, all.user.clientId);
    const { body } = await other.post('/api/prompts', { title: 'Of somebody else', body: 'Not yours' });
    await other.post('/api/runs', { promptId: body['id'], input: 'Hello' });
    await other.post('/api/workflows', { workflow: 'of-somebody-else' });

    expect((await tied.get(`/api/prompts/${body['id']}`)).status).toBe(404);
    expect((await tied.post('/api/runs', { promptId: body['id'], input: 'Hi' })).status).toBe(404);
    for (const path of ['/api/prompts', '/api/runs', '/api/workflows', '/api/clients'])
      expect(JSON.stringify((await tied.get(path)).body)).not.toMatch(/of.somebody.else|Somebody else/i);
    expect(JSON.stringify((await other.get('/api/prompts')).body)).toContain('Of somebody else');
  });

  test('who is no operator does not get near the tenants', async () => {
    const user = await maxai.login(1);
    for (const path of ['/api/admin/tenants', `/api/admin/tenants/${user.user.tenantId}/sessions`])
      expect((await user.get(path)).status).toBe(403);
  });

  test('an id of a tenant that a caller writes himself means nothing', async () => {
    const [one, other] = [await maxai.login(1), await maxai.login(6)];
    const spoofed = { 'x-tenant-id': one.user.tenantId, 'x-user-id': one.user.userId };
    const me = await ask(`${maxai.gateway.url}/api/auth/me`, {
      headers: { authorization: `Bearer ${other.token}`, ...spoofed },
    });
    expect(me.body['tenantId']).toBe(other.user.tenantId);
  });
});

describe('a session', () => {
  test('is proved once, and then known by the hash of its token', async () => {
    const user = await maxai.login(5);
    const before = await proofs();
    for (let number = 0; number < 5; number += 1) expect((await user.get('/api/auth/me')).status).toBe(200);
    const after = await proofs();
    expect([after.proof - before.proof, after.cache - before.cache]).toEqual([1, 4]);
  });

  test('that is revoked ends at once, also where it was known', async () => {
    const [user, operator] = [await maxai.login(7), await maxai.operator()];
    await user.get('/api/auth/me');
    expect((await user.get('/api/auth/me')).status).toBe(200);
    const list = await operator.get(`/api/admin/tenants/${user.user.tenantId}/sessions`);
    const session = (list.body['sessions'] as { session_id: string; user_id: string }[]).find(
      ({ user_id }) => user_id === user.user.userId,
    );
    const revoked = await operator.remove(
      `/api/admin/tenants/${user.user.tenantId}/sessions/${session?.session_id}`,
    );
    expect([revoked.status, revoked.body]).toEqual([200, { revoked: 1 }]);
    expect((await user.get('/api/auth/me')).status).toBe(401);
    expect((await user.get('/api/auth/me')).status).toBe(401);
  });

  test('survives that the cache forgets everything; an ended one stays ended', async () => {
    const [user, gone] = [await maxai.login(5), await maxai.login(5)];
    await gone.post('/api/auth/logout');
    const { Redis } = await import('ioredis');
    const cache = new Redis(maxai.env['CACHE_URL'] ?? '');
    await cache.flushall();
    await cache.quit();
    expect([(await user.get('/api/auth/me')).status, (await gone.get('/api/auth/me')).status]).toEqual([
      200, 401,
    ]);
  });

  test('with a changed token is refused, though its session is known', async () => {
    const user = await maxai.login(5);
    await user.get('/api/auth/me');
    const forged = `${user.token.slice(0, -3)}AAA`;
    const headers = { authorization: `Bearer ${forged}` };
    expect((await ask(`${maxai.gateway.url}/api/auth/me`, { headers })).status).toBe(401);
  });

  test('by cookie does not let another site write', async () => {
    const { cookie } = await maxai.login(5);
    const from = (page: Record<string, string>) =>
      ask(`${maxai.gateway.url}/api/clients`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', ...page },
        body: JSON.stringify({ name: `Client ${randomUUID()}` }),
      });
    const answers = [
      await from({ 'sec-fetch-site': 'cross-site' }),
      await from({ origin: 'https://evil.example' }),
      await from({ 'sec-fetch-site': 'same-origin' }),
      await from({ origin: maxai.gateway.url }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 201, 201]);
  });

  test('is not begun with a wrong password, and nobody learns who has an account', async () => {
    const wrong = await login(maxai.gateway.url, 'user1@dev.maxai.io', 'wrong');
    const nobody = await login(maxai.gateway.url, 'nobody@dev.maxai.io', 'wrong');
    expect([wrong.answer.status, nobody.answer.status]).toEqual([401, 401]);
    expect(wrong.answer.body).toEqual(nobody.answer.body);
  });

  async function proofs() {
    const { body } = await ask(`${maxai.gateway.url}/metrics`);
    const of = (by: string) =>
      Number(new RegExp(`session_checks_total\\{by="${by}"\\} (\\d+)`).exec(String(body['text']))?.[1] ?? 0);
    return { proof: of('proof'), cache: of('cache') };
  }
});

test('a body may come without its length, but not without an end', async () => {
  const { token } = await maxai.login(1);
  const send = (pieces: number, piece: Uint8Array) => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent > pieces) controller.close();
        else controller.enqueue(piece);
      },
    });
    const authorization = `Bearer ${token}`;
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const request = { method: 'POST', headers, body, duplex: 'half' } as const;
    const answer = fetch(`${maxai.gateway.url}/api/prompts`, request).catch(() => null);
    return answer.then((given) => ({ status: given?.status ?? 413, sent }));
  };
  expect((await send(1, Buffer.from(JSON.stringify(prompt)))).status).toBe(201);
  const endless = await send(10_000, new Uint8Array(1_000));
  expect(endless.status).toBe(413);
  expect(endless.sent).toBeLessThan(10_000);
});

test('what services offer each other, nobody reaches from outside', async () => {
  const user = await maxai.login(1);
  expect((await user.get(`/inside/sessions/${randomUUID()}`)).status).toBe(404);
  expect((await ask(`${maxai.env['PROMPT_SVC_URL']}/api/prompts`)).status).toBe(401);
  const asUser = { authorization: `Bearer ${user.token}` };
  expect((await ask(`${maxai.env['PROMPT_SVC_URL']}/api/prompts`, { headers: asUser })).status).toBe(401);
  expect((await ask(`${maxai.env['PAYMENTS_URL']}/events`, { method: 'POST', body: '{}' })).status).toBe(401);
});

test('public answers may be kept by others, private ones by nobody', async () => {
  const user = await maxai.login(1);
  const plans = await ask(`${maxai.gateway.url}/api/plans`);
  const prompts = await user.get('/api/prompts');
  expect([plans.headers.get('cache-control'), prompts.headers.get('cache-control')]).toEqual([
    'public, max-age=30',
    'no-store',
  ]);
});

import { startTestService, type TestService } from 'fairway-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settings } from './services/customer-service/settings.ts';
import { start } from './services/customer-service/start.ts';
import { type Answer, ask, eventually, logIn } from './testing/client.ts';
import { startStore, type TestStore } from './testing/stores.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the customer service when its primary dies and comes back at the same address', () => {
  let database: TestStore;
  let cache: TestStore;
  let service: TestService;
  beforeAll(async () => {
    [database, cache] = await Promise.all([startStore('database'), startStore('cache')]);
    const env = {
      ...{ DATABASE_URL: database.url, REDIS_URL: cache.url, DATABASE_FALLBACK: 'memory' },
      ...{ JWT_KEY: 'a-key-that-is-long-enough', DEMO_USERS: 'true' },
      ...{ RATE_LIMIT_PER_MINUTE: '0', LOGIN_LIMIT_PER_MINUTE: '0' },
    };
    service = await startTestService({ name: 'customer-service', settings, start }, { env });
  });
  afterAll(async () => {
    await service?.stop();
    await Promise.all([database?.close(), cache?.close()]);
  });

  it('waits with reads, answers writes with 503 and Retry-After, and goes on', async () => {
    const agent = await logIn(service.url, 'agent');
    const admin = await logIn(service.url, 'admin');
    await agent.get('/customers?limit=1'); // the session is in the cache
    database.kill();
    await wait(100);
    const reads = Promise.all([agent.get('/customers?limit=5'), agent.get('/customers?search=harbour')]);
    const fields = { name: 'Meanwhile', email: 'meanwhile@example.com' };
    const refused = await agent.add(fields, 'key-of-meanwhile');
    expect(refused).toMatchObject({ status: 503, body: { code: 'database_away' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await ask(`${service.url}/health`)).status).toBe(200);
    expect((await ask(`${service.url}/ready`)).status).toBe(503);

    await database.restart();
    for (const read of await reads) expect(read.status).toBe(200);
    const added = await eventually(
      () => agent.add(fields, 'key-of-meanwhile'),
      ({ status }) => status !== 503 && status !== 409,
      'the write is done',
    );
    expect(added.status).toBe(201);
    expect((await agent.get('/customers?search=meanwhile@')).body['items']).toHaveLength(1);
    expect((await ask(`${service.url}/ready`)).status).toBe(200);
    const trail = await eventually(
      async () => (await admin.get(`/audit?subject=${String(added.body['id'])}`)).body['items'] as object[],
      (items) => items.length > 0,
      'the write is on record',
    );
    expect(trail).toHaveLength(1);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/^repository_info\{kind="postgres"\} 1/m);
  });

  it('does every write once, however often its answer is lost', async () => {
    const agent = await logIn(service.url, 'agent');
    const wanted = 60;
    const answers: Answer[] = [];
    const writing = Promise.all(
      Array.from({ length: wanted }, async (_, index) => {
        await wait(index * 40);
        const fields = { name: `Write ${index}`, email: `write-${index}@writes.test` };
        const last = await eventually(
          async () => {
            const answer = await agent.add(fields, `key-of-write-${index}`);
            answers.push(answer);
            if (answer.status !== 201) await wait(300);
            return answer;
          },
          ({ status }) => status === 201,
          `write ${index} is done`,
          40,
        );
        return String(last.body['id']);
      }),
    );
    await wait(800);
    database.kill();
    await wait(600);
    await database.restart();
    const ids = await writing;

    expect(new Set(ids).size).toBe(wanted);
    const found = await agent.get('/customers?limit=200&search=@writes.test');
    expect((found.body['items'] as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toContain(503);
    // 409: the key is still taken by the request that died with the database, until its lease ends.
    for (const status of statuses) expect([201, 409, 503]).toContain(status);
    for (const { status, headers } of answers)
      if (status !== 201) expect(headers.get('retry-after')).not.toBeNull();
  }, 60_000);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog, systemClock } from 'fairway-kit';
import { createDatabase } from 'fairway-kit/postgres';
import { startTestService, type TestService } from 'fairway-kit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStore, type TestStore } from '../../kit/src/testing-stores.fixture.ts';
import { replay } from './services/app/replay.ts';
import { plannerSettings } from './services/app/settings.ts';
import { startPlanner } from './services/app/start.ts';
import { createPostgresStore } from './services/app/store/postgres.ts';

const service = {
  name: 'app',
  settings: plannerSettings,
  start: startPlanner,
  logFormat: 'operation',
} as const;
const plan = { portfolio: 1_000_000, spending: 40_000, years: 30, equity: 60, scenarios: 200 };
const log = createLog({
  ...{ level: 'error', format: 'plain', base: {}, secrets: [], clock: systemClock, write: () => undefined },
});

let postgres: TestStore;
let redis: TestStore;
let database: ReturnType<typeof createDatabase>;
const running: TestService[] = [];

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startStore('postgres'), startStore('redis')]);
  database = createDatabase({ url: postgres.url, poolSize: 2 }, { log });
  const folder = join(import.meta.dirname, 'services', 'app', 'migrations', 'expand');
  for (const file of readdirSync(folder).toSorted())
    await database.query(readFileSync(join(folder, file), 'utf8'));
});
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await database.close();
  await Promise.all([postgres.close(), redis.close()]);
});

async function started(more: Record<string, string> = {}): Promise<TestService> {
  const env = {
    SECRET_KEY: 'a key that is long enough',
    DATABASE_URL: postgres.url,
    REDIS_ENABLED: 'true',
    REDIS_URL: redis.url,
    ...more,
  };
  const each = await startTestService(service, { env });
  running.push(each);
  await until(async () => (await fetch(`${each.url}/ready`)).ok && (await fetch(`${each.url}/startup`)).ok);
  return each;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await systemClock.sleep(50))
    if (await holds()) return;
  throw new Error('it did not come true in 20 s');
}

const simulate = (on: TestService, change: object = {}) =>
  fetch(`${on.url}/api/simulations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...plan, ...change }),
  });
const idOf = async (response: Response) => ((await response.json()) as { id: string }).id;
const rows = async (id: string) =>
  (await database.query('SELECT 1 FROM simulations WHERE id = $1', [id])).length;

describe('two replicas on one Redis and one Postgres', () => {
  test('what one has simulated is at hand for the other', async () => {
    const [one, other] = [await started(), await started()];
    expect((await simulate(one)).headers.get('x-cache')).toBe('miss');
    await until(async () => (await simulate(other)).headers.get('x-cache') === 'hit');
    expect(await (await fetch(`${other.url}/metrics`)).text()).toContain(
      'planner_cache_lookups_total{found="redis"}',
    );
  });

  test('they count requests together: the fourth of three is refused by whichever gets it', async () => {
    const limit = { RATE_LIMIT_PER_MINUTE: '3' };
    const [one, other] = [await started(limit), await started(limit)];
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const statuses: number[] = [];
    for (const each of [one, other, one, other])
      statuses.push((await fetch(`${each.url}/api/settings`, { headers })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});

test('a simulation outlives the process, and the cache', async () => {
  const alone = { REDIS_ENABLED: 'false' };
  const id = await idOf(await simulate(await started(alone), { seed: 5 }));
  await until(async () => (await rows(id)) === 1);
  const found = await fetch(`${(await started(alone)).url}/api/simulations/${id}`);
  expect(await idOf(found)).toBe(id);
});

test('the audit log tells of it, and cannot be changed', async () => {
  await simulate(await started(), { seed: 6, title: 'Anna' });
  const find = () =>
    database.query<{ plan: object; success: boolean }>(`SELECT * FROM audit WHERE plan ->> 'seed' = '6'`);
  await until(async () => (await find()).length === 1);
  expect(await find()).toMatchObject([
    { action: 'simulate', success: true, plan: { ...plan, seed: 6, title: 'Anna' } },
  ]);
  await expect(database.query(`UPDATE audit SET action = 'report'`)).rejects.toThrow('are not changed');
  await expect(database.query('DELETE FROM audit')).rejects.toThrow('are not changed');
});

test('simulations that were lost are made again from the audit log, to the byte', async () => {
  const id = await idOf(await simulate(await started(), { seed: 8 }));
  const line = `{"operation":"simulate","success":true,"plan":${JSON.stringify({ ...plan, seed: 8 })}}`;
  const lines = ['no JSON', line, '{"success":false,"plan":{}}', line];
  const store = createPostgresStore(database);
  const run = (verifyOnly: boolean) => replay(from(lines), store, { verifyOnly });
  await until(async () => (await rows(id)) === 1);
  expect(await run(true)).toEqual({ lines: 1, made: 0, same: 1, different: [] });
  await database.query('DELETE FROM simulations WHERE id = $1', [id]);
  expect(await run(true)).toMatchObject({ different: [id] });
  expect(await run(false)).toMatchObject({ made: 1, different: [] });
  expect(await run(true)).toMatchObject({ same: 1, different: [] });
  await database.query(`UPDATE simulations SET answer = '{}' WHERE id = $1`, [id]);
  expect(await run(false)).toMatchObject({ made: 0, different: [id] });
});

describe('a store that is away', () => {
  test('a Redis that hangs costs 100 ms, then the planner does without; /ready says so and comes back', async () => {
    const app = await started();
    redis.freeze();
    try {
      expect((await simulate(app, { seed: 20 })).status).toBe(200);
      expect((await fetch(`${app.url}/ready`)).status).toBe(503);
      expect((await fetch(`${app.url}/health`)).status).toBe(200);
    } finally {
      redis.thaw();
    }
    await until(async () => (await fetch(`${app.url}/ready`)).ok);
  });

  test('without Postgres people still get their answers; it is written when Postgres is back', async () => {
    const app = await started();
    postgres.kill();
    const answer = await simulate(app, { seed: 30 });
    expect(answer.status).toBe(200);
    await until(async () => (await fetch(`${app.url}/ready`)).status === 503);
    expect((await fetch(`${app.url}/health`)).status).toBe(200);
    await postgres.restart();
    await until(async () => (await fetch(`${app.url}/ready`)).ok);
    const id = await idOf(answer);
    await until(async () => (await rows(id).catch(() => 0)) === 1);
  });
});

test('what is under way when the end comes is answered, and written down', async () => {
  // Without a moment for what still comes: the end has begun long before the simulation is over.
  const app = await started({ REDIS_ENABLED: 'false', SHUTDOWN_DRAIN_MILLIS: '0' });
  const answer = simulate(app, { seed: 40, scenarios: 1_000, years: 100 });
  await systemClock.sleep(5);
  const ending = app.stop();
  const response = await answer;
  expect(response.status).toBe(200);
  expect(await ending).toBe('finished');
  expect(await rows(await idOf(response))).toBe(1);
  const audit = await database.query(`SELECT 1 FROM audit WHERE plan ->> 'seed' = '40' AND success`);
  expect(audit).toHaveLength(1);
});

async function* from(lines: readonly string[]) {
  for (const line of lines) yield await Promise.resolve(line);
}

import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createIdempotency,
  type IdempotencyStore,
  idempotencyTable,
  memoryStore,
  postgresStore,
  redisStore,
} from './idempotency.ts';
import { startStore, type TestStore } from './testing-stores.fixture.ts';

let redisServer: TestStore;
let postgresServer: TestStore;
let redis: Redis;
let pool: pg.Pool;
beforeAll(async () => {
  [redisServer, postgresServer] = await Promise.all([startStore('redis'), startStore('postgres')]);
  redis = new Redis(redisServer.url);
  pool = new pg.Pool({ connectionString: postgresServer.url, max: 20 });
  pool.on('error', () => undefined); // at the end the server goes before the last connection has
  await pool.query(idempotencyTable());
  await pool.query(idempotencyTable()); // a migration may run again
});
afterAll(async () => {
  await redis.quit();
  await pool.end();
  await Promise.all([redisServer.close(), postgresServer.close()]);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const stores: readonly (readonly [string, () => IdempotencyStore])[] = [
  ['memory', () => memoryStore()],
  ['redis', () => redisStore(redis)],
  ['postgres', () => postgresStore(pool)],
];

describe.each(stores)('%s', (name, open) => {
  let count = 0;
  const requestOf = (change: object = {}) => ({
    owner: 'user-1',
    key: `${name}-${++count}`,
    method: 'POST',
    path: '/orders',
    body: '{"amount":1}',
    ...change,
  });
  const answer = { status: 201, headers: { location: '/orders/1' }, body: '{"text":"ä\u0000"}' };

  test('the same key has one effect and the same answer', async () => {
    const idempotency = createIdempotency({ store: open() });
    const request = requestOf();
    let effects = 0;
    const work = () => {
      effects += 1;
      return Promise.resolve(answer);
    };
    expect(await idempotency.run(request, work)).toEqual({ ok: true, answer, replayed: false });
    expect(await idempotency.run(request, work)).toEqual({ ok: true, answer, replayed: true });
    expect(effects).toBe(1);
  });

  test('50 at once have one effect; the others are told that it is under way', async () => {
    const idempotency = createIdempotency({ store: open() });
    const request = requestOf();
    const allAnswered = Promise.withResolvers<void>();
    let effects = 0;
    let answered = 0;
    const work = async () => {
      effects += 1;
      await allAnswered.promise;
      return answer;
    };
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const result = await idempotency.run(request, work);
        answered += 1;
        if (answered === 49) allAnswered.resolve();
        return result;
      }),
    );
    expect(effects).toBe(1);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const refused = results.filter((each) => !each.ok);
    expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
      new Set(['409 idempotency_in_flight']),
    );
  });

  test('another body, path or method under the key is refused, another owner is another key', async () => {
    const idempotency = createIdempotency({ store: open() });
    const request = requestOf();
    const work = () => Promise.resolve(answer);
    await idempotency.run(request, work);
    for (const change of [{ body: '{"amount":2}' }, { path: '/other' }, { method: 'PUT' }]) {
      expect(await idempotency.run({ ...request, ...change }, work)).toMatchObject({
        ok: false,
        status: 422,
      });
    }
    expect(await idempotency.run({ ...request, owner: 'user-2' }, work)).toMatchObject({ replayed: false });
  });

  test('after a failure the key is free again', async () => {
    const idempotency = createIdempotency({ store: open() });
    const request = requestOf();
    await expect(idempotency.run(request, () => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
    const bad = { ...answer, status: 503 };
    expect(await idempotency.run(request, () => Promise.resolve(bad))).toMatchObject({ answer: bad });
    expect(await idempotency.run(request, () => Promise.resolve(answer))).toMatchObject({ replayed: false });
    expect(await idempotency.run(request, () => Promise.resolve(answer))).toMatchObject({ replayed: true });
  });

  test.each([408, 425, 429])('%i says to try again, so that the key stays free', async (status) => {
    const idempotency = createIdempotency({ store: open() });
    const request = requestOf();
    const later = { ...answer, status };
    expect(await idempotency.run(request, () => Promise.resolve(later))).toMatchObject({ answer: later });
    expect(await idempotency.run(request, () => Promise.resolve(answer))).toMatchObject({ replayed: false });
  });

  test('answers are kept as long as they shall be', async () => {
    const idempotency = createIdempotency({ store: open(), keep: 150 });
    const request = requestOf();
    const work = () => Promise.resolve(answer);
    await idempotency.run(request, work);
    expect(await idempotency.run(request, work)).toMatchObject({ replayed: true });
    await pause(200);
    expect(await idempotency.run(request, work)).toMatchObject({ replayed: false });
  });

  test('a holder that outlives its lease cannot overwrite the next one', async () => {
    const store = open();
    const key = requestOf().key;
    const late = { holder: 'late', print: 'p', lease: 100 };
    expect(await store.claim(key, late)).toEqual({ state: 'claimed' });
    await pause(150);
    expect(await store.claim(key, { holder: 'next', print: 'p', lease: 10_000 })).toEqual({
      state: 'claimed',
    });
    expect(await store.finish(key, 'late', { answer, keep: 10_000 })).toBe(false);
    await store.release(key, 'late');
    expect(await store.claim(key, late)).toEqual({ state: 'running', print: 'p' });
    expect(await store.finish(key, 'next', { answer, keep: 10_000 })).toBe(true);
    expect(await store.finish(key, 'next', { answer: { ...answer, status: 200 }, keep: 10_000 })).toBe(false);
    await store.release(key, 'next'); // what is answered stays
    expect(await store.claim(key, late)).toEqual({ state: 'done', print: 'p', answer });
  });
});

test('postgres: what expired is deleted', async () => {
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const store = postgresStore(pool, { clock, sweepEvery: 1_000 });
  await store.claim('old', { holder: 'h', print: 'p', lease: 1 });
  await pause(20);
  now = 2_000;
  await store.claim('new', { holder: 'h', print: 'p', lease: 60_000 });
  await pause(200);
  const { rows } = await pool.query("SELECT key FROM idempotency_keys WHERE key IN ('old', 'new')");
  expect(rows).toEqual([{ key: 'new' }]);
});

test('postgres: a table may not be named by anything else than a name', () => {
  expect(() => postgresStore(pool, { table: 'x; DROP TABLE y' })).toThrow("not a table's name");
});

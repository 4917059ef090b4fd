import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptLog } from './log.fixture.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRedis } from './redis/index.ts';
import { eventually, startStore, type TestStore } from './testing-stores.fixture.ts';

function handClock(start = 1_000_000) {
  let now = start;
  return { now: () => now, sleep: () => Promise.resolve(), pass: (ms: number) => (now += ms) };
}
const times = async <T>(count: number, work: (index: number) => Promise<T>) => {
  const results: T[] = [];
  for (let index = 0; index < count; index++) results.push(await work(index));
  return results;
};

describe('in one process', () => {
  test('the bucket is full at first, and tokens come back one by one', async () => {
    const clock = handClock();
    const { log, lines } = keptLog();
    const limit = createRateLimit({ limit: 60, per: 60_000, prefix: 'ip' }, { clock, log });
    const taken = await times(61, () => limit.take('a'));
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(60);
    expect(taken[59]).toEqual({ allowed: true, remaining: 0, retryAfter: 0 });
    expect(taken[60]).toEqual({ allowed: false, remaining: 0, retryAfter: 1_000 });

    clock.pass(400);
    expect(await limit.take('a')).toEqual({ allowed: false, remaining: 0, retryAfter: 600 });
    clock.pass(600);
    expect(await limit.take('a')).toEqual({ allowed: true, remaining: 0, retryAfter: 0 });
    expect((await limit.take('a')).allowed).toBe(false);
    expect((await limit.take('b')).allowed).toBe(true);
    expect(lines).toEqual([]);
  });

  test('no more than burst + what came back is ever allowed, and a wait of retryAfter suffices', async () => {
    const clock = handClock();
    const limit = createRateLimit({ limit: 7, per: 1_000, burst: 3, prefix: 'x' }, { clock });
    let allowed = 0;
    for (let step = 0; step < 5_000; step++) {
      const taken = await limit.take('a');
      if (taken.allowed) allowed += 1;
      clock.pass(step % 11 === 0 && !taken.allowed ? taken.retryAfter : (step * 37) % 53);
      if (step % 11 === 0 && !taken.allowed) {
        expect((await limit.take('a')).allowed).toBe(true);
        allowed += 1;
      }
    }
    const possible = 3 + ((clock.now() - 1_000_000) * 7) / 1_000;
    expect(allowed).toBeLessThanOrEqual(possible);
    expect(allowed).toBeGreaterThan(possible - 3);
  });

  test('0 means no limit; keys beyond the most are forgotten, the least used first', async () => {
    const clock = handClock();
    const none = createRateLimit({ limit: 0, per: 1_000, prefix: 'x' }, { clock });
    expect((await times(1_000, () => none.take('a'))).every(({ allowed }) => allowed)).toBe(true);

    const small = createRateLimit({ limit: 1, per: 1_000, prefix: 'x', mostKeys: 2 }, { clock });
    await small.take('a');
    await small.take('b');
    await small.take('a');
    await small.take('c'); // b goes
    expect((await small.take('a')).allowed).toBe(false);
    expect((await small.take('b')).allowed).toBe(true);
  });
});

describe('shared through a real Redis', () => {
  let store: TestStore;
  beforeAll(async () => void (store = await startStore('redis')));
  afterAll(() => store.close());

  test('two instances share the tokens: the 61st is refused whichever is asked', async () => {
    const { log } = keptLog();
    const one = createRedis({ url: store.url }, { log, name: 'one' });
    const other = createRedis({ url: store.url }, { log, name: 'other' });
    const rules = { limit: 60, per: 60_000, prefix: 'shared' };
    const limits = [
      createRateLimit({ ...rules, redis: one.redis }),
      createRateLimit({ ...rules, redis: other.redis }),
    ];
    const taken = await Promise.all(
      Array.from({ length: 61 }, async (_, index) => limits[index % 2]?.take('10.0.0.1')),
    );
    expect(taken.filter((each) => each?.allowed)).toHaveLength(60);
    const refused = taken.find((each) => !each?.allowed);
    expect(refused?.retryAfter).toBeGreaterThan(0);
    expect(refused?.retryAfter).toBeLessThanOrEqual(1_000);
    expect((await limits[0]?.take('10.0.0.2'))?.allowed).toBe(true);

    const ttl = await one.redis.pttl('shared:10.0.0.1');
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_001);
    await Promise.all([one.close(), other.close()]);
  });

  test('tokens come back by the time of the server', async () => {
    const redis = new Redis(store.url);
    const limit = createRateLimit({ limit: 10, per: 1_000, burst: 2, prefix: 'back', redis });
    const first = await times(3, () => limit.take('a'));
    expect(first.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    await new Promise((resolve) => setTimeout(resolve, (first[2]?.retryAfter ?? 0) + 5));
    expect((await limit.take('a')).allowed).toBe(true);
    await redis.quit();
  });

  test('without Redis each process counts by itself and says so once; afterwards they share again', async () => {
    const { log, messages } = keptLog();
    const connection = createRedis({ url: store.url, reconnectAtMost: 100 }, { log });
    const limit = createRateLimit(
      { limit: 5, per: 60_000, prefix: 'lost', redis: connection.redis, pause: 50 },
      { log },
    );
    expect((await limit.take('a')).remaining).toBe(4);
    store.kill();
    const without = await times(6, async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return limit.take('a');
    });
    expect(without.map(({ allowed }) => allowed)).toEqual([true, true, true, true, true, false]);
    const said = 'rate limit counts in this process only: redis is away';
    expect(messages().filter((message) => message === said)).toHaveLength(1);
    expect(messages().filter((message) => message === 'redis was lost')).toHaveLength(1);

    await store.restart();
    await eventually(async () => {
      await limit.take('b');
      return messages().includes('rate limit is shared again');
    }, 'shared again');
    expect(messages().filter((message) => message === 'redis is back')).toHaveLength(1);
    await connection.close();
  });

  test('a server that hangs delays one request, not all', async () => {
    const { log } = keptLog();
    const connection = createRedis({ url: store.url, commandTimeout: 200 }, { log });
    const limit = createRateLimit(
      { limit: 100, per: 60_000, prefix: 'hangs', redis: connection.redis },
      { log },
    );
    await limit.take('a');
    store.freeze();
    const begun = performance.now();
    await times(20, () => limit.take('a'));
    const took = performance.now() - begun;
    store.thaw();
    expect(took).toBeGreaterThan(190);
    expect(took).toBeLessThan(3_500); // not 20 times 200
    await connection.close();
  });
});

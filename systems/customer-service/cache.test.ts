import { once } from 'node:events';
import { createLog, createMetrics, systemClock } from 'fairway-kit';
import { createRedis, type RedisConnection } from 'fairway-kit/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cache, createCache } from './services/customer-service/cache.ts';
import { eventually } from './testing/client.ts';
import { startStore, type TestStore } from './testing/stores.ts';

const log = createLog({
  ...{ level: 'error', format: 'plain', base: {}, secrets: [], clock: systemClock },
  write: () => undefined,
});

describe('the cache', () => {
  let store: TestStore;
  let connections: readonly [RedisConnection, RedisConnection];
  let one: Cache;
  let other: Cache;
  beforeAll(async () => {
    store = await startStore('cache');
    const open = () => createRedis({ url: store.url, use: 'cache', commandTimeout: 2_000 }, { log });
    connections = [open(), open()];
    const cacheOf = ({ redis }: RedisConnection) =>
      createCache(redis, { session: 60_000, customer: 300 }, { log, metrics: createMetrics() });
    one = cacheOf(connections[0]);
    other = cacheOf(connections[1]);
  });
  afterAll(async () => {
    await Promise.all((connections ?? []).map((each) => each.close()));
    await store?.close();
  });

  it('never lets what was read a moment ago replace what was written since', async () => {
    await one.keepWritten('session', 'a', { version: 2, value: 'new' });
    await other.keepRead('session', 'a', { version: 1, value: 'old' });
    expect(await other.find('session', 'a')).toEqual({ version: 2, value: 'new' });
    await one.keepWritten('session', 'a', { version: 3, value: null });
    await other.keepRead('session', 'a', { version: 2, value: 'new' });
    expect(await other.find('session', 'a')).toEqual({ version: 3, value: null });
  });

  it('compares versions as numbers', async () => {
    await one.keepWritten('session', 'b', { version: 10, value: 'ten' });
    await other.keepRead('session', 'b', { version: 9, value: 'nine' });
    expect(await one.find('session', 'b')).toEqual({ version: 10, value: 'ten' });
  });

  it('uses no copies until it could tell of what it has written', async () => {
    await other.keepWritten('session', 'e', { version: 1, value: 'old' });
    const { redis } = connections[0];
    const ended = once(redis, 'end');
    redis.disconnect();
    await ended;
    await one.keepWritten('session', 'e', { version: 2, value: 'new' });
    expect(await one.find('session', 'e')).toBeNull();
    expect(await other.find('session', 'e')).toEqual({ version: 1, value: 'old' });
    await redis.connect();
    expect(await one.find('session', 'e')).toEqual({ version: 2, value: 'new' });
    expect(await other.find('session', 'e')).toEqual({ version: 2, value: 'new' });
  });

  it('forgets a copy when its time is over', async () => {
    await one.keepRead('customer', 'c', { version: 1, value: 'short' });
    expect(await one.find('customer', 'c')).not.toBeNull();
    await eventually(
      () => one.find('customer', 'c'),
      (copy) => copy === null,
      'the copy is gone',
      3,
    );
  });

  it('finds nothing and rejects nothing without Redis', async () => {
    const none = createCache(null, { session: 1, customer: 1 }, { log, metrics: createMetrics() });
    await none.keepWritten('session', 'd', { version: 1, value: 1 });
    expect(await none.find('session', 'd')).toBeNull();
  });
});

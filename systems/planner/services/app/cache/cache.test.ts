import { createLog, createMetrics } from 'fairway-kit';
import { manualClock } from 'fairway-kit/testing';
import { expect, test } from 'vitest';
import { createCache, type SharedCache } from './levels.ts';
import { createMemoryCache } from './memory.ts';

const megabyte = 1_000_000;

test('beyond 500 MB the oldest goes, and what was asked for lately stays', () => {
  const cache = createMemoryCache({ bytes: 500 * megabyte, ttlMillis: 60_000 }, manualClock());
  const value = Buffer.alloc(megabyte);
  for (let index = 0; index < 499; index++) cache.set(`key ${index}`, value);
  expect(cache.get('key 0')).toBe(value);
  for (let index = 499; index < 505; index++) cache.set(`key ${index}`, value);
  expect(cache.bytes()).toBeLessThanOrEqual(500 * megabyte);
  expect(cache.bytes()).toBeGreaterThan(498 * megabyte);
  expect(cache.get('key 0')).toBe(value);
  expect([1, 2, 3, 4, 5].map((index) => cache.get(`key ${index}`))).toEqual(Array(5).fill(undefined));
  expect(cache.get('key 504')).toBe(value);
});

test.each([600, 1_800, 3_600])('an answer lives %i seconds, no longer', async (seconds) => {
  const clock = manualClock();
  const cache = createMemoryCache({ bytes: megabyte, ttlMillis: seconds * 1_000 }, clock);
  cache.set('key', Buffer.from('value'));
  await clock.advance(seconds * 1_000);
  expect(cache.get('key')?.toString()).toBe('value');
  await clock.advance(1);
  expect(cache.get('key')).toBeUndefined();
});

test('the second look finds it, another replica finds it through Redis, and the share of hits is told', async () => {
  const shared = sharedMap();
  const [one, other] = [levelsOf(shared), levelsOf(shared)];
  expect(await one.cache.get('key')).toBeUndefined();
  one.cache.set('key', Buffer.from('value'));
  expect((await one.cache.get('key'))?.toString()).toBe('value');
  expect((await other.cache.get('key'))?.toString()).toBe('value');
  expect(await one.metrics.render()).toContain('planner_cache_hit_percent 50');
  expect(await other.metrics.render()).toContain('planner_cache_lookups_total{found="redis"} 1');
});

test('a shared cache that fails is a miss, and nothing else', async () => {
  const broken = {
    getBuffer: () => Promise.reject(new Error('away')),
    set: () => Promise.reject(new Error('away')),
  };
  const { cache } = levelsOf(broken);
  expect(await cache.get('key')).toBeUndefined();
  cache.set('key', Buffer.from('value'));
  expect((await cache.get('key'))?.toString()).toBe('value');
});

function levelsOf(shared: SharedCache) {
  const clock = manualClock();
  const metrics = createMetrics();
  const log = createLog({
    level: 'error',
    format: 'plain',
    base: {},
    secrets: [],
    clock,
    write: () => undefined,
  });
  return {
    metrics,
    cache: createCache({ bytes: megabyte, ttlMillis: 1_000, shared }, { clock, log, metrics }),
  };
}

function sharedMap(): SharedCache {
  const map = new Map<string, Buffer>();
  return {
    getBuffer: (key) => Promise.resolve(map.get(key) ?? null),
    set: (key, value) => Promise.resolve(map.set(key, value)),
  };
}

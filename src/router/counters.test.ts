import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { bucketCount, bucketOf } from '#core/gate';
import { createTally } from './counters.ts';
import { canary, countsOf, createPlace, stable, until } from './testing/place.ts';

describe('latencies', () => {
  test('fall into the buckets of the gate, bounds included', () => {
    const upper = (bucket: number) => 2 ** ((bucket + 1) / 8 - 4);
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      expect(bucketOf(upper(bucket))).toBe(bucket);
      expect(bucketOf(upper(bucket) * 1.001)).toBe(Math.min(bucket + 1, bucketCount - 1));
    }
    expect([bucketOf(0), bucketOf(-1), bucketOf(Number.NaN), bucketOf(1e12)]).toEqual([0, 0, 0, 167]);
  });

  test('of answers that failed are in no bucket; empty buckets at the end are left out', () => {
    const tally = createTally('web', 'r');
    tally.answered('one', 200, 1);
    tally.answered('two', 500, 1);
    tally.unanswered(null);
    const one = { requests: 1, failures: 0, buckets: [...Array<number>(31).fill(0), 1] };
    expect(tally.read()).toEqual({
      ...{ service: 'web', revision: 'r', requests: 3, failures: 2, buckets: one.buckets },
      replicas: [
        { replica: 'one', ...one },
        { replica: 'two', requests: 1, failures: 1, buckets: [] },
      ],
    });
  });
});

test('replicas that left are forgotten only when there are very many, the oldest first', () => {
  const tally = createTally('web', 'r');
  for (let replica = 0; replica < 300; replica += 1) tally.answered(`${replica}`, 200, 1);
  tally.prune((replica) => replica === '0');
  const { requests, replicas } = tally.read();
  expect([requests, replicas.length]).toEqual([300, 200]);
  expect(replicas.slice(0, 2).map(({ replica }) => replica)).toEqual(['0', '101']);
});

describe('a revision that hangs', () => {
  test('is seen before it answers: what is older than 10 s counts once, as slow', async () => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    const held = [place.get('/hold'), place.get('/hold')];
    await until(() => service.held() === 2);
    expect(countsOf(place.router, 'revision-a')).toEqual([0, 0, 0]);
    await later(11_000, () => {
      expect(countsOf(place.router, 'revision-a')).toEqual([2, 0, 2]);
      expect(countsOf(place.router, 'revision-a')).toEqual([2, 0, 2]);
    });
    const [counts] = place.router.state().counts;
    expect(counts?.buckets.length).toBeGreaterThan(bucketOf(10_000));
    expect(counts?.replicas).toMatchObject([{ replica: 'a', requests: 2, failures: 0 }]);
    service.release();
    await Promise.all(held);
    expect(countsOf(place.router, 'revision-a')).toEqual([2, 0, 2]);
  });

  test('and fails in the end adds only the failure', async () => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    const held = place.get('/hold');
    await until(() => service.held() === 1);
    await later(11_000, () => expect(countsOf(place.router, 'revision-a')).toEqual([1, 0, 1]));
    await service.kill();
    expect((await held).status).toBe(502);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 1, 1]);
  });

  test('counts callers that waited and left, but not those that left at once, nor those that named their arm', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a), canary(0, b)]);
    const leave = async (headers: Record<string, string>, service: typeof a, after: number) => {
      const leaving = new AbortController();
      const asked = fetch(`http://127.0.0.1:${place.port}/hold`, { headers, signal: leaving.signal });
      await until(() => service.held() === 1);
      await delay(after);
      leaving.abort();
      await asked.catch(() => undefined);
      await until(() => service.held() === 0);
    };
    await leave({}, a, 0);
    expect(countsOf(place.router, 'revision-a')).toEqual([0, 0, 0]);
    await leave({}, a, 1_100);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 0, 1]);
    await leave({ 'x-fairway-arm': 'canary' }, b, 1_100);
    expect(countsOf(place.router, 'revision-b')).toEqual([0, 0, 0]);
  });
});

/** As if so many milliseconds had gone by. */
async function later(millis: number, look: () => void): Promise<void> {
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + millis);
  look();
  clock.mockRestore();
}

import { expect, test } from 'vitest';
import type { TrafficSample } from '#api/browser';
import { createBuckets, failureShareOf, meanOf } from './buckets.ts';
import { createTrafficStore } from './traffic-store.ts';

const sample = (at: number, millis: number, rate: number, failed = 0): TrafficSample =>
  ({
    at,
    millis,
    arms: [
      {
        service: 'edge',
        revision: 'a',
        role: 'stable',
        weight: 100,
        ready: 1,
        rate,
        failed,
        p50: 1,
        p95: 2,
        p99: 3,
      },
    ],
    gate: null,
  }) as unknown as TrafficSample;

test('a line that grew sample by sample is the one that is computed at once', () => {
  const all = Array.from({ length: 600 }, (_, at) => sample(100_000 + at * 250, 250, 50 + (at % 17), at % 3));
  const measures = [meanOf('edge', 'stable', 'rate'), failureShareOf('edge', 'stable')];
  const grown = createTrafficStore();
  const live = createBuckets(grown, measures, 60_000, 100);
  for (const each of all) {
    grown.add([each]);
    live.update();
  }
  const whole = createTrafficStore();
  whole.add(all);
  const fresh = createBuckets(whole, measures, 60_000, 100);
  fresh.update();
  // The first bucket may have begun before the span, where only the one that grew has seen all of it.
  expect(live.columns.map((column) => column.slice(1))).toEqual(
    fresh.columns.map((column) => column.slice(1)),
  );
  expect(live.columns[0].length).toBeGreaterThan(70);
});

test('samples that were merged leave no hole', () => {
  const store = createTrafficStore();
  store.add(Array.from({ length: 10 }, (_, at) => sample(100_000 + at * 15_000, 15_000, 40)));
  const buckets = createBuckets(store, [meanOf('edge', 'stable', 'rate')], 120_000, 100);
  buckets.update();
  expect(new Set(buckets.columns[1])).toEqual(new Set([40]));
});

test('a share is of all requests, not a mean of shares', () => {
  const store = createTrafficStore();
  store.add([sample(1_000, 250, 0), sample(1_250, 250, 100, 1), sample(1_500, 250, 300, 3)]);
  const buckets = createBuckets(store, [failureShareOf('edge', 'stable')], 10_000, 2);
  buckets.update();
  expect(buckets.columns[1]).toEqual([0.01]);
});

test('two hours at four a second stay, and no more', () => {
  const store = createTrafficStore();
  store.add(Array.from({ length: 30_000 }, (_, at) => sample(1_000 + at * 250, 250, at)));
  const [first, end] = store.bounds();
  expect(end - first).toBe(28_800);
  expect(store.valueAt('edge', 'stable', 'rate', end - 1)).toBe(29_999);
  expect(store.timeAt(store.placeOf(store.timeAt(first + 7)))).toBe(store.timeAt(first + 7));
});

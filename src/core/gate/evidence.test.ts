import { describe, expect, it } from 'vitest';
import { bucketOf, bucketUpperMillis } from './buckets.ts';
import type { Counts } from './counts.ts';
import {
  addEvidence,
  between,
  noEvidence,
  quantile,
  readingOf,
  replicasBetween,
  slowerThan,
} from './evidence.ts';
import { answers } from './testing/arms.ts';

const counts = (
  epoch: string,
  requests: number,
  failures: number,
  replicas: Counts['replicas'] = [],
): Counts => ({
  service: 'edge',
  revision: 'edge-1',
  epoch,
  requests,
  failures,
  buckets: [requests - failures],
  replicas,
});

describe('evidence', () => {
  const first = readingOf(counts('a', 100, 5));

  it.each([
    ['of the same epoch', counts('a', 150, 7), { requests: 50, failures: 2, buckets: [48] }],
    ['of another epoch', counts('b', 20, 1), { requests: 20, failures: 1, buckets: [19] }],
    ['whose totals went back', counts('a', 20, 1), { requests: 20, failures: 1, buckets: [19] }],
  ])('is the difference to a reading; all there is where the counter began anew: %s', (_name, now, added) => {
    expect(between(first, now)).toEqual(added);
    expect(addEvidence(noEvidence, between(first, now))).toEqual(added);
  });

  it('adds histograms of any length', () => {
    const now = { ...counts('a', 110, 5), buckets: [95, 0, 10] };
    const added = between(first, now);
    expect(addEvidence({ requests: 1, failures: 0, buckets: [1] }, added).buckets).toEqual([1, 0, 10]);
    expect(addEvidence({ requests: 3, failures: 0, buckets: [0, 0, 0, 3] }, added).buckets).toEqual([
      0, 0, 10, 3,
    ]);
  });

  it('tells replicas apart; one that is new brings all it has', () => {
    const replica = (name: string, requests: number) => ({
      replica: name,
      requests,
      failures: 0,
      buckets: [requests],
    });
    const before = readingOf(counts('a', 10, 0, [replica('edge-1', 6), replica('edge-2', 4)]));
    const now = counts('a', 30, 0, [replica('edge-2', 9), replica('edge-3', 7)]);
    expect(replicasBetween(before, now)).toEqual([
      { requests: 5, failures: 0, buckets: [5] },
      { requests: 7, failures: 0, buckets: [7] },
    ]);
  });

  it('knows quantiles as bounds of buckets, and what is slow', () => {
    const some = answers(100, 0, { 9: 96, 700: 4 });
    expect(quantile(some, 0.95)).toBe(bucketUpperMillis(bucketOf(9)));
    expect(quantile(some, 0.99)).toBe(bucketUpperMillis(bucketOf(700)));
    expect(quantile(noEvidence, 0.95)).toBe(null);
    expect(slowerThan(some, 250)).toBe(4);
    expect(slowerThan(some, 700)).toBe(0); // the limit cuts their bucket
  });
});

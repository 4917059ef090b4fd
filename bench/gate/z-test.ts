import type { Evidence } from '#core/gate';
import type { Recording } from './windows.ts';

/** One-sided 0.5 % for each of the two metrics. */
const critical = 2.5758293035489004;

/**
 * The two-proportion z-test of the textbooks, pooled over the whole rollout: share of failed requests, and share of answers
 * slower than the stable revision's 95th percentile of before. `once` looks at the end, as the test is meant;
 * `everyTenSeconds` looks on and on, as it is often used.
 */
export function zTest(
  { minutes, ...totals }: Recording,
  slowFrom: number,
  looks: 'once' | 'everyTenSeconds',
): number | null {
  const last = minutes.length * 60;
  const slow = { canary: [0], canaryAll: [0], stable: [0], stableAll: [0] };
  for (const { canary, stable } of minutes) {
    grow(slow.canary, slowOf(canary, slowFrom));
    grow(slow.canaryAll, answersOf(canary));
    grow(slow.stable, slowOf(stable, slowFrom));
    grow(slow.stableAll, answersOf(stable));
  }
  for (let second = looks === 'once' ? last : 60; second <= last; second += 10) {
    const errors = z(
      totals.canaryFailures[second],
      totals.canaryRequests[second],
      totals.stableFailures[second],
      totals.stableRequests[second],
    );
    if (errors > critical) return second;
    const minute = second / 60; // latencies are kept by the minute
    const latency = z(
      slow.canary[minute],
      slow.canaryAll[minute],
      slow.stable[minute],
      slow.stableAll[minute],
    );
    if (latency > critical) return second;
  }
  return null;
}

/** Standardised difference of two shares; 0 where nothing can be said. */
export function z(hits = 0, trials = 0, otherHits = 0, otherTrials = 0): number {
  const pooled = (hits + otherHits) / (trials + otherTrials);
  if (trials === 0 || otherTrials === 0 || pooled === 0 || pooled === 1) return 0;
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / otherTrials));
  return (hits / trials - otherHits / otherTrials) / spread;
}

const answersOf = ({ buckets }: Evidence) => buckets.reduce((all, count) => all + count, 0);
const slowOf = ({ buckets }: Evidence, from: number) =>
  buckets.slice(from).reduce((all, count) => all + count, 0);
const grow = (series: number[], by: number) => series.push((series.at(-1) ?? 0) + by);

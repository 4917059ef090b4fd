import { bucketCount, bucketUpperMillis } from '#core/gate';
import type { Draws } from './draws.ts';

/** A law of latencies: the share of the answers in each bucket of the gate, from bucket `first` on. */
export interface Latencies {
  readonly first: number;
  readonly shares: readonly number[];
  /** Sums of `shares`, the last one 1. */
  readonly upTo: readonly number[];
}

export interface LatencyLaw {
  readonly medianMillis: number;
  readonly p95Millis: number;
  /** All answers take so many times as long. */
  readonly factor?: number;
  /** This share of the answers takes `millis` longer. */
  readonly tail?: { readonly share: number; readonly millis: number };
}

const z95 = 1.6448536269514722;

/** Log-normal latencies with a given median and 95th percentile, in the buckets of the gate. */
export function latenciesOf({ medianMillis, p95Millis, factor = 1, tail }: LatencyLaw): Latencies {
  const spread = Math.max(0.01, Math.log(p95Millis / medianMillis) / z95);
  const below = (millis: number) =>
    millis <= 0 ? 0 : normalBelow(Math.log(millis / (medianMillis * factor)) / spread);
  const share = tail?.share ?? 0;
  const law = (millis: number) => (1 - share) * below(millis) + share * below(millis - (tail?.millis ?? 0));
  const sums = Array.from({ length: bucketCount }, (_, bucket) =>
    bucket === bucketCount - 1 ? 1 : law(bucketUpperMillis(bucket)),
  );
  const first = Math.max(
    0,
    sums.findIndex((sum) => sum > 1e-9),
  );
  const end = sums.findIndex((sum) => sum > 1 - 1e-9) + 1;
  const upTo = sums.slice(first, end).map((sum, i, all) => (i === all.length - 1 ? 1 : sum));
  return { first, upTo, shares: upTo.map((sum, i) => sum - (upTo[i - 1] ?? 0)) };
}

/**
 * Counts by bucket of a random number of answers, Poisson with mean `expected`. One answer after the other where they are
 * few, else one Poisson number for each bucket, which is the same law.
 */
export function drawAnswers(draws: Draws, latencies: Latencies, expected: number): number[] {
  const { first, shares, upTo } = latencies;
  const buckets = Array.from({ length: first + shares.length }, () => 0);
  if (expected > 40) {
    for (const [i, share] of shares.entries()) buckets[first + i] = draws.poisson(expected * share);
    return buckets;
  }
  for (let left = draws.poisson(expected); left > 0; left -= 1) {
    const bucket = first + atLeast(upTo, draws.uniform());
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return buckets;
}

/** The first place whose value is at least `sought`, in rising values. */
function atLeast(rising: readonly number[], sought: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 1) < sought) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Standard normal distribution function; relative error below 1.2e-7 (Numerical Recipes, erfc by Chebyshev fitting). */
export function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const terms = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ];
  const tail = t * Math.exp(terms.reduce((sum, term) => sum * t + term, 0) - z * z);
  return x >= 0 ? 1 - tail / 2 : tail / 2;
}

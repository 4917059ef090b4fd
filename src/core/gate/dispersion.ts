import { countAbove, total } from './buckets.ts';
import type { Evidence } from './evidence.ts';
import { type Dispersion, noDispersion } from './settings.ts';

/** Squared deviations of replicas from what they share, and what chance alone would make of them, summed over ticks. */
export interface Scatter {
  readonly observed: number;
  readonly expected: number;
}

/** One replica's share of a tick: so many hits of so many trials. */
export type Row = readonly [trials: number, hits: number];

export const noScatter: Scatter = { observed: 0, expected: 0 };

/**
 * Adds one tick in which equal replicas answered, with the share p pooled over them:
 *
 *     observed  Σ (y − n p)²          expected  Σ n p (1 − p) (N − n)/(N − 1)
 *
 * for y hits of a replica's n trials and N trials of all: the moments of the hypergeometric law, which holds for equal replicas
 * given the hits of the tick. Pooling within the tick leaves out what all replicas share, so only clumps on single replicas
 * (retry storms, pauses) count. Sums over ticks are divided, not ticks averaged (as Pearson's chi² per degree of freedom
 * would): a tick with one clump must not weigh like one with ten.
 */
export function addScatter(sum: Scatter, rows: readonly Row[]): Scatter {
  const seen = rows.filter(([trials]) => trials > 0);
  const trials = seen.reduce((all, [n]) => all + n, 0);
  const hits = seen.reduce((all, [, y]) => all + y, 0);
  if (seen.length < 2 || hits === 0 || hits === trials) return sum;
  const p = hits / trials;
  const observed = seen.reduce((all, [n, y]) => all + (y - n * p) ** 2, 0);
  const expected = seen.reduce((all, [n]) => all + (n * p * (1 - p) * (trials - n)) / (trials - 1), 0);
  return { observed: sum.observed + observed, expected: sum.expected + expected };
}

/** Hits beyond which a variance means something. */
const enough = 10;

/** Variance as a multiple of what chance explains, never below 1; 1 while there is too little to tell. */
export function inflation({ observed, expected }: Scatter): number {
  return expected < enough ? 1 : Math.max(1, observed / expected);
}

export type DispersionSums = Readonly<Record<keyof Dispersion, Scatter>>;

export const noDispersionSums: DispersionSums = {
  errors: noScatter,
  p50: noScatter,
  p95: noScatter,
  p99: noScatter,
};

/** Log e-values are divided by it: dividing by 1 or more keeps E(e) ≤ 1 (Jensen), and undoes what clumps add to the variance. */
export function dispersionOf(sums: DispersionSums): Dispersion {
  return {
    ...noDispersion,
    errors: inflation(sums.errors),
    p50: inflation(sums.p50),
    p95: inflation(sums.p95),
    p99: inflation(sums.p99),
  };
}

/** Adds what the replicas of the stable arm answered in a tick. `cuts` as in the baseline; without them only errors count. */
export function addReplicas(
  sums: DispersionSums,
  replicas: readonly Evidence[],
  cuts: readonly number[] | null,
): DispersionSums {
  if (replicas.length < 2) return sums;
  const errors = addScatter(
    sums.errors,
    replicas.map(({ requests, failures }) => [requests, failures]),
  );
  if (cuts === null) return { ...sums, errors };
  const above = (sum: Scatter, cut: number) =>
    addScatter(
      sum,
      replicas.map(({ buckets }) => [total(buckets), countAbove(buckets, cuts[cut] ?? 0)]),
    );
  return { errors, p50: above(sums.p50, 1), p95: above(sums.p95, 4), p99: above(sums.p99, 5) };
}

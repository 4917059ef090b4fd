import { bounds, medianBounds } from './intervals.ts';
import type { ReferenceFigures } from './reference-figures.ts';
import type { Ending } from './run-once.ts';

/** What many runs of one scenario under one gate amount to. Shares in percent, times in seconds. */
export interface Summary {
  readonly runs: number;
  readonly rollbacks: number;
  readonly rollback: number;
  readonly held: number;
  /** Of all runs; null where so many did not roll back. */
  readonly median: number | null;
  readonly p95: number | null;
  readonly failed: number;
  readonly exposed: number;
  /** Promoted before the end, and when those that were promoted were. */
  readonly early: number;
  readonly promoteMedian: number | null;
  readonly promoteP95: number | null;
  readonly rollbackTimes: readonly number[];
}

export function summaryOf(endings: readonly Ending[], bake: number): Summary {
  const runs = endings.length;
  const percent = (count: number) => (100 * count) / runs;
  const rolledBack = endings.filter(({ verdict }) => verdict === 'rollback');
  const promoted = endings.filter(({ verdict }) => verdict === 'promote').map(({ at }) => at);
  const rollbackTimes = endings
    .map(({ verdict, at }) => (verdict === 'rollback' ? at : Number.POSITIVE_INFINITY))
    .sort((a, b) => a - b);
  promoted.sort((a, b) => a - b);
  return {
    runs,
    rollbacks: rolledBack.length,
    rollback: percent(rolledBack.length),
    held: percent(endings.filter(({ verdict }) => verdict === 'held').length),
    median: quantile(rollbackTimes, 0.5),
    p95: quantile(rollbackTimes, 0.95),
    failed: mean(endings.map(({ failed }) => failed)),
    exposed: mean(endings.map(({ exposed }) => exposed)),
    early: percent(promoted.filter((at) => at < bake).length),
    promoteMedian: quantile(promoted, 0.5),
    promoteP95: quantile(promoted, 0.95),
    rollbackTimes,
  };
}

export type Standing = 'reached' | 'beaten' | 'missed';

/** How a share stands to a published one: reached where the published one lies in the 95 % interval of ours. */
export function standingOfShare(
  hits: number,
  runs: number,
  published: number,
  lowerIsBetter: boolean,
): Standing {
  const { lower, upper } = bounds(hits, runs, 0.95);
  if (published >= 100 * lower && published <= 100 * upper) return 'reached';
  return published > 100 * upper === lowerIsBetter ? 'beaten' : 'missed';
}

/** The same for a median time, by the interval that the order statistics give; null where neither has one. */
export function standingOfMedian(times: readonly number[], { median }: ReferenceFigures): Standing | null {
  const { lower, upper } = medianBounds(times, 0.95);
  const published = median ?? Number.POSITIVE_INFINITY;
  if (published === lower && published === upper && !Number.isFinite(published)) return null;
  if (published >= lower && published <= upper) return 'reached';
  return published > upper ? 'beaten' : 'missed';
}

function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined || !Number.isFinite(value) ? null : value;
}

const mean = (values: readonly number[]) => values.reduce((all, value) => all + value, 0) / values.length;

import { bucketCount, bucketUpperMillis } from '#core/gate';
import { normalBelow } from '#core/power';
import type { Random } from '#kernel';
import { binomial } from './draws.ts';

/** One bucket that answers fall into, and the share of those left by the cells before it that do. */
interface Cell {
  readonly bucket: number;
  readonly share: number;
}

/** Where answers fall, the likeliest bucket first, so that a few answers cost a few draws. */
export type Latencies = readonly Cell[];

/** Answer times: lognormal around a median, and a share of slow ones around another. */
export interface LatencyShape {
  readonly medianMillis: number;
  /** Standard deviation of the logarithm: 0.3 is narrow, 1 is wide. */
  readonly spread: number;
  readonly slowShare: number;
  readonly slowMillis: number;
}

const negligible = 1e-7;

export function latenciesOf({ medianMillis, spread, slowShare, slowMillis }: LatencyShape): Latencies {
  const cells = Array.from({ length: bucketCount }, (_, bucket) => {
    const usual = within(bucket, medianMillis, spread);
    return { bucket, chance: (1 - slowShare) * usual + slowShare * within(bucket, slowMillis, 0.2) };
  })
    .filter(({ chance }) => chance > negligible)
    .sort((a, b) => b.chance - a.chance);
  let left = cells.reduce((sum, { chance }) => sum + chance, 0);
  return cells.map(({ bucket, chance }, i) => {
    const share = i === cells.length - 1 ? 1 : chance / left;
    left -= chance;
    return { bucket, share };
  });
}

/** Puts so many answers into the buckets: one multinomial draw, made of binomial ones. */
export function addAnswers(random: Random, buckets: number[], answers: number, latencies: Latencies): void {
  let left = answers;
  for (const { bucket, share } of latencies) {
    if (left === 0) return;
    const here = binomial(random, left, share);
    buckets[bucket] = (buckets[bucket] ?? 0) + here;
    left -= here;
  }
}

function within(bucket: number, median: number, spread: number): number {
  const upTo = (end: number) =>
    end === bucketCount - 1 ? 1 : normalBelow(Math.log(bucketUpperMillis(end) / median) / spread);
  return upTo(bucket) - (bucket === 0 ? 0 : upTo(bucket - 1));
}

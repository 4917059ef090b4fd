import { type Millis, millis } from '#kernel';

/** Counts of durations in buckets that each are 2 % wider than the one before: any quantile is exact to 2 %. */
export interface Histogram {
  record(duration: Millis): void;
  /** The duration that a `share` (0 to 1) of all do not exceed; null when nothing was recorded. */
  quantile(share: number): Millis | null;
  /** The longest, exactly. */
  max(): Millis;
}

const smallest = 0.05; // milliseconds; shorter ones share the first bucket
const logGrowth = Math.log(1.02);
const bucketCount = 1_024; // the last one begins at about 8 hours

export function createHistogram(): Histogram {
  const buckets = new Uint32Array(bucketCount);
  let total = 0;
  let longest = 0;
  return {
    record(duration) {
      const bucket = Math.ceil(Math.log(Math.max(duration, smallest) / smallest) / logGrowth);
      const index = Math.min(bucket, bucketCount - 1);
      buckets[index] = (buckets[index] ?? 0) + 1;
      total += 1;
      longest = Math.max(longest, duration);
    },
    quantile(share) {
      if (total === 0) return null;
      let left = Math.max(1, Math.ceil(share * total));
      const bucket = buckets.findIndex((count) => (left -= count) <= 0);
      return millis(Math.min(longest, smallest * Math.exp(bucket * logGrowth)));
    },
    max: () => millis(longest),
  };
}

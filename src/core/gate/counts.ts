/** Monotonic totals of one revision since `epoch` (a new epoch begins when the counting process starts anew). */
export interface Counts {
  readonly service: string;
  readonly revision: string;
  readonly epoch: string;
  readonly requests: number;
  /** 5xx answers of the revision and requests it never answered. */
  readonly failures: number;
  /** Answered requests by latency: `buckets[i]` counts those at most `bucketBounds[i]` and above the bound before it. */
  readonly buckets: readonly number[];
}

/** Upper bounds of the latency buckets in milliseconds; one more bucket, without a bound, follows the last. */
export const bucketBounds: readonly number[] = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000,
  5_000, 7_500, 10_000, 15_000, 30_000, 60_000,
];

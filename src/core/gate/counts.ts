/** Monotonic totals of one revision since `epoch` (a new epoch begins when the counting process starts anew). */
export interface Counts extends Totals {
  readonly service: string;
  readonly revision: string;
  readonly epoch: string;
  /** The same totals of each replica; empty where the source knows none. */
  readonly replicas: readonly ReplicaCounts[];
}

export interface ReplicaCounts extends Totals {
  readonly replica: string;
}

export interface Totals {
  readonly requests: number;
  /** 5xx answers and requests that were never answered. */
  readonly failures: number;
  /**
   * Answers that did not fail by latency, as in `bucketOf`; zeros at the end may be left out. Failures stay out: those that
   * fail fast would make a broken revision look quick.
   */
  readonly buckets: readonly number[];
}

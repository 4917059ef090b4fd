import { bucketBounds, type Counts } from './counts.ts';

/** What one arm of one service has answered since a step began. */
export interface Evidence {
  readonly requests: number;
  readonly failures: number;
  /** Answers by latency, as in `Counts.buckets`. */
  readonly buckets: readonly number[];
}

/** Totals as last read, kept to take the difference to the next reading. */
export interface Reading {
  readonly epoch: string;
  readonly requests: number;
  readonly failures: number;
  readonly buckets: readonly number[];
}

export const noEvidence: Evidence = { requests: 0, failures: 0, buckets: [] };

/**
 * Adds what happened between two readings. Where the counting process began anew (another epoch, or totals that went
 * back) its new totals are the difference: what it had not reported before its end is lost, never counted twice.
 */
export function accumulate(evidence: Evidence, before: Reading, now: Counts): Evidence {
  const anew = before.epoch !== now.epoch || now.requests < before.requests;
  const since = (present: number, past: number) => (anew ? present : Math.max(0, present - past));
  return {
    requests: evidence.requests + since(now.requests, before.requests),
    failures: evidence.failures + since(now.failures, before.failures),
    buckets: now.buckets.map((count, i) => (evidence.buckets[i] ?? 0) + since(count, before.buckets[i] ?? 0)),
  };
}

export function readingOf({ epoch, requests, failures, buckets }: Counts): Reading {
  return { epoch, requests, failures, buckets };
}

/** Answers slower than `limit` milliseconds; a bucket that the limit cuts counts as not slow. */
export function slowerThan(evidence: Evidence, limit: number): number {
  return evidence.buckets.reduce((sum, count, i) => {
    const lowest = i === 0 ? 0 : (bucketBounds[i - 1] ?? Number.POSITIVE_INFINITY);
    return lowest >= limit ? sum + count : sum;
  }, 0);
}

/** Upper bound in milliseconds of the bucket that holds the quantile (0 to 1); null without answers. */
export function quantile(evidence: Evidence, share: number): number | null {
  const answers = evidence.buckets.reduce((sum, count) => sum + count, 0);
  if (answers === 0) return null;
  let seen = 0;
  for (const [i, count] of evidence.buckets.entries()) {
    seen += count;
    if (seen >= share * answers) return bucketBounds[i] ?? Number.POSITIVE_INFINITY;
  }
  return null;
}

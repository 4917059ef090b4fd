import { addBuckets, bucketOf, bucketUpperMillis, countAbove, quantileBucket, total } from './buckets.ts';
import type { Counts, Totals } from './counts.ts';

/** What one arm of one service has answered in some span of time. */
export type Evidence = Totals;

/** Totals as last read, kept to take the difference to the next reading. */
export interface Reading extends Totals {
  readonly epoch: string;
  readonly replicas: Counts['replicas'];
}

export const noEvidence: Evidence = { requests: 0, failures: 0, buckets: [] };

export function readingOf({ epoch, requests, failures, buckets, replicas }: Counts): Reading {
  return { epoch, requests, failures, buckets, replicas };
}

/**
 * What happened between two readings. Where the counting process began anew (another epoch, or totals that went back) its
 * new totals are the difference: what it had not reported before its end is lost, never counted twice.
 */
export function between(before: Reading, now: Counts): Evidence {
  return difference(before.epoch === now.epoch ? before : noEvidence, now);
}

/** The same for each replica that counts now. */
export function replicasBetween(before: Reading, now: Counts): readonly Evidence[] {
  const known = before.epoch === now.epoch ? before.replicas : [];
  return now.replicas.map((present) =>
    difference(known.find(({ replica }) => replica === present.replica) ?? noEvidence, present),
  );
}

export function addEvidence(a: Evidence, b: Evidence): Evidence {
  return {
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    buckets: addBuckets(a.buckets, b.buckets),
  };
}

function difference(before: Totals, now: Totals): Evidence {
  const past = now.requests < before.requests ? noEvidence : before;
  return {
    requests: now.requests - past.requests,
    failures: Math.max(0, now.failures - past.failures),
    buckets: now.buckets.map((count, k) => Math.max(0, count - (past.buckets[k] ?? 0))),
  };
}

/** Answers that did not fail and whose latency is known. */
export function answersOf(evidence: Evidence): number {
  return total(evidence.buckets);
}

/** Answers slower than `limit` milliseconds; a bucket that the limit cuts counts as not slow. */
export function slowerThan(evidence: Evidence, limit: number): number {
  return countAbove(evidence.buckets, bucketOf(limit));
}

/** Upper bound in milliseconds of the bucket that holds the quantile (0 to 1); null without answers. */
export function quantile(evidence: Evidence, share: number): number | null {
  return answersOf(evidence) === 0 ? null : bucketUpperMillis(quantileBucket(evidence.buckets, share));
}

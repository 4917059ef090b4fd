import { errorRate, type Minute, quantileMillis } from './windows.ts';

/**
 * Flagger's canary analysis. Sources: fluxcd/flagger pkg/controller/scheduler.go (`advanceCanary`: a failed analysis adds
 * one to `FailedChecks`, which a good one never takes back; the number is held against the threshold at the beginning of
 * the next reconciliation) and docs/gitbook/usage/metrics.md (`request-success-rate`, `request-duration`).
 */
export interface FlaggerAnalysis {
  /** Interval of the analysis and window of its metrics, in minutes. */
  readonly everyMinutes: number;
  /** Failed checks that lead to a rollback; 1 where none is declared. */
  readonly threshold: number;
  /** `request-success-rate` must be at least this share. */
  readonly leastSuccess: number;
  /** `request-duration` must be at most so long; the built-in metric is the 99th percentile. */
  readonly mostMillis: number;
  readonly quantile: number;
}

/** Seconds until the rollback, or null when the watched time ends before. */
export function flagger(minutes: readonly Minute[], analysis: FlaggerAnalysis): number | null {
  const checks = minutes.map(({ canary }) => {
    // "no values found": without traffic the query is empty, which is a failed check.
    if (canary.requests === 0) return false;
    const duration = quantileMillis(canary, analysis.quantile);
    return 1 - errorRate(canary) >= analysis.leastSuccess && !(duration > analysis.mostMillis);
  });
  const reconciliation = reconciliationOfRollback(checks, analysis.threshold);
  return reconciliation === null ? null : reconciliation * 60 * analysis.everyMinutes;
}

/** Number of the reconciliation (the first is 1) that rolls back; `checks` holds the result of each. */
export function reconciliationOfRollback(checks: readonly boolean[], threshold: number): number | null {
  let failed = 0;
  for (const [i, good] of checks.entries()) {
    if (!good) failed += 1;
    if (failed >= threshold) return i + 2;
  }
  return null;
}

import { sum } from './traffic.ts';
import { errorRate, type Minute, quantileMillis } from './windows.ts';

/**
 * Argo Rollouts' background analysis. Sources: argoproj/argo-rollouts docs/features/analysis.md (the template
 * `success-rate`: every 5 min, `result >= 0.95`, `failureLimit: 3`) and analysis/analysis.go
 * (`assessMetricFailureInconclusiveOrError`: failed when `Failed > failureLimit`, limit 0 where none is declared).
 */
export interface ArgoAnalysis {
  /** Interval of the measurements and window of the query, in minutes. */
  readonly everyMinutes: number;
  readonly failureLimit: number;
  /** `successCondition: result >= leastSuccess`. */
  readonly leastSuccess: number;
  /** A second metric of the same kind: the 95th percentile. */
  readonly mostMillis: number;
}

/** Seconds until the analysis run has failed, or null when the watched time ends before. */
export function argo(minutes: readonly Minute[], analysis: ArgoAnalysis): number | null {
  const every = analysis.everyMinutes;
  const successes: boolean[] = [];
  const durations: boolean[] = [];
  for (let end = every; end <= minutes.length; end += every) {
    const window = sum(minutes.slice(end - every, end).map(({ canary }) => canary));
    // An empty result (NaN) does not fulfil `result >= 0.95`, and there is no failureCondition to make it inconclusive.
    successes.push(1 - errorRate(window) >= analysis.leastSuccess);
    durations.push(quantileMillis(window, 0.95) <= analysis.mostMillis);
    const failed = [successes, durations].some(
      (metric) => phaseOf(metric, analysis.failureLimit) === 'Failed',
    );
    if (failed) return end * 60;
  }
  return null;
}

/** What a metric without `count` is assessed as after these measurements. */
export function phaseOf(measurements: readonly boolean[], failureLimit = 0): 'Failed' | 'Running' {
  const failed = measurements.filter((successful) => !successful).length;
  return failed > failureLimit ? 'Failed' : 'Running';
}

import { errorRate, type Minute, quantileMillis } from './windows.ts';

/**
 * Kayenta's default judge. Sources: spinnaker/kayenta kayenta-judge NetflixACAJudge.scala (tolerance 0.25, confidence
 * level 0.98), classifiers/metric/MannWhitneyClassifier.scala (High only when the lower end of the Mann-Whitney interval
 * exceeds the tolerance times the Hodges-Lehmann estimate, and the ratio of the means is at least the allowed increase),
 * kayenta-judge mannwhitney/MannWhitney.scala (the interval of R's wilcox.test: normal, continuity, ties).
 */
export type Classification = 'High' | 'Pass' | 'Nodata';

/** Tolerance and confidence level of NetflixACAJudge. */
const tolerance = 0.25;
const confidenceLevel = 0.98;

/** Seconds until a metric is High; with one look at the end, or with a look each minute from the fifth on. */
export function kayenta(minutes: readonly Minute[], looks: 'once' | 'eachMinute'): number | null {
  const metrics = [
    ({ stable, canary }: Minute) => [errorRate(stable), errorRate(canary)] as const,
    ({ stable, canary }: Minute) => [quantileMillis(stable, 0.95), quantileMillis(canary, 0.95)] as const,
  ].map((read) => minutes.map(read));
  for (let seen = looks === 'once' ? minutes.length : 5; seen <= minutes.length; seen += 1) {
    const high = metrics.some((points) => {
      const known = points.slice(0, seen);
      return (
        classify(
          known.map(([control]) => control),
          known.map(([, experiment]) => experiment),
        ) === 'High'
      );
    });
    if (high) return seen * 60;
  }
  return null;
}

/** One metric that must not increase; points that are not a number are removed, as the judge does. */
export function classify(control: readonly number[], experiment: readonly number[]): Classification {
  const [baseline, canary] = [control, experiment].map((points) =>
    points.filter((point) => !Number.isNaN(point)),
  );
  if (!baseline?.length || !canary?.length) return 'Nodata';
  if (new Set([...baseline, ...canary]).size === 1) return 'Pass';
  const [baselineMean, canaryMean] = [mean(baseline), mean(canary)];
  if (baselineMean !== 0 && canaryMean / baselineMean < 1) return 'Pass';
  // Spares the search for the interval: its lower end is not above 0.
  if (!(statistic(0, canary, baseline) > normalQuantile)) return 'Pass';
  const { lower, estimate } = mannWhitney(baseline, canary);
  return lower > tolerance * Math.abs(estimate) ? 'High' : 'Pass';
}

/** Normal quantile of (1 + confidenceLevel) / 2. */
const normalQuantile = confidenceLevel === 0.98 ? 2.3263478740408408 : Number.NaN;

/** Confidence interval and Hodges-Lehmann estimate of how far the canary lies above the baseline. */
export function mannWhitney(baseline: readonly number[], canary: readonly number[]) {
  return {
    lower: shiftWhere(normalQuantile, canary, baseline),
    estimate: shiftWhere(0, canary, baseline),
    upper: shiftWhere(-normalQuantile, canary, baseline),
  };
}

/** The shift at which the statistic equals `quantile`: it falls as the shift grows. */
function shiftWhere(quantile: number, canary: readonly number[], baseline: readonly number[]): number {
  let low = Math.min(...canary) - Math.max(...baseline);
  let high = Math.max(...canary) - Math.min(...baseline);
  if (!(statistic(low, canary, baseline) > quantile)) return low;
  if (!(statistic(high, canary, baseline) < quantile)) return high;
  while (high - low > 1e-9 * Math.max(1, Math.abs(low), Math.abs(high))) {
    const middle = (low + high) / 2;
    if (statistic(middle, canary, baseline) > quantile) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Standardised rank sum of the canary shifted down by `shift`, with correction for continuity and ties. */
export function statistic(shift: number, canary: readonly number[], baseline: readonly number[]): number {
  const [m, n] = [canary.length, baseline.length];
  const values = [
    ...canary.map((value) => ({ value: value - shift, mine: true })),
    ...baseline.map((value) => ({ value, mine: false })),
  ].sort((one, other) => one.value - other.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (to < values.length && values[to]?.value === values[from]?.value) to += 1;
    const mine = values.slice(from, to).filter((entry) => entry.mine).length;
    rankSum += (mine * (from + 1 + to)) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const distance = rankSum - (m * (m + 1)) / 2 - (m * n) / 2;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  return (distance - Math.sign(distance) * 0.5) / Math.sqrt(variance);
}

const mean = (values: readonly number[]) => values.reduce((all, value) => all + value, 0) / values.length;

/**
 * Exact two-sided confidence interval of a share (Clopper and Pearson, "The use of confidence or fiducial limits illustrated
 * in the case of the binomial", 1934), by bisection of the binomial tails.
 */
export function bounds(hits: number, trials: number, confidence: number): { lower: number; upper: number } {
  const rest = (1 - confidence) / 2;
  return {
    lower: hits === 0 ? 0 : bisect((share) => 1 - atMost(hits - 1, trials, share) < rest),
    upper: hits === trials ? 1 : bisect((share) => atMost(hits, trials, share) > rest),
  };
}

/** Interval of the median of a law from sorted samples of it: order statistics, whose ranks are binomial. */
export function medianBounds(
  sorted: readonly number[],
  confidence: number,
): { lower: number; upper: number } {
  const count = sorted.length;
  let rank = 0; // the largest rank (from 0) that the median undercuts with a chance of at most (1 - confidence) / 2
  while (atMost(rank, count, 0.5) <= (1 - confidence) / 2) rank += 1;
  return {
    lower: sorted[Math.max(0, rank - 1)] ?? Number.NaN,
    upper: sorted[count - Math.max(1, rank)] ?? Number.NaN,
  };
}

/** Chance of at most `hits` successes. */
export function atMost(hits: number, trials: number, share: number): number {
  if (share <= 0) return 1;
  if (share >= 1) return hits >= trials ? 1 : 0;
  let logTerm = trials * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= hits; k += 1) {
    logTerm += Math.log((trials - k + 1) / k) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** The share in [0, 1] up to which `holds` is true. */
function bisect(holds: (share: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

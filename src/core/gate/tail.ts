/**
 * Probability that at least `hits` of `trials` independent requests fail when each fails with probability `share`: the
 * exact upper tail of the binomial distribution. Small means that chance alone hardly explains so many.
 * The sum begins at `hits` and each term follows from the one before: t(i+1) = t(i) · (n−i)/(i+1) · p/(1−p).
 */
export function chanceOfAtLeast(hits: number, trials: number, share: number): number {
  if (hits <= 0) return 1;
  if (hits > trials || share <= 0) return 0;
  if (share >= 1) return 1;
  if (hits <= trials * share) return 1; // no more than expected: nothing speaks against the share
  const odds = share / (1 - share);
  let term = Math.exp(
    logChoose(trials, hits) + hits * Math.log(share) + (trials - hits) * Math.log1p(-share),
  );
  let sum = 0;
  for (let i = hits; i <= trials && term > sum * 1e-12; i++) {
    sum += term;
    term *= ((trials - i) / (i + 1)) * odds;
  }
  return Math.min(1, sum);
}

const logChoose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** Exact below 32, above by Stirling's series with three terms (error below 1e-10 there). Abramowitz and Stegun, 6.1.41. */
function logFactorial(n: number): number {
  if (n >= 32) {
    const inverse = 1 / n;
    const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1_260;
    return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
  }
  let sum = 0;
  for (let i = 2; i <= n; i++) sum += Math.log(i);
  return sum;
}

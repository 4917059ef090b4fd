/** Coefficients for g = 7, n = 9 (P. Godfrey's table of Lanczos' approximation, 1964). */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0, to about 1e-14 relative; below one half by reflection: Γ(x) Γ(1−x) = π / sin πx. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const [first, ...rest] = lanczos;
  const series = rest.reduce<number>((sum, coefficient, i) => sum + coefficient / (x + i), first);
  const t = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/** ln B(a, b). */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/**
 * Log e-value of x of n events on one arm against the null that each falls there with probability `share`; the alternative is a
 * Beta(k share, k (1 − share)) mixture. Two-sided and bound to one split: for the question whether an arm finishes its share
 * of the requests at all. Lindon and Malek, "Anytime-valid inference for multinomial count data" (2022), with two categories.
 */
export function logBetaBinomial(x: number, n: number, share: number, k: number): number {
  const [a, b] = [k * share, k * (1 - share)];
  return logBeta(a + x, b + n - x) - logBeta(a, b) - x * Math.log(share) - (n - x) * Math.log1p(-share);
}

import type { Arms } from './tally.ts';

/** Canary error rate as a multiple of the tolerated one: small leaks to total failure. */
export const errorRatios = [1.4, 2, 3, 6, 15, 60] as const;

/**
 * Log e-values of one tick against H0: the canary's error rate is at most `tolerated` times the stable one's.
 *
 * Given the K errors of both arms, the canary's are Binomial(K, θ) with θ = π r/(1 − π + π r), where π is the canary's share of the
 * requests of this tick and r the ratio of the rates. For the alternative r = r0 g
 *
 *     log e = y ln g − K [ ln(1 + π (r0 g − 1)) − ln(1 + π (r0 − 1)) ]
 *
 * The common rate cancels, so trouble that both arms share leaves the null true, and so does any change of the split. For
 * requests that each fail or not the law is hypergeometric, which is smaller in convex order: E(e) ≤ 1 holds for it too. Monotone in
 * θ, so it covers all smaller ratios. Conditioning on the total: Lindon and Malek (arXiv 2011.03567).
 */
export function ratioIncrements(
  { stable, canary }: Arms,
  tolerated: number,
  dispersion: number,
): readonly number[] {
  const errors = stable.hits + canary.hits;
  if (errors === 0 || stable.trials === 0 || canary.trials === 0) return errorRatios.map(() => 0);
  const split = canary.trials / (stable.trials + canary.trials);
  const atTolerance = Math.log1p(split * (tolerated - 1));
  return errorRatios.map((ratio) => {
    const expected = errors * (Math.log1p(split * (tolerated * ratio - 1)) - atTolerance);
    return (canary.hits * Math.log(ratio) - expected) / dispersion;
  });
}

/** The canary's errors less those expected of this split and tolerance, and their variance (Mantel and Haenszel, 1959). */
export function ratioScore(
  { stable, canary }: Arms,
  tolerated: number,
  dispersion: number,
): { readonly observed: number; readonly variance: number } {
  if (stable.trials === 0 || canary.trials === 0) return { observed: 0, variance: 0 };
  const errors = stable.hits + canary.hits;
  const share = (canary.trials * tolerated) / (stable.trials + canary.trials * tolerated);
  return {
    observed: canary.hits - errors * share,
    variance: errors * share * (1 - share) * dispersion,
  };
}

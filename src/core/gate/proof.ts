import type { Arms } from './tally.ts';

/** An e-process against harm beyond a margin; it stands from the moment its e-value reaches 1/β until it falls below 1. */
export interface Proof {
  readonly logE: number;
  readonly stands: boolean;
}

export const noProof: Proof = { logE: 0, stands: false };

export function addToProof(proof: Proof, increment: number, beta: number): Proof {
  const logE = proof.logE + increment;
  return { logE, stands: proof.stands ? logE > 0 : logE >= Math.log(1 / beta) };
}

/** Shares of hits the bettor believes in. */
export interface Alternative {
  readonly stable: number;
  readonly canary: number;
}

/**
 * Log e-value of one tick against H0: the canary's share of hits is at least `margin` above the stable one's. The alternative comes
 * from the past; (q, q + margin) is the point of the null closest to it in Kullback-Leibler divergence.
 *
 *     log e = yb ln(pb/q) + (nb − yb) ln((1 − pb)/(1 − q)) + yc ln(pc/(q + δ)) + (nc − yc) ln((1 − pc)/(1 − q − δ))
 *
 * Exact for any true pair of the null, moving or not: Turner and Grünwald (arXiv 2203.09785), 2×2 e-variables for linear nulls.
 */
export function proofIncrement({ stable, canary }: Arms, alternative: Alternative, margin: number): number {
  if (stable.trials === 0 || canary.trials === 0) return 0;
  const nearest = nearestOfNull(stable.trials, canary.trials, alternative, margin);
  return (
    logLikelihoodRatio(stable.hits, stable.trials, alternative.stable, nearest) +
    logLikelihoodRatio(canary.hits, canary.trials, alternative.canary, nearest + margin)
  );
}

/** q by bisection of the derivative nb (pb − q)/(q(1 − q)) + nc (pc − q − δ)/((q + δ)(1 − q − δ)), which falls in q. */
function nearestOfNull(nb: number, nc: number, { stable, canary }: Alternative, margin: number): number {
  let [low, high] = [0, 1 - margin];
  for (let i = 0; i < 60; i++) {
    const q = (low + high) / 2;
    const u = q + margin;
    const slope = (nb * (stable - q)) / (q * (1 - q)) + (nc * (canary - u)) / (u * (1 - u));
    if (slope > 0) low = q;
    else high = q;
  }
  return (low + high) / 2;
}

/** Of so many hits of so many trials, share `p` against share `q`; both inside (0, 1). */
export function logLikelihoodRatio(hits: number, trials: number, p: number, q: number): number {
  return hits * Math.log(p / q) + (trials - hits) * Math.log((1 - p) / (1 - q));
}

import { total } from './buckets.ts';
import type { Dispersion } from './settings.ts';

/** Quantiles of the stable arm at which latencies are cut into seven categories. */
export const cutShares = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;
export const categoryCount = cutShares.length + 1;

/** Which rise of latency an alternative means: of the whole distribution by its ranks, or of what lies above a percentile. */
type Shape = 'rank' | 'aboveP95' | 'aboveP99';

const tilts: readonly (readonly [shape: Shape, strength: number])[] = [
  ['rank', 0.5],
  ['rank', 1.2],
  ['rank', 3],
  ['aboveP95', 0.4],
  ['aboveP95', 1.2],
  ['aboveP95', 4],
  ['aboveP99', 0.4],
  ['aboveP99', 1],
  ['aboveP99', 2.5],
];
export const tiltCount = tilts.length;

const dispersionFor = { rank: 'p50', aboveP95: 'p95', aboveP99: 'p99' } as const satisfies Record<
  Shape,
  keyof Dispersion
>;

/** Answers of both arms by category. */
export interface Categories {
  readonly stable: readonly number[];
  readonly canary: readonly number[];
}

/**
 * Log e-values of one tick against H0: the canary's latency is stochastically at most the stable one's (the canary's buckets are
 * moved down by the tolerance before they are put into categories).
 *
 * With category shares p known from the past, an alternative tilts them by an increasing score: a = p exp(θ s)/Z, ρ = a/p, and
 *
 *     log e = Σk [ yck ln ρk − (ybk + yck) ln( (nb + nc ρk)/(nb + nc) ) ]
 *
 * It is the likelihood ratio of (p, a) against its projection q = (nb p + nc a)/(nb + nc) on "both arms alike". For any common
 * true q' the log-expectation nb ln Σ q'p/q + nc ln Σ q'a/q is concave in q' with its maximum 0 at q, so E(e) ≤ 1 whatever the true
 * law and however wrong p is; ρ is increasing, so it covers every faster canary too. Reverse information projection: Turner, Ly,
 * Grünwald (arXiv 2106.02693). The tilt by ranks is a sequential Wilcoxon test.
 */
export function tiltIncrements(
  shares: readonly number[],
  { stable, canary }: Categories,
  dispersion: Dispersion,
): readonly number[] {
  const [nb, nc] = [total(stable), total(canary)];
  if (nb === 0 || nc === 0) return tilts.map(() => 0);
  const scores = {
    rank: scoresOf(shares, 'rank'),
    aboveP95: scoresOf(shares, 'aboveP95'),
    aboveP99: scoresOf(shares, 'aboveP99'),
  };
  return tilts.map(([shape, strength]) => {
    const logGrowth = logGrowthOf(shares, scores[shape], strength);
    let sum = 0;
    for (let k = 0; k < logGrowth.length; k++) {
      const b = stable[k] ?? 0;
      const c = canary[k] ?? 0;
      if (b + c === 0) continue;
      const logRho = logGrowth[k] ?? 0;
      sum += c * logRho - (b + c) * Math.log((nb + nc * Math.exp(logRho)) / (nb + nc));
    }
    return sum / dispersion[dispersionFor[shape]];
  });
}

/** ln ρk = θ sk − ln Z. */
function logGrowthOf(
  shares: readonly number[],
  scores: readonly number[],
  strength: number,
): readonly number[] {
  let scale = 0;
  for (let k = 0; k < shares.length; k++) scale += (shares[k] ?? 0) * Math.exp(strength * (scores[k] ?? 0));
  const logScale = Math.log(scale);
  return scores.map((score) => strength * score - logScale);
}

/** An increasing score of each category: its mid-rank in (−½, ½), or whether it lies above a percentile. */
export function scoresOf(shares: readonly number[], shape: Shape): readonly number[] {
  if (shape === 'aboveP95') return shares.map((_, k) => (k >= 5 ? 1 : 0));
  if (shape === 'aboveP99') return shares.map((_, k) => (k >= 6 ? 1 : 0));
  let below = 0;
  return shares.map((share) => {
    const middle = below + share / 2 - 0.5;
    below += share;
    return middle;
  });
}

/**
 * The canary's scores less their permutation mean within the tick, and its variance: van Elteren's stratified rank test (1960),
 * strata being the ticks.
 */
export function rankScore(
  scores: readonly number[],
  { stable, canary }: Categories,
  dispersion: number,
): { readonly observed: number; readonly variance: number } {
  const [nb, nc] = [total(stable), total(canary)];
  if (nb === 0 || nc === 0) return { observed: 0, variance: 0 };
  const n = nb + nc;
  let sum = 0;
  let squares = 0;
  let observed = 0;
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k] ?? 0;
    const both = (stable[k] ?? 0) + (canary[k] ?? 0);
    sum += both * score;
    squares += both * score ** 2;
    observed += (canary[k] ?? 0) * score;
  }
  const variance = ((nb * nc) / (n * (n - 1))) * (squares - sum ** 2 / n);
  // Answers that all score alike say nothing; their rounding errors would, once divided by each other.
  if (variance < 1e-9) return { observed: 0, variance: 0 };
  return { observed: observed - (nc * sum) / n, variance: variance * dispersion };
}

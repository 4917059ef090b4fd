import { logAddExp, logSum } from './logarithms.ts';

/**
 * An e-process over several alternatives and onsets, in natural logs. `wealth[j]`: of alternative j at the begin of the present
 * block; `gains[j]`: what it gained since then.
 */
export interface Mixture {
  readonly block: number;
  readonly wealth: readonly number[];
  readonly gains: readonly number[];
  readonly logE: number;
}

export interface MixtureSettings {
  readonly restartShare: number;
  readonly restartScale: number;
  readonly block: number;
  readonly blockCap: number;
}

export function openMixture(alternatives: number, { restartShare }: MixtureSettings): Mixture {
  const each = Math.log1p(-restartShare) - Math.log(alternatives);
  return {
    block: 0,
    wealth: Array.from({ length: alternatives }, () => each),
    gains: Array.from({ length: alternatives }, () => 0),
    logE: 0,
  };
}

/**
 * Adds the log e-values of one tick, one per alternative, that ends `at` seconds after the start.
 *
 *     E(t) = Σj 1/J Σ(u ≤ t) v(u) Π(u < w ≤ t) e(j,w)  +  mass of the onsets still to come
 *
 * The share 1 − ρ of the prior bets on an onset at 0, the rest on later ones: ρ t0/(t0+t) of it is left after t. Restarts are
 * those of the e-detector (Shin, Ramdas, Rinaldo, "E-detectors", 2024), but as a weighted mixture, so that this is still an
 * e-process: P(E ever ≥ 1/α) ≤ α. They find a late regression that a plain product, deep below 1 by then, would miss. Onsets
 * lie on the bounds of blocks, which keeps the state at one number per alternative. Within a block an alternative gains at
 * most `blockCap`: the smaller of a martingale and a constant is a supermartingale.
 */
export function addToMixture(
  mixture: Mixture,
  increments: readonly number[],
  at: number,
  settings: MixtureSettings,
): Mixture {
  const begun = beginBlock(mixture, blockAt(at, settings.block), settings);
  const gains = begun.gains.map((gain, j) => gain + (increments[j] ?? 0));
  const logs = begun.wealth.map((wealth, j) => wealth + Math.min(gains[j] ?? 0, settings.blockCap));
  logs.push(Math.log(stillToCome(begun.block, settings)));
  return { ...begun, gains, logE: logSum(logs) };
}

/** A tick belongs to the block in which it ends; one that ends on a bound to the block before it. */
export function blockAt(at: number, length: number): number {
  return Math.max(0, Math.ceil(at / length - 1e-9) - 1);
}

function beginBlock(mixture: Mixture, block: number, settings: MixtureSettings): Mixture {
  if (block <= mixture.block) return mixture;
  const onsets = stillToCome(mixture.block, settings) - stillToCome(block, settings);
  const each = Math.log(onsets) - Math.log(mixture.wealth.length);
  return {
    ...mixture,
    block,
    wealth: mixture.wealth.map((wealth, j) =>
      logAddExp(wealth + Math.min(mixture.gains[j] ?? 0, settings.blockCap), each),
    ),
    gains: mixture.gains.map(() => 0),
  };
}

/** Prior mass of onsets after the begin of this block. */
function stillToCome(block: number, { restartShare, restartScale, block: length }: MixtureSettings): number {
  return (restartShare * restartScale) / (restartScale + block * length);
}

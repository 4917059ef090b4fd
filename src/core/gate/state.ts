import type { Baseline } from './baseline.ts';
import type { DispersionSums } from './dispersion.ts';
import type { Evidence } from './evidence.ts';
import type { Mixture } from './mixture.ts';
import type { Proof } from './proof.ts';
import type { Score } from './score.ts';
import type { GateSettings } from './settings.ts';

/** What finished on both arms in the same span of time. */
export interface Tick {
  /** Its end, in seconds since the canary first had traffic. */
  readonly at: number;
  readonly stable: Evidence;
  readonly canary: Evidence;
  /** Of the stable arm, one each; empty where the source knows none. */
  readonly replicas: readonly Evidence[];
}

/**
 * One service's two arms over a whole rollout: plain JSON of a fixed size, never reset. Every factor speaks of the split of its
 * own tick, so a change of the weight needs no code and one alpha covers all steps.
 */
export interface Comparison {
  /** End of the last tick. */
  readonly at: number;
  /** End of the last tick in which the stable arm had a request; null: it never had one. */
  readonly stableAt: number | null;
  /** Canary requests since then. */
  readonly unaccompanied: number;
  readonly stable: Evidence;
  readonly canary: Evidence;
  readonly baseline: Baseline;
  readonly harm: {
    readonly errors: Mixture;
    readonly latency: Mixture;
    readonly errorCeiling: Mixture;
    readonly slowCeiling: Mixture;
  };
  readonly proofs: { readonly errors: readonly Proof[]; readonly latency: readonly Proof[] };
  readonly scores: { readonly errors: Score; readonly rank: Score; readonly tail: Score };
  readonly dispersion: DispersionSums;
}

/**
 * Whether the stable arm takes no traffic any more, or never did. A tick or two without a request are not enough to say so:
 * where there is little traffic, single ticks of the canary would be held against the ceiling while both arms fail alike.
 */
export function isStableGone(
  { at, stableAt, unaccompanied }: Pick<Comparison, 'at' | 'stableAt' | 'unaccompanied'>,
  { silence, silentRequests }: GateSettings,
): boolean {
  return stableAt === null || (at - stableAt >= silence && unaccompanied >= silentRequests);
}

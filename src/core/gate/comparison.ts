import { compareWithCeilings } from './alone.ts';
import { absorb, openBaseline, withCuts } from './baseline.ts';
import { ceilingOdds } from './ceiling.ts';
import { addReplicas, type DispersionSums, dispersionOf, noDispersionSums } from './dispersion.ts';
import { errorRatios } from './error-ratio.ts';
import { compareErrors } from './errors.ts';
import { addEvidence, type Evidence, noEvidence } from './evidence.ts';
import { compareLatency, proofCuts } from './latency.ts';
import { tiltCount } from './latency-tilt.ts';
import { openMixture } from './mixture.ts';
import { noProof } from './proof.ts';
import { noScore } from './score.ts';
import type { GateSettings } from './settings.ts';
import type { Comparison, Tick } from './state.ts';

/** What the stable arm answered before the rollout (ten minutes or more), and how much its replicas differed. */
export interface Learned {
  readonly history: Evidence;
  readonly dispersion: DispersionSums;
}

/** `history`: what the stable arm answered before the rollout, where that is known. */
export function openComparison(
  history: Evidence | null,
  settings: GateSettings,
  dispersion = noDispersionSums,
): Comparison {
  return {
    at: 0,
    stableAt: (history?.requests ?? 0) > 0 ? 0 : null,
    unaccompanied: 0,
    stable: noEvidence,
    canary: noEvidence,
    baseline: openBaseline(history, settings),
    harm: {
      errors: openMixture(errorRatios.length, settings),
      latency: openMixture(tiltCount, settings),
      errorCeiling: openMixture(ceilingOdds.length, settings),
      slowCeiling: openMixture(ceilingOdds.length, settings),
    },
    proofs: { errors: settings.errorMargins.map(() => noProof), latency: proofCuts.map(() => noProof) },
    scores: { errors: noScore, rank: noScore, tail: noScore },
    dispersion,
  };
}

/** Adds a tick; the cost does not depend on the traffic. What chooses a factor is always older than the tick. */
export function compare(before: Comparison, tick: Tick, settings: GateSettings): Comparison {
  const dispersion = settings.dispersion ?? dispersionOf(before.dispersion);
  const warm = tick.at > settings.warmUp;
  const accompanied = tick.stable.requests > 0;
  // Before the canary has traffic, what the stable arm's replicas do tells how much of a difference means nothing.
  const early = before.canary.requests === 0 && tick.canary.requests === 0;
  const comparison = warm || early ? { ...before, baseline: withCuts(before.baseline) } : before;
  const errors = compareErrors(comparison, tick, settings, dispersion.errors);
  const latency = compareLatency(comparison, tick, settings, dispersion, warm);
  const ceilings = compareWithCeilings(comparison, tick, settings, dispersion);
  return {
    at: tick.at,
    stableAt: accompanied ? tick.at : before.stableAt,
    unaccompanied: accompanied ? 0 : before.unaccompanied + tick.canary.requests,
    stable: addEvidence(before.stable, tick.stable),
    canary: addEvidence(before.canary, tick.canary),
    baseline: absorb(latency.baseline, tick.stable, tick.at),
    harm: { errors: errors.harm, latency: latency.harm, ...ceilings },
    proofs: { errors: errors.proofs, latency: latency.proofs },
    scores: { errors: errors.score, rank: latency.rank, tail: latency.tail },
    dispersion: addReplicas(before.dispersion, tick.replicas, comparison.baseline.cuts),
  };
}

/**
 * Natural logs of the e-values against "the canary does no harm". A tick feeds either the comparison of the arms or the ceiling,
 * never both, so that their product is an e-process as well.
 */
export function harmOf({ harm }: Comparison): { readonly errors: number; readonly latency: number } {
  return {
    errors: harm.errors.logE + harm.errorCeiling.logE,
    latency: harm.latency.logE + harm.slowCeiling.logE,
  };
}

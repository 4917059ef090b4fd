import { harmOf } from '../comparison.ts';
import { logAddExp } from '../logarithms.ts';
import { isProven, worstScore } from '../proven.ts';
import type { GateSettings } from '../settings.ts';
import { type Comparison, isStableGone } from '../state.ts';

/** The decision table of one service alone, which the published vectors of whole rollouts speak of. */
export type Decision =
  | { readonly verdict: 'rollback'; readonly reason: 'errors' | 'latency' }
  | { readonly verdict: 'promote'; readonly reason: 'proven' | 'no-harm-at-deadline' }
  | { readonly verdict: 'hold'; readonly reason: 'suspicious' | 'low-traffic' | 'collecting' }
  | { readonly verdict: 'inconclusive'; readonly reason: 'suspicious' | 'low-traffic' };

/** What one service alone says `at` seconds after its canary first had traffic; the first row that holds decides. */
export function decide(comparison: Comparison, settings: GateSettings, at: number): Decision {
  const harm = weightedHarm(comparison, settings);
  if (harm.combined >= Math.log(1 / settings.alpha)) {
    return { verdict: 'rollback', reason: harm.errors >= harm.latency ? 'errors' : 'latency' };
  }
  const suspicious = harm.combined >= Math.log(settings.suspicion);
  const enough = hasEnough(comparison, settings);
  if (enough && !suspicious && isProven(comparison, settings, at))
    return { verdict: 'promote', reason: 'proven' };
  if (at < settings.deadline) {
    return { verdict: 'hold', reason: suspicious ? 'suspicious' : enough ? 'collecting' : 'low-traffic' };
  }
  if (!enough) return { verdict: 'inconclusive', reason: 'low-traffic' };
  if (suspicious || worstScore(comparison) > settings.deadlineScore) {
    return { verdict: 'inconclusive', reason: 'suspicious' };
  }
  return { verdict: 'promote', reason: 'no-harm-at-deadline' };
}

/** Natural logs of the weighted e-values and of their sum: a weighted mean of e-values is one, however they depend. */
export function weightedHarm(comparison: Comparison, { weights }: Pick<GateSettings, 'weights'>) {
  const { errors, latency } = harmOf(comparison);
  const weighted = {
    errors: Math.log(weights.errors) + errors,
    latency: Math.log(weights.latency) + latency,
  };
  return { ...weighted, combined: logAddExp(weighted.errors, weighted.latency) };
}

function hasEnough(comparison: Comparison, settings: GateSettings): boolean {
  const { stable, canary } = comparison;
  const alone = settings.ceilings !== null && isStableGone(comparison, settings);
  return (
    canary.requests >= settings.minimumRequests && (alone || stable.requests >= settings.minimumRequests)
  );
}

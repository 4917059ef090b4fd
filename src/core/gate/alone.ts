import { bucketOf, countAbove, total } from './buckets.ts';
import { ceilingIncrements, raisedCeilings } from './ceiling.ts';
import { addToMixture, type Mixture } from './mixture.ts';
import type { Dispersion, GateSettings } from './settings.ts';
import { type Comparison, isStableGone, type Tick } from './state.ts';

/** What a tick says about a canary that has no stable arm beside it: held against the ceilings. */
export function compareWithCeilings(
  before: Comparison,
  tick: Tick,
  settings: GateSettings,
  dispersion: Dispersion,
) {
  const { ceilings } = settings;
  const gone = tick.stable.requests === 0 && isStableGone({ ...before, at: tick.at }, settings);
  const add = (mixture: Mixture, increments: readonly number[]) =>
    addToMixture(mixture, increments, tick.at, settings);
  if (ceilings === null || !gone) {
    return { errorCeiling: add(before.harm.errorCeiling, []), slowCeiling: add(before.harm.slowCeiling, []) };
  }
  const { errorShare, slowShare } = raisedCeilings(before.baseline, ceilings);
  const failed = { hits: tick.canary.failures, trials: tick.canary.requests };
  const slow = {
    hits: countAbove(tick.canary.buckets, bucketOf(ceilings.slowerThan)),
    trials: total(tick.canary.buckets),
  };
  return {
    errorCeiling: add(before.harm.errorCeiling, ceilingIncrements(failed, errorShare, dispersion.errors)),
    slowCeiling: add(before.harm.slowCeiling, ceilingIncrements(slow, slowShare, dispersion.p95)),
  };
}

import { type Baseline, believedErrorShare } from './baseline.ts';
import { bucketOf, countAbove, total } from './buckets.ts';
import { logLikelihoodRatio } from './proof.ts';
import type { Ceilings } from './settings.ts';
import type { Tally } from './tally.ts';

/** Odds of a hit as a multiple of those at the ceiling. */
export const ceilingOdds = [1.5, 3, 8, 30] as const;

/**
 * Log e-values of one tick against H0: the canary's share of hits is at most the ceiling c (0 to 1). For where there is no stable arm
 * to compare with: the first release, or all traffic on the canary.
 *
 *     log e = y ln(p/c) + (n − y) ln((1 − p)/(1 − c))          p/(1 − p) = g c/(1 − c)
 *
 * A ceiling of 1 says nothing; one of 0 would take a single hit as certain, so it is held at one in ten thousand.
 */
export function ceilingIncrements(
  { hits, trials }: Tally,
  ceiling: number,
  dispersion: number,
): readonly number[] {
  if (ceiling >= 1) return ceilingOdds.map(() => 0);
  const allowed = Math.max(ceiling, 1e-4);
  return ceilingOdds.map((multiple) => {
    const odds = (allowed / (1 - allowed)) * multiple;
    return logLikelihoodRatio(hits, trials, odds / (1 + odds), allowed) / dispersion;
  });
}

/**
 * The declared ceilings, except where the stable arm, while it was there, lay above one itself: then three times its share. A
 * release that is no worse than the one before it must not fail the moment that one is gone.
 */
export function raisedCeilings(baseline: Baseline, ceilings: Ceilings): Ceilings {
  const raised = (declared: number, share: number) => (share > declared ? Math.min(1, 3 * share) : declared);
  const answers = total(baseline.buckets);
  const slow = answers < 200 ? 0 : countAbove(baseline.buckets, bucketOf(ceilings.slowerThan)) / answers;
  return {
    ...ceilings,
    errorShare: raised(ceilings.errorShare, believedErrorShare(baseline) ?? 0),
    slowShare: raised(ceilings.slowShare, slow),
  };
}

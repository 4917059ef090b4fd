import { believedErrorShare, isTurbulent } from './baseline.ts';
import { ratioIncrements, ratioScore } from './error-ratio.ts';
import { addToMixture } from './mixture.ts';
import { addToProof, type Proof, proofIncrement } from './proof.ts';
import { addToScore } from './score.ts';
import type { GateSettings } from './settings.ts';
import type { Comparison, Tick } from './state.ts';
import type { Arms } from './tally.ts';

/** What a tick says about errors: harm, the score of the deadline, the proofs. */
export function compareErrors(before: Comparison, tick: Tick, settings: GateSettings, dispersion: number) {
  const arms = {
    stable: { hits: tick.stable.failures, trials: tick.stable.requests },
    canary: { hits: tick.canary.failures, trials: tick.canary.requests },
  };
  // At large volume two equal machines differ by more than nothing; at small volume a tolerance would not matter.
  const seen = before.stable.failures + before.canary.failures;
  const tolerated = 1 + settings.errorTolerance * Math.min(1, seen / settings.errorToleranceAfter);
  return {
    harm: addToMixture(before.harm.errors, ratioIncrements(arms, tolerated, dispersion), tick.at, settings),
    score: addToScore(before.scores.errors, ratioScore(arms, tolerated, dispersion), tick.at, settings.block),
    proofs: proveErrors(before, arms, settings, dispersion),
  };
}

function proveErrors(
  { baseline, proofs }: Comparison,
  arms: Arms,
  { beta }: GateSettings,
  dispersion: number,
): readonly Proof[] {
  const believed = believedErrorShare(baseline);
  if (believed === null || isTurbulent(baseline)) return proofs.errors;
  const alternative = { stable: believed, canary: believed };
  return proofs.errors.map((proof, i) => {
    const increment = proofIncrement(arms, alternative, baseline.margins[i] ?? 0);
    return addToProof(proof, increment / dispersion, beta);
  });
}

import type { GateSample } from '#api';
import { harmDistance, openComparison, proofDistance, settingsOf, type Verdict } from '#core/gate';
import { isMeasured, type Rollout, type Shift } from '#core/release';
import type { Instant } from '#kernel';

/** How far the rollout is from being promoted and from being taken back. */
export function gateSample(rollout: Rollout, now: Instant): GateSample {
  const { plan, watch } = rollout;
  const stage = 'stage' in rollout ? (plan.stages[rollout.stage] ?? null) : null;
  return {
    rollout: plan.id,
    stage: stage?.name ?? null,
    harm: harmDistance(watch.verdict?.signals ?? []),
    proof: proofOf(rollout, now),
    held: rollout.phase === 'holding' ? shareOf(now - rollout.since, rollout.until - rollout.since) : null,
    verdict: watch.verdict?.kind ?? null,
    signals: watch.verdict === null ? [] : signalsOf(watch.verdict),
  };
}

/** One verdict is looked at several times a second: its signals are kept once, and are the same object until the next verdict. */
const signalsBefore = new WeakMap<Verdict, GateSample['signals']>();

function signalsOf(verdict: Verdict): GateSample['signals'] {
  const known = signalsBefore.get(verdict);
  if (known !== undefined) return known;
  const signals = verdict.signals.map(({ name, subject, state, sentence, evidence }) => ({
    name,
    subject,
    state,
    value: evidence?.value ?? null,
    against: evidence?.against ?? null,
    sentence,
  }));
  signalsBefore.set(verdict, signals);
  return signals;
}

/** Only where a proof ends the step: no sooner than after the least hold, whatever is proven by then. */
function proofOf(rollout: Rollout, now: Instant): number | null {
  if (rollout.phase !== 'holding') return null;
  const { gate } = rollout.plan.policy;
  const stage = rollout.plan.stages[rollout.stage];
  if (stage?.kind !== 'shift' || !mayEndOnProof(stage) || gate.promote !== 'onEvidence') return null;
  const settings = settingsOf(gate);
  const stepping = stage.services.filter(({ stepping, weight }) => stepping && weight > 0);
  const comparisons = rollout.plan.moves
    .filter((move) => isMeasured(move) && stepping.some(({ service }) => service === move.service))
    .map(({ service }) => rollout.watch.services.find((each) => each.service === service)?.comparison)
    .map((comparison) => comparison ?? openComparison(null, settings));
  const proof = proofDistance(comparisons, settings);
  return proof === null ? null : Math.min(proof, shareOf(now - rollout.since, gate.minimumHold));
}

const mayEndOnProof = ({ gate, advance }: Shift) => gate === 'pass' && advance === 'gate';

const shareOf = (part: number, whole: number) => (whole <= 0 ? 1 : Math.min(1, Math.max(0, part / whole)));

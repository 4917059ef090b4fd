import type { Verdict } from '#core/gate';
import { after, type Instant, millis } from '#kernel';
import { goBack } from './back.ts';
import { type Step, shiftAt, stay } from './change.ts';
import { isCarried, nextStage, notReady } from './forward.ts';
import type { Rollout } from './rollout.ts';
import { verdictAt } from './watch.ts';

/**
 * A hold whose gate asks for a pass ends with a `pass` and only then (R7), any other with its time; where a person ends
 * it, it waits for them. Evidence against the release is acted on elsewhere, at every measurement and in every phase (R8).
 */
export function whileHolding(rollout: Rollout & { phase: 'holding' }, now: Instant): Step {
  const isOver = now >= rollout.until;
  if (rollout.paused !== null || !(isOver || isProven(rollout, now))) return stay(rollout);
  if (!isCarried(rollout, now))
    return notReady(rollout, after(rollout.until, rollout.plan.policy.startDeadline), now);
  const stage = shiftAt(rollout, rollout.stage);
  // A look from before the end is no look at the end; one from before the controller's death is none at all.
  const verdict = rollout.watch.verdict === null ? null : verdictAt(rollout, now);
  const passes = stage.gate !== 'pass' || verdict?.kind === 'pass';
  const asked = rollout.held && rollout.plan.policy.gate.onInconclusive === 'ask' && stage.gate === 'pass';
  if (passes && !asked && stage.advance === 'gate') return nextStage(rollout, rollout.stage, now);
  if (!passes) return isOver ? lackingEvidence(rollout, verdict, now) : stay(rollout);
  return stay(rollout.held ? rollout : { ...rollout, held: true });
}

/** Proof of no harm ends a hold before its time, where that is allowed, and never before the least time. */
function isProven(rollout: Rollout & { phase: 'holding' }, now: Instant): boolean {
  const { promote, minimumHold } = rollout.plan.policy.gate;
  const { gate, advance } = shiftAt(rollout, rollout.stage);
  const { verdict } = rollout.watch;
  return (
    promote === 'onEvidence' &&
    gate === 'pass' &&
    advance === 'gate' &&
    now >= after(rollout.since, minimumHold) &&
    verdict?.kind === 'pass' &&
    verdict.because === 'proven'
  );
}

/** How often a hold is prolonged by its own length before the release goes back. */
const extensions = 3;

/** The hold is over and the evidence does not suffice: what was declared for that is done. */
function lackingEvidence(
  rollout: Rollout & { phase: 'holding' },
  verdict: Verdict | null,
  now: Instant,
): Step {
  const { onInconclusive } = rollout.plan.policy.gate;
  const { hold } = shiftAt(rollout, rollout.stage);
  const isAsked = rollout.watch.checks.every(({ result }) => result !== null);
  const mayGrow =
    onInconclusive === 'extend' && rollout.until < after(rollout.since, millis(hold * (extensions + 1)));
  if (mayGrow) return stay({ ...rollout, until: after(rollout.until, hold) });
  if (isAsked && (onInconclusive === 'rollback' || onInconclusive === 'extend')) {
    const needs =
      verdict?.kind === 'inconclusive' || verdict?.kind === 'notMeasured'
        ? verdict.needs.join('; ')
        : 'nothing was measured';
    return goBack(rollout, { code: 'gate_inconclusive', facts: { needs }, verdict, at: now }, now);
  }
  return stay(rollout.held ? rollout : { ...rollout, held: true });
}

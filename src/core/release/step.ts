import type { Instant } from '#kernel';
import { unreachable } from '#kernel';
import { cleared, end, giveUp, goBack, restored, whileReturning } from './back.ts';
import { can } from './can.ts';
import { type Step, stay, tryAgain, without } from './change.ts';
import type { Effect } from './effect.ts';
import type { RolloutEvent } from './event.ts';
import {
  promoteNow,
  routed,
  startStage,
  trimmed,
  whileHolding,
  whileStarting,
  withdrawn,
} from './forward.ts';
import type { RolloutPlan } from './plan.ts';
import type { Rollout } from './rollout.ts';
import { checkDone, checkNotRun, judged, measured, noWatch, runDueChecks } from './watch.ts';

/** A rollout that has not begun. `routeVersion` is that of the table in force. */
export function plannedRollout(plan: RolloutPlan, routeVersion: number, now: Instant): Rollout {
  return {
    format: 1,
    plan,
    startedAt: now,
    routeVersion,
    routedStage: -1,
    mayHaveTraffic: false,
    pending: [],
    effectsIssued: 0,
    seen: [],
    watch: noWatch,
    phase: 'planned',
  };
}

/**
 * What happens next: pure, total, and the only place that decides. Returns the same object when nothing changed. An
 * event that does not fit the state (a late result of an effect given up, an intent that is not legal) changes nothing.
 */
export function step(rollout: Rollout, event: RolloutEvent, now: Instant): Step {
  if (isOver(rollout)) return stay(rollout);
  const first = react(rollout, event, now);
  const second = chain(first, (next) => whatTimeBrings(next, now));
  return chain(second, (next) => runDueChecks(next, now));
}

export function isOver(
  rollout: Rollout,
): rollout is Rollout & { phase: 'promoted' | 'rolledBack' | 'failed' } {
  return rollout.phase === 'promoted' || rollout.phase === 'rolledBack' || rollout.phase === 'failed';
}

function react(rollout: Rollout, event: RolloutEvent, now: Instant): Step {
  switch (event.type) {
    case 'begin':
      return rollout.phase === 'planned' ? startStage(rollout, 0, now) : stay(rollout);
    case 'tick':
      return stay(rollout);
    case 'observed':
      return judged({ ...rollout, seen: event.readiness }, now);
    case 'measured':
      return measured(rollout, event.counts, now);
    case 'effectDone':
      return effectDone(rollout, event.id, now);
    case 'effectFailed':
      return effectFailed(rollout, event, now);
    case 'checkDone':
      return checkDone(rollout, event.id, event.green, event.detail, now);
    case 'promote':
      return rollout.phase === 'holding' && can('promote', rollout)
        ? promoteNow(rollout, now)
        : stay(rollout);
    case 'abort': {
      const facts = { by: event.by, note: event.note };
      return can('abort', rollout)
        ? goBack(rollout, { code: 'aborted', facts, verdict: null, at: now }, now)
        : stay(rollout);
    }
    default:
      return unreachable(event);
  }
}

/** The last result that a phase waits for ends the phase. */
function effectDone(rollout: Rollout, id: string, now: Instant): Step {
  if (!rollout.pending.some((effect) => effect.id === id)) return stay(rollout);
  const next = { ...rollout, pending: without(rollout.pending, id) };
  if (next.pending.some((effect) => effect.do !== 'runCheck')) return stay(next);
  switch (next.phase) {
    case 'routing':
      return routed(next, now);
    case 'withdrawing':
      return withdrawn(next, now);
    case 'trimming':
      return trimmed(next, now);
    case 'restoring':
      return restored(next, now);
    case 'clearing':
      return cleared(next, now);
    default:
      return stay(next);
  }
}

function effectFailed(rollout: Rollout, event: RolloutEvent & { type: 'effectFailed' }, now: Instant): Step {
  const effect = rollout.pending.find((each) => each.id === event.id);
  if (effect === undefined) return stay(rollout);
  if (effect.do === 'runCheck') return checkNotRun(rollout, effect.id, now);
  const forward = rollout.phase === 'starting';
  if (forward && !passing.has(event.failure.code)) {
    return goBack(rollout, { ...event.failure, verdict: null, at: now }, now);
  }
  return tryAgain(rollout, effect, within(effect), now);
}

/** Failures that may pass by themselves; any other one while starting means that this release cannot start. */
const passing: ReadonlySet<string> = new Set(['effect_timed_out', 'effect_cancelled', 'target_busy']);

const within = (effect: Effect) => (effect.deadline - effect.notBefore) as Parameters<typeof tryAgain>[2];

function whatTimeBrings(rollout: Rollout, now: Instant): Step {
  switch (rollout.phase) {
    case 'starting':
      return whileStarting(rollout, now);
    case 'holding':
      return whileHolding(rollout, now);
    case 'returning':
      return whileReturning(rollout, now);
    case 'routing':
    case 'withdrawing':
    case 'trimming': {
      if (now < rollout.deadline) return stay(rollout);
      const facts = { phase: rollout.phase, waited: now - rollout.startedAt };
      return goBack(rollout, { code: 'step_timed_out', facts, verdict: null, at: now }, now);
    }
    case 'restoring':
      return now < rollout.deadline ? stay(rollout) : giveUp(rollout, rollout.because, now);
    case 'clearing': // traffic is safe already; what is left running is removed by the housekeeping
      return now < rollout.deadline ? stay(rollout) : end(rollout, rollout.because, now);
    case 'planned':
    case 'promoted':
    case 'rolledBack':
    case 'failed':
      return stay(rollout);
    default:
      return unreachable(rollout);
  }
}

/** Runs a second decision on the outcome of a first and keeps the effects that the second did not give up. */
function chain([rollout, effects]: Step, then: (rollout: Rollout) => Step): Step {
  const [next, more] = then(rollout);
  const kept = effects.filter((effect) => next.pending.some((pending) => pending.id === effect.id));
  return [next, [...kept, ...more]];
}

import { after, type Instant, type Millis, millis, unreachable } from '#kernel';
import { cleared, end, goBack, restored, restoreTimedOut, uncarriedReturn, whileReturning } from './back.ts';
import { can, isForward } from './can.ts';
import { type Step, stay, tryAgain, without } from './change.ts';
import type { Effect } from './effect.ts';
import type { RolloutEvent } from './event.ts';
import {
  nextStage,
  promoteNow,
  resumed,
  routed,
  trimmed,
  uncarried,
  unreturned,
  whileStarting,
  withdrawal,
  withdrawn,
} from './forward.ts';
import { whileHolding } from './holding.ts';
import { jobEnded, jobNotRun, jobTimedOut, progressed } from './jobs.ts';
import type { RolloutPlan } from './plan.ts';
import { withLearned } from './counting.ts';
import type { Rollout } from './rollout.ts';
import { approved, whileAwaiting } from './waiting.ts';
import { checkDone, checkNotRun, judged, measured, noWatch, runDueChecks, sawReadiness } from './watch.ts';

/**
 * A rollout that has not begun. `routeVersion` is that of the table in force; `stuck`: that table may give a share to
 * revisions of a rollout that failed, so that going back has to set it.
 */
export function plannedRollout(
  plan: RolloutPlan,
  routeVersion: number,
  now: Instant,
  stuck = false,
): Rollout {
  return {
    format: 2,
    plan,
    startedAt: now,
    overBy: after(now, plan.policy.deadline),
    paused: null,
    committed: false,
    ignored: [],
    routeVersion,
    routedStage: -1,
    mayHaveTraffic: stuck,
    crashesBefore: {},
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
      return rollout.phase === 'planned'
        ? nextStage(withLearned(sinceNow(rollout), event.learned ?? []), -1, now)
        : stay(rollout);
    case 'tick':
      return stay(rollout);
    case 'tookOver':
      return stay(tookOver(rollout, event.away, now));
    case 'observed':
      return judged(sawReadiness(rollout, event.readiness), now);
    case 'measured':
      return measured(rollout, event.counts, event.unread ?? [], now);
    case 'effectDone':
      return effectDone(rollout, event.id, now);
    case 'effectFailed':
      return effectFailed(rollout, event, now);
    case 'checkDone':
      return checkDone(rollout, event.id, event.green, event.detail, now);
    case 'jobProgressed':
    case 'jobDone':
      return jobTold(rollout, event, now);
    default:
      return can(event.type, rollout) ? intended(rollout, event, now) : stay(rollout);
  }
}

/**
 * While nobody was in charge, nobody could hear of an effect's end: what is waited for gets that time on top. A release
 * must not go back because its controller died (R6). Waits for people go on by the clock; so do holds, but none ends on what
 * was known before: nobody looked meanwhile (R7).
 */
function tookOver(rollout: Rollout, away: Millis, now: Instant): Rollout {
  const pending = rollout.pending.map((effect) => ({ ...effect, deadline: after(effect.deadline, away) }));
  const waits = 'deadline' in rollout ? { deadline: after(rollout.deadline, away) } : {};
  const next = { ...rollout, pending, ...waits };
  if (next.phase !== 'holding') return next;
  const looked = after(now, millis(2 * next.plan.policy.gate.interval));
  const until = next.until > looked ? next.until : looked;
  return { ...next, until, watch: { ...next.watch, verdict: null } };
}

/** Exits from before the rollout are not its own: a warm revision may have fallen long ago. */
function sinceNow(rollout: Rollout): Rollout {
  const crashesBefore = Object.fromEntries(rollout.seen.map(({ revision, crashes }) => [revision, crashes]));
  return { ...rollout, crashesBefore };
}

/** What a person asks for, and may. The last intent wins, but nothing outranks an abort (R4): no intent is legal after it. */
function intended(rollout: Rollout, event: Intended, now: Instant): Step {
  switch (event.type) {
    case 'promote':
      return rollout.phase === 'holding' || rollout.phase === 'awaiting'
        ? promoteNow(rollout, now)
        : stay(rollout);
    case 'approve':
      return stay(rollout.phase === 'awaiting' ? approved(rollout, event, now) : rollout);
    case 'pause':
      return stay({ ...rollout, paused: { by: event.by, note: event.note, at: now } });
    case 'resume':
      return stay(resumed(rollout, now));
    case 'abort': {
      const facts = { by: event.by, note: event.note };
      return goBack(rollout, { code: 'aborted', facts, verdict: null, at: now }, now);
    }
    case 'supersede': {
      const facts = { by: event.by, release: event.release };
      return goBack(rollout, { code: 'superseded', facts, verdict: null, at: now }, now);
    }
    default:
      return unreachable(event);
  }
}

type Intended = Extract<
  RolloutEvent,
  { readonly type: 'promote' | 'approve' | 'pause' | 'resume' | 'abort' | 'supersede' }
>;

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
  if (rollout.phase === 'running') return jobNotRun(rollout, effect, event.failure, now);
  const forward = rollout.phase === 'starting';
  if (forward && !passing.has(event.failure.code)) {
    return goBack(rollout, { ...event.failure, verdict: null, at: now }, now);
  }
  return begunAgain(rollout, now) ?? tryAgain(rollout, effect, within(effect), now);
}

/** What is to get a share has lost its capacity since it was asked for. */
function begunAgain(rollout: Rollout, now: Instant): Step | null {
  if (rollout.phase === 'routing') return uncarried(rollout, now);
  if (rollout.phase === 'restoring') return uncarriedReturn(rollout, now);
  return rollout.phase === 'withdrawing' ? unreturned(rollout, now) : null;
}

/** Failures that may pass by themselves; any other one while starting means that this release cannot start. */
const passing: ReadonlySet<string> = new Set(['effect_timed_out', 'effect_cancelled', 'target_busy']);

const within = (effect: Effect) => millis(effect.deadline - effect.notBefore);

function jobTold(
  rollout: Rollout,
  event: RolloutEvent & { type: 'jobProgressed' | 'jobDone' },
  now: Instant,
): Step {
  const isPending = rollout.pending.some((effect) => effect.id === event.id);
  if (rollout.phase !== 'running' || !isPending) return stay(rollout);
  return event.type === 'jobDone' ? jobEnded(rollout, event, now) : stay(progressed(rollout, event, now));
}

function whatTimeBrings(rollout: Rollout, now: Instant): Step {
  if (isForward(rollout) && now >= rollout.overBy) {
    const facts = { phase: rollout.phase, limit: rollout.plan.policy.deadline };
    return goBack(rollout, { code: 'rollout_timed_out', facts, verdict: null, at: now }, now);
  }
  const lost = mayWithdraw(rollout) ? withdrawal(rollout, now) : null;
  return lost ?? whatTimeBringsTo(rollout, now);
}

/** R1 holds wherever the rollout stands still or waits for replicas; other phases end soon and come to one of these. */
const mayWithdraw = (rollout: Rollout) => {
  const { phase } = rollout;
  if (phase === 'running') return rollout.finished;
  return phase === 'holding' || phase === 'awaiting' || phase === 'starting';
};

function whatTimeBringsTo(rollout: Rollout, now: Instant): Step {
  switch (rollout.phase) {
    case 'awaiting': {
      const { over, step: next } = whileAwaiting(rollout, now);
      return over ? nextStage(rollout, rollout.stage, now) : next;
    }
    case 'running': {
      if (rollout.finished)
        return rollout.paused === null ? nextStage(rollout, rollout.stage, now) : stay(rollout);
      return now < rollout.deadline ? stay(rollout) : jobTimedOut(rollout, now);
    }
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
      return now < rollout.deadline ? stay(rollout) : restoreTimedOut(rollout, now);
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

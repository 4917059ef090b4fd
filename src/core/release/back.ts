import { after, type Instant, millis } from '#kernel';
import { lacksForReturn } from './capacity.ts';
import { enter, removalTime, type Step, stay, type Wanted } from './change.ts';
import { backOrder, type Goal, moveShares, partAfter } from './moving.ts';
import type { Cause, Rollout, ShiftPart } from './rollout.ts';

/** Going back waits longer than going forward: a router that is slow to answer is no reason to leave users there. */
const patience = 12;

/**
 * Leaves the way forward, from any phase, for the first cause. The order is that of every shift: capacity first, then
 * shares, then removal (R1, R2, R3). Where something final has begun (R4), or the plan says so, everything is left where it is.
 */
export function goBack(rollout: Rollout, because: Cause, now: Instant): Step {
  if (rollout.committed || rollout.plan.leaves) return giveUp(rollout, because, now);
  const within = rollout.plan.policy.startDeadline;
  const wanted: Wanted[] = rollout.plan.moves.flatMap(({ previous, previousReplicas }) =>
    previous === null
      ? []
      : [{ act: { do: 'ensureReplicas', revision: previous.id, count: previousReplicas }, within }],
  );
  const back: Rollout = { ...rollout, pending: [], paused: null };
  if (lacksForReturn(back, now).length === 0) return restore(back, because, now);
  return enter(back, { phase: 'returning', because, deadline: after(now, within) }, wanted, now);
}

/** Waits for the previous revisions to have their full capacity; where they cannot, traffic stays where it is. */
export function whileReturning(rollout: Rollout & { phase: 'returning' }, now: Instant): Step {
  const lacks = lacksForReturn(rollout, now);
  if (lacks.length === 0) return restore(rollout, rollout.because, now);
  return now < rollout.deadline ? stay(rollout) : giveUp(rollout, rollout.because, now);
}

function restore(rollout: Rollout, because: Cause, now: Instant): Step {
  const moving = rollout.mayHaveTraffic ? restorePart(rollout, because, 'route', now) : null;
  return moving ?? clear({ ...rollout, routedStage: -1, mayHaveTraffic: false }, because, 'drain', now);
}

function restorePart(rollout: Rollout, because: Cause, from: ShiftPart, now: Instant): Step | null {
  const goal: Goal = { shares: [], was: null, order: backOrder, patience };
  return moveShares(
    rollout,
    from,
    goal,
    (part, deadline) => ({ phase: 'restoring', because, part, deadline }),
    now,
  );
}

/** R1. The previous revisions lost their capacity before the table came into force: it is waited for once more. */
export function uncarriedReturn(rollout: Rollout & { phase: 'restoring' }, now: Instant): Step | null {
  const isCarried = rollout.part !== 'route' || lacksForReturn(rollout, now).length === 0;
  return isCarried ? null : goBack(rollout, rollout.because, now);
}

/** The next part of the move; after the last one nothing new reaches the failed revisions. */
export function restored(rollout: Rollout & { phase: 'restoring' }, now: Instant): Step {
  const part = partAfter(backOrder, rollout.part);
  const moving = part === null ? null : restorePart(rollout, rollout.because, part, now);
  const back = { ...rollout, routedStage: -1, mayHaveTraffic: false };
  return moving ?? clear(back, rollout.because, 'drain', now);
}

/**
 * The time of a part is over. A consumer that cannot be paused is stopped: that pauses it as well (R14). A router that does
 * not acknowledge needs a person.
 */
export function restoreTimedOut(rollout: Rollout & { phase: 'restoring' }, now: Instant): Step {
  const ended = rollout.pending.some((effect) => effect.do === 'stop');
  if (rollout.part !== 'pause' || ended) return giveUp(rollout, rollout.because, now);
  const { because, part } = rollout;
  const wanted: Wanted[] = rollout.plan.moves.flatMap(({ next, consumes }) =>
    next !== null && consumes
      ? [{ act: { do: 'stop', revision: next.id, keep: 0 }, within: removalTime(next.spec.shutdown) }]
      : [],
  );
  const deadline = after(now, millis(Math.max(0, ...wanted.map(({ within }) => within)) * 2));
  return enter(rollout, { phase: 'restoring', because, part, deadline }, wanted, now);
}

/** After the drain comes the stop; after the stop the end. */
export function cleared(rollout: Rollout & { phase: 'clearing' }, now: Instant): Step {
  return rollout.part === 'drain'
    ? clear(rollout, rollout.because, 'stop', now)
    : end(rollout, rollout.because, now);
}

function clear(rollout: Rollout, because: Cause, part: 'drain' | 'stop', now: Instant): Step {
  const wanted: Wanted[] = rollout.plan.moves.flatMap(({ next }) =>
    next === null
      ? []
      : [{ act: { do: part, revision: next.id, keep: 0 }, within: removalTime(next.spec.shutdown) }],
  );
  if (wanted.length === 0) return end(rollout, because, now);
  const deadline = after(now, millis(Math.max(...wanted.map((each) => each.within)) * 2));
  return enter(rollout, { phase: 'clearing', because, deadline, part }, wanted, now);
}

/** R12: exactly one terminal state. Without a release to go back to, the first one has failed. */
export function end(rollout: Rollout, because: Cause, now: Instant): Step {
  const phase = rollout.plan.from === null ? 'failed' : 'rolledBack';
  return enter(rollout, { phase, at: now, because }, [], now);
}

export function giveUp(rollout: Rollout, because: Cause, now: Instant): Step {
  return enter(rollout, { phase: 'failed', at: now, because }, [], now);
}

import { after, type Instant, millis } from '#kernel';
import { lacksForReturn } from './capacity.ts';
import { enter, removalTime, type Step, stay, type Wanted } from './change.ts';
import type { Cause, Rollout } from './rollout.ts';
import { tableFor } from './routing.ts';

/**
 * Leaves the way forward, from any phase, for the first cause. The order is that of every shift: capacity first, then
 * weights, then removal (R1, R2, R3).
 */
export function goBack(rollout: Rollout, because: Cause, now: Instant): Step {
  const within = rollout.plan.policy.startDeadline;
  const wanted: Wanted[] = rollout.plan.moves.flatMap(({ previous, previousReplicas }) =>
    previous === null
      ? []
      : [{ act: { do: 'ensureReplicas', revision: previous.id, count: previousReplicas }, within }],
  );
  const back: Rollout = { ...rollout, pending: [] };
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
  if (!rollout.mayHaveTraffic) return clear(rollout, because, 'drain', now);
  const within = rollout.plan.policy.routeDeadline;
  const version = rollout.routeVersion + 1;
  const wanted: Wanted[] = [{ act: { do: 'setRoute', table: tableFor(rollout, [], version) }, within }];
  // Going back waits longer than going forward: a router that is slow to answer is no reason to leave users there.
  const deadline = after(now, millis(within * 12));
  return enter(rollout, { phase: 'restoring', because, deadline }, wanted, now, { routeVersion: version });
}

/** The router has acknowledged: nothing new reaches the failed revisions. */
export function restored(rollout: Rollout & { phase: 'restoring' }, now: Instant): Step {
  const back = { ...rollout, routedStage: -1, mayHaveTraffic: false };
  return clear(back, rollout.because, 'drain', now);
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

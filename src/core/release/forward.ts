import { after, between, type Instant, invariant, millis } from '#kernel';
import { crashesOfNext, lacksForReturn, lacksForStage, lessRemoved } from './capacity.ts';
import { enter, removalTime, type Step, shiftAt, shiftBefore, stageAt, stay, type Wanted } from './change.ts';
import { goBack } from './back.ts';
import { startJob } from './jobs.ts';
import { backOrder, forwardOrder, type Goal, moveShares, partAfter } from './moving.ts';
import type { Move } from './plan.ts';
import type { Rollout, ShiftPart } from './rollout.ts';
import { beginWait } from './waiting.ts';
import { freshWatch } from './watch.ts';

/** A replica that ends unasked this often before it was ever ready will not become ready by waiting. */
const hopelessCrashes = 3;

/** Begins a stage, whatever it is. */
function enterStage(rollout: Rollout, index: number, now: Instant): Step {
  const stage = stageAt(rollout, index);
  switch (stage.kind) {
    case 'shift':
      return startStage(rollout, index, now);
    case 'task':
      return startJob(rollout, index, stage, now);
    case 'wait':
      return beginWait(rollout, index, stage, now) ?? nextStage(rollout, index, now);
  }
}

/** Asks for the replicas of a stage. */
function startStage(rollout: Rollout, index: number, now: Instant): Step {
  const within = rollout.plan.policy.startDeadline;
  const wanted: Wanted[] = shiftAt(rollout, index).services.flatMap((share) => {
    const next = rollout.plan.moves.find((move) => move.service === share.service)?.next;
    return next && share.next > 0
      ? [{ act: { do: 'ensureReplicas', revision: next.id, count: share.next }, within }]
      : [];
  });
  return enter(rollout, { phase: 'starting', stage: index, deadline: after(now, within) }, wanted, now);
}

/** Moves on once every replica of the stage is ready; gives up at the deadline, or when it crashes over and over. */
export function whileStarting(rollout: Rollout & { phase: 'starting' }, now: Instant): Step {
  const stage = shiftAt(rollout, rollout.stage);
  const lacks = lacksForStage(rollout, stage, stage.settle, now);
  const [lack] = lacks;
  if (lack && crashesOfNext(rollout) >= hopelessCrashes) {
    const facts = {
      revision: lack.revision,
      crashes: crashesOfNext(rollout),
      detail: lack.detail ?? 'no reason seen',
    };
    return goBack(rollout, { code: 'crash_loop', facts, verdict: null, at: now }, now);
  }
  const asking = rollout.pending.some((effect) => effect.do === 'ensureReplicas');
  if (rollout.paused !== null) return stay(rollout);
  if (!asking && lack === undefined) return shiftStage(rollout, now);
  return notReady(rollout, rollout.deadline, now);
}

/** Waits for replicas until a deadline, and goes back then. */
export function notReady(
  rollout: Rollout & { phase: 'starting' | 'holding' },
  deadline: Instant,
  now: Instant,
): Step {
  if (now < deadline) return stay(rollout);
  const stage = shiftAt(rollout, rollout.stage);
  const [lack] = lacksForStage(rollout, stage, stage.settle, now);
  const facts = {
    revision: lack?.revision ?? 'unknown',
    ready: lack?.ready ?? 0,
    wanted: lack?.wanted ?? 0,
    waited: rollout.plan.policy.startDeadline,
    detail: lack?.detail ?? 'the target did not finish starting it',
  };
  return goBack(rollout, { code: 'not_ready_in_time', facts, verdict: null, at: now }, now);
}

/** Whether the shares in force are carried by ready replicas. */
export function isCarried(rollout: Rollout, now: Instant): boolean {
  const { routedStage } = rollout;
  return (
    routedStage < 0 || lacksForStage(rollout, shiftAt(rollout, routedStage), millis(0), now).length === 0
  );
}

/** R1 and R2: shares move only onto ready capacity, and what follows waits for the acknowledgement. */
function shiftStage(rollout: Rollout & { phase: 'starting' }, now: Instant): Step {
  const moving = movePart(rollout, rollout.stage, 'pause', now);
  return moving ?? arrive({ ...rollout, mayHaveTraffic: true }, rollout.stage, now);
}

/** The next part of the move, or what comes after its last one. Capacity that was lost meanwhile is waited for again (R1). */
export function routed(rollout: Rollout & { phase: 'routing' }, now: Instant): Step {
  const stage = shiftAt(rollout, rollout.stage);
  const gives = rollout.part === 'pause' || (rollout.part === 'route' && rollout.plan.moves.some(takesJobs));
  if (gives && lacksForStage(rollout, stage, millis(0), now).length > 0)
    return startStage(rollout, rollout.stage, now);
  const part = partAfter(forwardOrder, rollout.part);
  const moving = part === null ? null : movePart(rollout, rollout.stage, part, now);
  return moving ?? arrive(rollout, rollout.stage, now);
}

/** R1. What is to get a share has lost its capacity before the table came into force: the stage is begun again. */
export function uncarried(rollout: Rollout & { phase: 'routing' }, now: Instant): Step | null {
  const stage = shiftAt(rollout, rollout.stage);
  return lacksForStage(rollout, stage, millis(0), now).length === 0
    ? null
    : startStage(rollout, rollout.stage, now);
}

const takesJobs = ({ consumes }: Move) => consumes;

function movePart(rollout: Rollout, stage: number, from: ShiftPart, now: Instant): Step | null {
  const shares = shiftAt(rollout, stage).services;
  // Before the first move, and after a withdrawal, everything is with the previous revisions.
  const was = rollout.routedStage < 0 ? [] : (shiftBefore(rollout, stage)?.services ?? []);
  const goal: Goal = { shares, was, order: forwardOrder, patience: 1 };
  return moveShares(
    rollout,
    from,
    goal,
    (part, deadline) => ({ phase: 'routing', stage, part, deadline }),
    now,
  );
}

/** All shares are acknowledged: surplus replicas of the previous revision may now leave (R3). */
function arrive(rollout: Rollout, index: number, now: Instant): Step {
  const arrived = { ...rollout, routedStage: index };
  return trimPart(arrived, index, 'drain', now) ?? holdStage(arrived, index, now);
}

/** After the drain comes the stop; after the stop the hold. */
export function trimmed(rollout: Rollout & { phase: 'trimming' }, now: Instant): Step {
  const stop = rollout.part === 'drain' ? trimPart(rollout, rollout.stage, 'stop', now) : null;
  return stop ?? holdStage(rollout, rollout.stage, now);
}

function trimPart(rollout: Rollout, index: number, part: 'drain' | 'stop', now: Instant): Step | null {
  const before = shiftBefore(rollout, index);
  const removals = shiftAt(rollout, index).services.flatMap((share) => {
    const move = rollout.plan.moves.find((each) => each.service === share.service);
    const had =
      before?.services.find((each) => each.service === share.service)?.previous ??
      move?.previousReplicas ??
      0;
    return move?.previous && share.previous < had ? [{ revision: move.previous, keep: share.previous }] : [];
  });
  if (removals.length === 0) return null;
  const wanted: Wanted[] = removals.map(({ revision, keep }) => ({
    act: { do: part, revision: revision.id, keep },
    within: removalTime(revision.spec.shutdown),
  }));
  const deadline = after(now, millis(Math.max(...wanted.map((each) => each.within)) * 2));
  const seen = lessRemoved(
    rollout.seen,
    wanted.map(({ act }) => act),
  );
  return enter(rollout, { phase: 'trimming', stage: index, deadline, part }, wanted, now, { seen });
}

function holdStage(rollout: Rollout, index: number, now: Instant): Step {
  const { hold, gate, advance } = shiftAt(rollout, index);
  const passes = hold === 0 && gate !== 'pass' && advance === 'gate' && rollout.paused === null;
  if (passes && isCarried(rollout, now)) return nextStage(rollout, index, now);
  const phase = {
    phase: 'holding',
    stage: index,
    since: now,
    until: after(now, hold),
    held: false,
  } as const;
  return enter(rollout, phase, [], now, { watch: freshWatch(rollout, now) });
}

/**
 * R1. New revisions with a share fell under the capacity it needs: the previous ones take it until the replicas are ready
 * again. null: they did not, or the previous revisions have no longer the capacity for it.
 */
export function withdrawal(rollout: Rollout, now: Instant): Step | null {
  // Once the schema has left the previous revisions behind, nothing may be given to them (R4).
  if (rollout.routedStage < 0 || rollout.committed) return null;
  const index = rollout.routedStage;
  const stage = shiftAt(rollout, index);
  if (lacksForStage(rollout, stage, millis(0), now).length === 0) return null;
  const canReturn = rollout.plan.moves.every((move) => move.previous !== null);
  if (!canReturn || !previousKept(rollout, index) || lacksForReturn(rollout, now).length > 0) return null;
  const goal: Goal = { shares: [], was: null, order: backOrder, patience: 1 };
  return moveShares(
    rollout,
    'route',
    goal,
    (part, deadline) => ({ phase: 'withdrawing', stage: index, part, deadline }),
    now,
  );
}

/**
 * R1. The previous revisions, too, have lost their capacity before the table came into force: nothing is given to them, and the
 * stage is begun again. From there it is withdrawn as soon as they are whole.
 */
export function unreturned(rollout: Rollout & { phase: 'withdrawing' }, now: Instant): Step | null {
  return rollout.part === 'route' && lacksForReturn(rollout, now).length > 0
    ? startStage(rollout, rollout.stage, now)
    : null;
}

/** Whether the previous revisions still have all their replicas at this stage. */
function previousKept(rollout: Rollout, index: number): boolean {
  return shiftAt(rollout, index).services.every((share) => {
    const move = rollout.plan.moves.find((each) => each.service === share.service);
    return move === undefined || share.previous >= move.previousReplicas;
  });
}

/** The share is back with the previous revisions: the stage is begun again, with a new deadline and no evidence. */
export function withdrawn(rollout: Rollout & { phase: 'withdrawing' }, now: Instant): Step {
  const part = partAfter(backOrder, rollout.part);
  const goal: Goal = { shares: [], was: null, order: backOrder, patience: 1 };
  const { stage } = rollout;
  const into = (next: ShiftPart, deadline: Instant) =>
    ({ phase: 'withdrawing', stage, part: next, deadline }) as const;
  const moving = part === null ? null : moveShares(rollout, part, goal, into, now);
  return moving ?? startStage({ ...rollout, routedStage: -1, mayHaveTraffic: false }, stage, now);
}

/** A person vouches for the step: what it waits for ends now. */
export function promoteNow(rollout: Rollout & { phase: 'holding' | 'awaiting' }, now: Instant): Step {
  return nextStage({ ...rollout, paused: null }, rollout.stage, now);
}

/** The way forward is free again: waits that stood still begin anew. */
export function resumed(rollout: Rollout, now: Instant): Rollout {
  const { paused, ...free } = rollout;
  const next: Rollout = { ...free, paused: null };
  if (next.phase !== 'starting' || paused === null) return next;
  return { ...next, deadline: after(now, millis(Math.max(0, between(paused.at, next.deadline)))) };
}

export function nextStage(rollout: Rollout, index: number, now: Instant): Step {
  if (index + 1 < rollout.plan.stages.length) return enterStage(rollout, index + 1, now);
  // R11: promoted is what the target shows, not what was asked of it.
  if (!isCarried(rollout, now)) return stay(rollout);
  const last = rollout.plan.stages.findLastIndex((stage) => stage.kind === 'shift');
  invariant(last === rollout.routedStage, 'R11: the last stage was acknowledged by the router');
  const keepUntil = after(now, rollout.plan.policy.keepOld);
  return enter(rollout, { phase: 'promoted', at: now, keepUntil }, [], now);
}

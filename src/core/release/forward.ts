import { after, type Instant, invariant, millis } from '#kernel';
import { crashesOfNext, lacksForStage } from './capacity.ts';
import { enter, removalTime, type Step, stageAt, stay, type Wanted } from './change.ts';
import { goBack } from './back.ts';
import type { Rollout } from './rollout.ts';
import { tableFor } from './routing.ts';
import { freshWatch } from './watch.ts';

/** A replica that ends unasked this often before it was ever ready will not become ready by waiting. */
const hopelessCrashes = 3;

/** Asks for the replicas of a stage. */
export function startStage(rollout: Rollout, index: number, now: Instant): Step {
  const stage = stageAt(rollout, index);
  const within = rollout.plan.policy.startDeadline;
  const wanted: Wanted[] = stage.services.flatMap((share) => {
    const next = rollout.plan.moves.find((move) => move.service === share.service)?.next;
    return next && share.next > 0
      ? [{ act: { do: 'ensureReplicas', revision: next.id, count: share.next }, within }]
      : [];
  });
  return enter(rollout, { phase: 'starting', stage: index, deadline: after(now, within) }, wanted, now);
}

/** Moves on once every replica of the stage is ready; gives up at the deadline, or when it crashes over and over. */
export function whileStarting(rollout: Rollout & { phase: 'starting' }, now: Instant): Step {
  const stage = stageAt(rollout, rollout.stage);
  const lacks = lacksForStage(rollout, stage, now);
  const asking = rollout.pending.some((effect) => effect.do === 'ensureReplicas');
  if (!asking && lacks.length === 0) return routeStage(rollout, now);
  const [lack] = lacks;
  if (lack && crashesOfNext(rollout) >= hopelessCrashes) {
    const facts = {
      revision: lack.revision,
      crashes: crashesOfNext(rollout),
      detail: lack.detail ?? 'no reason seen',
    };
    return goBack(rollout, { code: 'crash_loop', facts, verdict: null, at: now }, now);
  }
  if (now < rollout.deadline) return stay(rollout);
  const facts = {
    revision: lack?.revision ?? 'unknown',
    ready: lack?.ready ?? 0,
    wanted: lack?.wanted ?? 0,
    waited: rollout.plan.policy.startDeadline,
    detail: lack?.detail ?? 'the target did not finish starting it',
  };
  return goBack(rollout, { code: 'not_ready_in_time', facts, verdict: null, at: now }, now);
}

/** R1 and R2: weights move only onto ready capacity, and what follows waits for the acknowledgement. */
function routeStage(rollout: Rollout & { phase: 'starting' }, now: Instant): Step {
  const stage = stageAt(rollout, rollout.stage);
  if (!rollout.plan.moves.some((move) => move.traffic === 'http')) {
    return trimStage({ ...rollout, routedStage: rollout.stage, mayHaveTraffic: true }, rollout.stage, now);
  }
  const version = rollout.routeVersion + 1;
  const within = rollout.plan.policy.routeDeadline;
  const wanted: Wanted[] = [
    { act: { do: 'setRoute', table: tableFor(rollout, stage.services, version) }, within },
  ];
  const changes = { routeVersion: version, mayHaveTraffic: true };
  return enter(
    rollout,
    { phase: 'routing', stage: rollout.stage, deadline: after(now, within) },
    wanted,
    now,
    changes,
  );
}

/** The router has acknowledged: surplus replicas of the previous revision may now leave (R3). */
export function routed(rollout: Rollout & { phase: 'routing' }, now: Instant): Step {
  return trimStage({ ...rollout, routedStage: rollout.stage }, rollout.stage, now);
}

function trimStage(rollout: Rollout, index: number, now: Instant): Step {
  return trimPart(rollout, index, 'drain', now) ?? holdStage(rollout, index, now);
}

/** After the drain comes the stop; after the stop the hold. */
export function trimmed(rollout: Rollout & { phase: 'trimming' }, now: Instant): Step {
  const stop = rollout.part === 'drain' ? trimPart(rollout, rollout.stage, 'stop', now) : null;
  return stop ?? holdStage(rollout, rollout.stage, now);
}

function trimPart(rollout: Rollout, index: number, part: 'drain' | 'stop', now: Instant): Step | null {
  const before = index === 0 ? null : stageAt(rollout, index - 1);
  const removals = stageAt(rollout, index).services.flatMap((share) => {
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
  return enter(rollout, { phase: 'trimming', stage: index, deadline, part }, wanted, now);
}

function holdStage(rollout: Rollout, index: number, now: Instant): Step {
  const stage = stageAt(rollout, index);
  if (stage.hold === 0 && !stage.gate) return nextStage(rollout, index, now);
  const phase = {
    phase: 'holding',
    stage: index,
    since: now,
    until: after(now, stage.hold),
    held: false,
  } as const;
  return enter(rollout, phase, [], now, { watch: freshWatch(rollout, now) });
}

/**
 * Without a gate a hold ends with its time; with one it ends with a `pass` and only then (R7). Evidence against the
 * release is acted on elsewhere, at every measurement and in every phase (R8).
 */
export function whileHolding(rollout: Rollout & { phase: 'holding' }, now: Instant): Step {
  const stage = stageAt(rollout, rollout.stage);
  const lacks = lacksForStage(rollout, stage, now);
  if (lacks.length > 0) return withdraw(rollout, now);
  if (now < rollout.until) return stay(rollout);
  const verdict = rollout.watch.verdict;
  if (!stage.gate || verdict?.kind === 'pass') return nextStage(rollout, rollout.stage, now);
  if (rollout.plan.policy.gate.onInconclusive === 'rollback') {
    const facts = {
      needs: verdict?.kind === 'inconclusive' ? verdict.needs.join('; ') : 'nothing was measured',
    };
    return goBack(rollout, { code: 'gate_inconclusive', facts, verdict, at: now }, now);
  }
  return stay(rollout.held ? rollout : { ...rollout, held: true });
}

/** R1. The canary fell under its capacity: stable takes its traffic until the replicas are ready again. */
function withdraw(rollout: Rollout & { phase: 'holding' }, now: Instant): Step {
  const canReturn = rollout.plan.moves.every((move) => move.traffic === 'none' || move.previous !== null);
  if (!canReturn || !previousKept(rollout, rollout.stage)) return stay(rollout);
  const version = rollout.routeVersion + 1;
  const within = rollout.plan.policy.routeDeadline;
  const wanted: Wanted[] = [{ act: { do: 'setRoute', table: tableFor(rollout, [], version) }, within }];
  const phase = { phase: 'withdrawing', stage: rollout.stage, deadline: after(now, within) } as const;
  return enter(rollout, phase, wanted, now, { routeVersion: version });
}

/** Whether the previous revisions still have all their replicas at this stage. */
function previousKept(rollout: Rollout, index: number): boolean {
  return stageAt(rollout, index).services.every((share) => {
    const move = rollout.plan.moves.find((each) => each.service === share.service);
    return move === undefined || share.previous >= move.previousReplicas;
  });
}

/** Traffic is back on stable: the stage is begun again, with a new deadline and no evidence. */
export function withdrawn(rollout: Rollout & { phase: 'withdrawing' }, now: Instant): Step {
  return startStage({ ...rollout, routedStage: -1, mayHaveTraffic: false }, rollout.stage, now);
}

/** A person vouches for the step: the hold ends now. */
export function promoteNow(rollout: Rollout & { phase: 'holding' }, now: Instant): Step {
  return nextStage(rollout, rollout.stage, now);
}

function nextStage(rollout: Rollout, index: number, now: Instant): Step {
  if (index + 1 < rollout.plan.stages.length) return startStage(rollout, index + 1, now);
  // R11: promoted is what the target shows, not what was asked of it.
  invariant(rollout.routedStage === index, 'R11: the last stage was acknowledged by the router');
  const keepUntil = after(now, rollout.plan.policy.keepOld);
  return enter(rollout, { phase: 'promoted', at: now, keepUntil }, [], now);
}

import type { Instant, Millis } from '#kernel';
import type { Act } from './effect.ts';
import type { Move, Shift } from './plan.ts';
import type { Readiness, Rollout } from './rollout.ts';

/** A revision that lacks ready replicas, and how many. */
export interface Lack {
  readonly revision: string;
  readonly ready: number;
  readonly wanted: number;
  readonly detail: string | null;
}

/** R1. Which of the stage's new revisions do not have the ready replicas that their share needs. */
export function lacksForStage(rollout: Rollout, stage: Shift, settle: Millis, now: Instant): Lack[] {
  return stage.services.flatMap((share) => {
    const revision = moveOf(rollout, share.service)?.next?.id;
    return revision === undefined ? [] : lackOf(rollout, revision, share.next, settle, now);
  });
}

/** R1, on the way back: which previous revisions could not carry their whole traffic. */
export function lacksForReturn(rollout: Rollout, now: Instant): Lack[] {
  return rollout.plan.moves.flatMap(({ previous, previousReplicas }) =>
    previous === null ? [] : lackOf(rollout, previous.id, previousReplicas, 0 as Millis, now),
  );
}

function lackOf(rollout: Rollout, revision: string, wanted: number, settle: Millis, now: Instant): Lack[] {
  const readiness = readinessOf(rollout, revision);
  const ready = readiness?.readySince.filter((since) => since + settle <= now).length ?? 0;
  return ready >= wanted ? [] : [{ revision, ready, wanted, detail: readiness?.detail ?? null }];
}

/**
 * What was seen, less the replicas that effects under way take away: they may be gone before the next look, and nothing may
 * be given to them any more (R1).
 */
export function lessRemoved(seen: readonly Readiness[], effects: readonly Act[]): readonly Readiness[] {
  const removals = effects.flatMap((act) => ('keep' in act ? [act] : []));
  if (removals.length === 0) return seen;
  return seen.map((each) => {
    const removal = removals.find(({ revision }) => revision === each.revision);
    return removal === undefined ? each : { ...each, readySince: each.readySince.slice(0, removal.keep) };
  });
}

export function readinessOf(rollout: Rollout, revision: string): Readiness | undefined {
  return rollout.seen.find((each) => each.revision === revision);
}

export function moveOf(rollout: Rollout, service: string): Move | undefined {
  return rollout.plan.moves.find((move) => move.service === service);
}

/** Exits nobody asked for since the rollout began, over all new revisions. */
export function crashesOfNext(rollout: Rollout): number {
  return rollout.plan.moves.reduce((sum, { next }) => {
    if (next === null) return sum;
    const crashes = readinessOf(rollout, next.id)?.crashes ?? 0;
    return sum + Math.max(0, crashes - (rollout.crashesBefore[next.id] ?? 0));
  }, 0);
}

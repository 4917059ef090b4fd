import type { Manner, Move, Release, Revision, RolloutPlan, Route } from '#core/release';
import type { Environment } from '#core/system';
import { percent } from '#kernel';
import { stagesOf } from './stages.ts';

/**
 * Decides a whole rollout before it begins: which services move from which revision to which, over which stages.
 * `from` null: the environment has no release yet. Services whose revision stays the same do not move.
 */
export function planRollout(
  environment: Environment,
  release: Release,
  from: Release | null,
  how: { readonly id: number; readonly manner: Manner },
): RolloutPlan {
  const moves = movesOf(release, from);
  const { gate } = environment.release;
  const manner = from === null ? 'first' : how.manner;
  return {
    id: how.id,
    manner,
    release: release.number,
    from: from?.number ?? null,
    moves,
    stages: stagesOf(moves, manner),
    otherRoutes: otherRoutes(release, moves),
    policy: environment.release,
    checks: environment.checks.filter((check) => gate.checks.includes(check.name)),
  };
}

/** What differs between two releases; empty when the second is the first again. */
export function movesOf(release: Release, from: Release | null): Move[] {
  const before = new Map((from?.revisions ?? []).map((revision) => [revision.service, revision]));
  const coming = release.revisions.flatMap((next): Move[] => {
    const previous = before.get(next.service) ?? null;
    before.delete(next.service);
    return previous?.id === next.id ? [] : [move(next.service, next, previous)];
  });
  const going = [...before.values()].map((previous) => move(previous.service, null, previous));
  return [...coming, ...going];
}

function move(service: string, next: Revision | null, previous: Revision | null): Move {
  const traffic = (next ?? previous)?.spec.traffic ?? 'none';
  const [nextReplicas, previousReplicas] = [next?.spec.replicas ?? 0, previous?.spec.replicas ?? 0];
  return { service, traffic, next, previous, nextReplicas, previousReplicas };
}

/** The table of a release at rest: every HTTP service wholly on its revision. */
export function routesAtRest(release: Release): Route[] {
  return release.revisions
    .filter((revision) => revision.spec.traffic === 'http')
    .map(({ id, service }) => ({ service, arms: [{ revision: id, role: 'stable', weight: percent(100) }] }));
}

function otherRoutes(release: Release, moves: readonly Move[]): Route[] {
  const moving = new Set(moves.map((each) => each.service));
  return routesAtRest(release).filter((route) => !moving.has(route.service));
}

import type { Manner, Move, Release, Revision, RolloutPlan, Route } from '#core/release';
import type { Environment } from '#core/system';
import { percent } from '#kernel';
import { type Path, pathOf } from './path.ts';

/**
 * Decides a whole rollout before it begins: which services move from which revision to which, over which stages.
 * `from` null: the environment has no release yet, nothing of it runs, or nobody knows which of its revisions do: then
 * `direct` starts everything and switches at once. `isNew`: the release was never promoted, so that
 * its hooks, migrations and approvals are due. Services whose revision stays the same do not move.
 */
export function planRollout(
  environment: Environment,
  release: Release,
  from: Release | null,
  how: { readonly id: number; readonly manner: Manner; readonly isNew: boolean; readonly pauses: boolean },
): RolloutPlan {
  const moves = movesOf(release, from, how.pauses);
  const manner = from === null && how.manner === 'declared' ? 'first' : how.manner;
  const checks = environment.checks.filter(({ name }) => environment.release.gate.checks.includes(name));
  const path: Path = { environment, release, from, moves, manner, isNew: how.isNew, checks };
  return {
    id: how.id,
    manner,
    release: release.number,
    from: from?.number ?? null,
    moves,
    ...pathOf(path),
    otherRoutes: otherRoutes(release, moves),
    policy: environment.release,
    leaves: from === null && (manner === 'direct' || !how.isNew),
    checks,
  };
}

/** What differs between two releases; empty when the second is the first again. `pauses`: consumers can be paused (R14). */
export function movesOf(release: Release, from: Release | null, pauses = true): Move[] {
  const before = new Map((from?.revisions ?? []).map((revision) => [revision.service, revision]));
  const coming = release.revisions.flatMap((next): Move[] => {
    const previous = before.get(next.service) ?? null;
    before.delete(next.service);
    return previous?.id === next.id ? [] : [move(next, previous, pauses)];
  });
  const going = [...before.values()].map((previous) => move(null, previous, pauses));
  return [...coming, ...going];
}

function move(next: Revision | null, previous: Revision | null, pauses: boolean): Move {
  const spec = (next ?? previous)?.spec;
  const canPause = [next, previous].every((each) => each === null || each.spec.consumer !== null);
  return {
    service: spec?.name ?? '',
    traffic: spec?.traffic ?? 'none',
    consumes: pauses && spec?.traffic === 'none' && canPause,
    next,
    previous,
    nextReplicas: next?.spec.replicas ?? 0,
    previousReplicas: previous?.spec.replicas ?? 0,
  };
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

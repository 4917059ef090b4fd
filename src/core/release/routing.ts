import { invariant, percent } from '#kernel';
import type { Move, StageShare } from './plan.ts';
import type { Rollout } from './rollout.ts';
import type { Arm, Route, RouteTable } from './route.ts';

/**
 * The whole table of the environment with a stage's weights; `shares` empty: everything to the previous revisions. A
 * pure function of the rollout: there is no other writer of weights. The passive arm stays listed with weight 0, so
 * that a tester's header reaches it.
 */
export function tableFor(rollout: Rollout, shares: readonly StageShare[], version: number): RouteTable {
  const moved = rollout.plan.moves.flatMap((move) =>
    routeOf(
      move,
      shares.find((s) => s.service === move.service),
    ),
  );
  const routes = [...rollout.plan.otherRoutes, ...moved];
  for (const route of routes) {
    const sum = route.arms.reduce((total, arm) => total + arm.weight, 0);
    invariant(sum === 100, `R2: the weights of ${route.service} sum to 100, not ${sum}`);
  }
  return { version, routes };
}

function routeOf(move: Move, share: StageShare | undefined): Route[] {
  if (move.traffic === 'none') return [];
  const { next, previous, service } = move;
  const weight = share?.weight ?? 0;
  if (next === null) {
    const isGone = previous === null || share?.previous === 0;
    return isGone ? [] : [{ service, arms: [whole(previous.id)] }];
  }
  // A new service has no route before its replicas are there (R1).
  if (previous === null) return weight === 0 ? [] : [{ service, arms: [whole(next.id)] }];
  if (weight === 100) return [{ service, arms: [whole(next.id)] }];
  return [
    {
      service,
      arms: [
        { revision: previous.id, role: 'stable', weight: percent(100 - weight) },
        { revision: next.id, role: 'canary', weight: percent(weight) },
      ],
    },
  ];
}

const whole = (revision: string): Arm => ({ revision, role: 'stable', weight: percent(100) });

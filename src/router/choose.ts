import { invariant, type Random } from '#kernel';
import { pointOf } from './affinity.ts';
import type { Backend } from './backend.ts';
import type { LiveArm, LiveRoute } from './routes.ts';

/** Which arm a request goes to. */
export interface Choice {
  readonly arm: LiveArm;
  /** `set-cookie` for the answer; null when there is nothing to tell. */
  readonly cookie: string | null;
  /** The caller named the arm: no other one may answer, and what comes of it is not counted (R7). */
  readonly isForced: boolean;
}

/** What the caller asked for: an arm by name, or nothing. */
export type Wish = 'stable' | 'canary' | null;

/** Chooses by the caller's wish, else by its point, else by the weights. Null: the route has no arm at all. */
export function chooseArm(
  route: LiveRoute,
  wish: Wish,
  cookies: string | null,
  random: Random,
): Choice | null {
  if (wish !== null) {
    // A service that is not being released has one arm: it answers a tester of the canary as it answers everybody.
    const arm = route[wish] ?? route.stable ?? route.canary;
    return arm === null ? null : { arm, cookie: null, isForced: true };
  }
  if (route.affinity === null) return { arm: chooseByWeight(route), cookie: null, isForced: false };
  const point = pointOf(route.affinity, cookies, random);
  const { canary, stable } = route;
  const isCanary = canary !== null && (stable === null || point.value < canary.weight);
  const arm = isCanary ? canary : stable;
  invariant(arm !== null, 'a route has an arm');
  return { arm, cookie: point.cookie, isForced: false };
}

/**
 * Smooth weighted choice: each arm earns its weight, the richest is chosen and pays the whole. Over any 100 requests the
 * shares are exact, and they are mixed instead of coming in blocks.
 */
function chooseByWeight({ weighted }: LiveRoute): LiveArm {
  const [first] = weighted;
  invariant(first !== undefined, 'R2: the weights of a route sum to 100');
  if (weighted.length === 1) return first;
  let chosen = first;
  for (const arm of weighted) {
    arm.credit += arm.weight;
    if (arm.credit > chosen.credit) chosen = arm;
  }
  chosen.credit -= 100;
  return chosen;
}

/**
 * The replica of an arm with the least open, equals in turn. Those that refused a connection a moment ago come last;
 * those in `tried`, and those that left the table meanwhile, are left out. Null when none is left.
 */
export function chooseBackend(
  arm: LiveArm,
  kind: 'requests' | 'sockets',
  tried: readonly Backend[],
  now: () => number,
): Backend | null {
  const { backends } = arm;
  let best: Backend | null = null;
  let bestLoad = Number.POSITIVE_INFINITY;
  arm.turn = backends.length === 0 ? 0 : (arm.turn + 1) % backends.length;
  for (let step = 0; step < backends.length; step += 1) {
    const backend = backends[(arm.turn + step) % backends.length];
    if (backend === undefined || !backend.isRouted || tried.includes(backend)) continue;
    const isAvoided = backend.avoidUntil > 0 && backend.avoidUntil > now();
    const load = backend[kind].size + (isAvoided ? 1_000_000_000 : 0);
    if (load >= bestLoad) continue;
    best = backend;
    bestLoad = load;
  }
  return best;
}

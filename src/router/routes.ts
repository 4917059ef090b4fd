import type { Backend, Backends } from './backend.ts';
import type { RouterArm, RouterRoute } from './contract.ts';
import type { Counters, Tally } from './counters.ts';

/** A route as requests use it. */
export interface LiveRoute {
  readonly service: string;
  readonly port: number;
  readonly preview: number | null;
  readonly affinity: RouterRoute['affinity'];
  readonly stable: LiveArm | null;
  readonly canary: LiveArm | null;
  /** Those with weight, for the weighted choice. */
  readonly weighted: readonly LiveArm[];
}

export interface LiveArm {
  readonly revision: string;
  readonly role: RouterArm['role'];
  readonly weight: number;
  readonly backends: readonly Backend[];
  readonly tally: Tally;
  /** Of the weighted choice; see `choose.ts`. */
  credit: number;
  /** Where the next look for a replica begins, so that equals take turns. */
  turn: number;
}

/** A route of the table for requests. Makes the backends that are new; claims nothing yet. */
export function liveRouteOf(route: RouterRoute, backends: Backends, counters: Counters): LiveRoute {
  const { service, port, preview, affinity } = route;
  const arms = route.arms.map(
    (arm): LiveArm => ({
      revision: arm.revision,
      role: arm.role,
      weight: arm.weight,
      backends: arm.endpoints.map(({ replica, port: at }) => backends.of(replica, at)),
      tally: counters.of(service, arm.revision),
      credit: 0,
      turn: 0,
    }),
  );
  const role = (wanted: RouterArm['role']) => arms.find((arm) => arm.role === wanted) ?? null;
  const weighted = arms.filter(({ weight }) => weight > 0);
  return { service, port, preview, affinity, stable: role('stable'), canary: role('canary'), weighted };
}

import type { Backend, Backends } from './backend.ts';
import type { RouterArm, RouterRoute, RouterTable } from './contract.ts';
import type { Counters, Tally } from './counters.ts';

/** A route as requests use it. */
export interface LiveRoute {
  readonly service: string;
  readonly port: number;
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

/** A route as one of its two ports leads to it. */
export interface Door {
  readonly route: LiveRoute;
  readonly isPreview: boolean;
}

/** The routes of a table by each port that leads to them. Makes the backends that are new; claims nothing yet. */
export function routesOf(
  table: RouterTable,
  backends: Backends,
  counters: Counters,
): ReadonlyMap<number, Door> {
  const armOf = (service: string, arm: RouterArm): LiveArm => ({
    revision: arm.revision,
    role: arm.role,
    weight: arm.weight,
    backends: arm.endpoints.map(({ replica, port }) => backends.of(replica, port)),
    tally: counters.of(service, arm.revision),
    credit: 0,
    turn: 0,
  });
  return new Map(
    table.routes.flatMap(({ service, port, preview, affinity, arms }): [number, Door][] => {
      const live = arms.map((arm) => armOf(service, arm));
      const role = (wanted: RouterArm['role']) => live.find((arm) => arm.role === wanted) ?? null;
      const weighted = live.filter(({ weight }) => weight > 0);
      const route = { service, port, affinity, stable: role('stable'), canary: role('canary'), weighted };
      const main: [number, Door] = [port, { route, isPreview: false }];
      return preview === null ? [main] : [main, [preview, { route, isPreview: true }]];
    }),
  );
}

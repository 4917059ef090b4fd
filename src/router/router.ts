import { canonicalJson, type Clock, fail, millis, ok, type Result } from '#kernel';
import { probePort } from '#process';
import type { DrainOutcome, DrainRequest, RouterRoute, RouterState, RouterTable } from './contract.ts';
import type { EdgeKeeper } from './front/keeper.ts';
import type { Log } from './log.ts';
import { merge } from './look.ts';
import type { LeaveLimits, Look, Opening, Plane, TableChange } from './plane.ts';
import { createPredecessor } from './predecessor.ts';
import { portsOf } from './table/parse.ts';

/** The data plane of one environment: one table, one or several planes that route by it. */
export interface Router {
  state(): Promise<RouterState>;
  /**
   * Takes a table as a whole or not at all; resolves when it holds in all planes and is on disk. Failures: `table_stale`
   * (facts: version and generation of the present one), `port_taken` (port, service), `router_moved` once another process
   * serves, and those of `save`.
   */
  setTable(table: RouterTable): Promise<Result<{ version: number; generation: number }>>;
  /**
   * Takes up the table of the process before, leaving out what cannot be listened on; nothing is saved. `sockets`: those
   * that were handed over, one set for each plane.
   */
  restore(table: RouterTable, sockets?: readonly HandedOver[]): Promise<void>;
  /** Failures: `replica_routed` (facts: replica), `router_moved`. */
  drain(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>>;
  /**
   * While `perform` runs no other table is taken. When it succeeds another process serves from then on, and this router
   * refuses everything but what comes by `asPlane`.
   */
  handOver<T>(perform: (facts: HandOver) => Promise<Result<T>>): Promise<Result<T>>;
  /**
   * The process before this one, which still has requests: its totals are added, and tables and drains reach it. Returns
   * how its last totals are told.
   */
  adopt(predecessor: Plane): (last: Look) => void;
  /** The router as its successor uses it. */
  readonly asPlane: Plane;
  /** No new connections; resolves when nothing is open any more or `requestsMillis` are over. */
  close(requestsMillis: number): Promise<void>;
}

export type HandedOver = ReadonlyMap<number, number>;

export interface HandOver {
  readonly table: RouterTable;
  /** For each plane the numbers of its listening sockets. */
  readonly sockets: readonly (readonly { readonly port: number; readonly fd: number }[])[];
}

export interface RouterOptions {
  readonly epoch: string;
  readonly clock: Clock;
  readonly log: Log;
  /** At least one. */
  readonly planes: readonly Plane[];
  /** The public listeners; absent: tables with an edge are served without it. */
  readonly edge?: EdgeKeeper;
  /** Keeps the table for the next process. */
  readonly save: (table: RouterTable) => Promise<Result<null>>;
}

const nothing: RouterTable = { version: 0, generation: 0, routes: [] };

export function createRouter({ epoch, clock, log, planes, edge, save }: RouterOptions): Router {
  const before = createPredecessor(clock);
  let present = nothing;
  let hasMoved = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** Changes of the table and hand-overs come one after the other. */
  function inTurn<T>(perform: () => Promise<T>): Promise<T> {
    const result = turn.then(perform);
    turn = result.catch(() => undefined);
    return result;
  }

  async function setTable(table: RouterTable): Promise<Result<{ version: number; generation: number }>> {
    if (hasMoved) return fail('router_moved');
    const acknowledged = ok({ version: table.version, generation: table.generation });
    const order = orderOf(table, present);
    if (order === 'same') return acknowledged;
    if (order === 'older')
      return fail('table_stale', { version: present.version, generation: present.generation });
    const change = changeOf(present, table);
    const taken = await prepare(change.routes, [], false);
    const opened = taken.size > 0 ? portTaken(table, taken) : await prepareEdge(table, []);
    const refused = opened.ok ? await save(table) : opened;
    if (!refused.ok) {
      await Promise.all([...planes.map((plane) => plane.discard()), edge?.discard()]);
      return refused;
    }
    await take(table, change);
    return acknowledged;
  }

  /** Lets all planes listen on the ports that are new. Returns those that somebody else has. */
  async function prepare(
    routes: readonly RouterRoute[],
    sockets: readonly HandedOver[],
    isPatient: boolean,
  ): Promise<ReadonlySet<number>> {
    const open = new Set(present.routes.flatMap(portsOf));
    const fresh = routes
      .flatMap((route) => portsOf(route).map((port) => ({ port, service: route.service })))
      .filter(({ port }) => !open.has(port));
    const isGiven = (port: number) => sockets.some((given) => given.has(port));
    // Sockets of several threads may share a port, then also with those of a stranger: who has it is asked before.
    const asked = planes.length === 1 ? [] : fresh.filter(({ port }) => !isGiven(port));
    const taken = new Set(await portsTaken(asked, isPatient, clock));
    for (const [index, plane] of planes.entries()) {
      const openings = fresh
        .filter(({ port }) => !taken.has(port))
        .map(({ port, service }): Opening => {
          const fd = sockets[index]?.get(port) ?? null;
          return { port, service, fd, isShared: planes.length > 1 };
        });
      // A socket that was handed over and is not shared is the only one: the other threads do without.
      for (const port of await plane.prepare(openings, isPatient)) if (!isGiven(port)) taken.add(port);
    }
    return taken;
  }

  /** Opens public listeners that are new, unless nothing of the edge has changed. */
  async function prepareEdge(table: RouterTable, sockets: readonly HandedOver[]): Promise<Result<null>> {
    const isSame = canonicalJson(table.edge ?? null) === canonicalJson(present.edge ?? null);
    return edge === undefined || isSame ? ok(null) : edge.prepare(table.edge ?? null, sockets);
  }

  async function take(table: RouterTable, change: TableChange): Promise<void> {
    await asPlane.take(change);
    await edge?.take();
    present = table;
    log({ event: 'table taken', version: table.version, generation: table.generation });
  }

  async function restore(table: RouterTable, sockets: readonly HandedOver[] = []): Promise<void> {
    // First the routes, then the ports: from the first connection on there is somewhere to go.
    await asPlane.take({ routes: table.routes, gone: [] });
    const taken = await prepare(table.routes, sockets, sockets.length === 0);
    for (const port of taken) log({ event: 'port taken', port });
    const opened = await prepareEdge(table, sockets);
    if (!opened.ok) log({ event: opened.error.code, ...opened.error.facts });
    const routes = table.routes
      .filter(({ port }) => !taken.has(port))
      .map((route) => (taken.has(route.preview ?? 0) ? { ...route, preview: null } : route));
    // A table that is served in part is not acknowledged: the control plane sends its own and learns what is wrong.
    const served = taken.size === 0 && opened.ok ? table : { version: 0, generation: 0, routes };
    await take(served, changeOf(table, served));
  }

  async function drain(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>> {
    const outcomes = await Promise.all(planes.map((plane) => plane.drain(request, signal)));
    return outcomes.reduce((sum, each) =>
      sum.ok && each.ok ? ok({ cut: sum.value.cut + each.value.cut }) : sum.ok ? each : sum,
    );
  }

  const look = async (): Promise<Look> =>
    merge(await Promise.all([...planes.map((plane) => plane.look()), before.look()]));

  const asPlane: Plane = {
    look,
    prepare: async () => [],
    discard: async () => null,
    sockets: async () => [],
    front: async () => ({ refused: null, look: null }),
    async take(change) {
      await Promise.all([...planes.map((plane) => plane.take(change)), before.take(change)]);
      return null;
    },
    async drain(request, signal) {
      const [outcome] = await Promise.all([drain(request, signal), before.drain(request, signal)]);
      return outcome;
    },
    async leave(limits: LeaveLimits) {
      edge?.close();
      await Promise.all(planes.map((plane) => plane.leave(limits)));
      await before.gone();
      return null;
    },
    async close(requestsMillis) {
      const closed = planes.map((plane) => plane.close(requestsMillis));
      await Promise.all([...closed, before.close(requestsMillis)]);
      return null;
    },
  };

  return {
    asPlane,
    async state() {
      const seen = await look();
      return { epoch, version: present.version, generation: present.generation, ...seen };
    },
    setTable: (table) => inTurn(() => setTable(table)),
    restore,
    async drain(request, signal) {
      if (hasMoved) return fail('router_moved');
      const outcome = await asPlane.drain(request, signal);
      const cut = outcome.ok ? outcome.value.cut : 0;
      if (outcome.ok) log({ event: 'drained', replicas: request.replicas.join(' '), cut });
      return outcome;
    },
    handOver: (perform) =>
      inTurn(async () => {
        if (hasMoved) return fail('router_moved');
        const sockets = await Promise.all(planes.map((plane) => plane.sockets()));
        const outcome = await perform({ table: present, sockets });
        hasMoved = outcome.ok;
        return outcome;
      }),
    adopt: (predecessor) => before.adopt(predecessor),
    async close(requestsMillis) {
      edge?.close();
      await asPlane.close(requestsMillis);
    },
  };
}

function orderOf(table: RouterTable, present: RouterTable): 'newer' | 'same' | 'older' {
  const isSameNumber = table.version === present.version && table.generation === present.generation;
  if (isSameNumber) return canonicalJson(table) === canonicalJson(present) ? 'same' : 'older';
  if (table.version !== present.version) return table.version > present.version ? 'newer' : 'older';
  return table.generation > present.generation ? 'newer' : 'older';
}

function changeOf(present: RouterTable, table: RouterTable): TableChange {
  const known = new Map(present.routes.map((route) => [route.service, canonicalJson(route)]));
  const routes = table.routes.filter((route) => known.get(route.service) !== canonicalJson(route));
  const named = new Set(table.routes.map(({ service }) => service));
  return { routes, gone: [...known.keys()].filter((service) => !named.has(service)) };
}

async function portsTaken(
  ports: readonly { readonly port: number }[],
  isPatient: boolean,
  clock: Clock,
): Promise<readonly number[]> {
  const results = await Promise.all(
    ports.map(async ({ port }) => {
      for (let attempt = 1; ; attempt += 1) {
        if ((await probePort(port)).ok) return [];
        if (!isPatient || attempt === 10) return [port];
        await clock.sleep(millis(100));
      }
    }),
  );
  return results.flat();
}

function portTaken({ routes }: RouterTable, taken: ReadonlySet<number>): Result<never> {
  const [port = 0] = taken;
  const route = routes.find((each) => portsOf(each).includes(port));
  return fail('port_taken', { port, service: route?.service ?? '' });
}

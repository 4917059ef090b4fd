import { canonicalJson, type Clock, fail, millis, ok, type Random, type Result, seconds } from '#kernel';
import { createBackends } from './backend.ts';
import type { DrainOutcome, DrainRequest, RouterState, RouterTable } from './contract.ts';
import { createCounters } from './counters.ts';
import { drain } from './drain.ts';
import { createIdentifiers } from './identifiers.ts';
import { type Listener, openListener } from './listener.ts';
import type { Log } from './log.ts';
import { type LiveRoute, routesOf } from './routes.ts';
import type { World } from './site.ts';
import { portsOf } from './table/parse.ts';

/** The data plane of one environment. */
export interface Router {
  state(): RouterState;
  /**
   * Takes a table as a whole or not at all; resolves when it holds and is on disk. Failures: `table_stale` (facts:
   * version and generation of the present one), `port_taken` (port, service), and those of `save`.
   */
  setTable(table: RouterTable): Promise<Result<{ version: number; generation: number }>>;
  /** Takes up the table of the process before, leaving out what cannot be listened on; nothing is saved. */
  restore(table: RouterTable): Promise<void>;
  /** Failure: `replica_routed` (facts: replica): it is in the table, so it would never become empty. */
  drain(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>>;
  /** No new connections; resolves when nothing is open any more or `requestsMillis` are over. */
  close(requestsMillis: number): Promise<void>;
}

export interface RouterOptions {
  readonly epoch: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Keeps the table for the next process. */
  readonly save: (table: RouterTable) => Promise<Result<null>>;
}

/** How long the last bytes of answers may take to leave. */
const flushLimit = seconds(1);

const nothing: RouterTable = { version: 0, generation: 0, routes: [] };

export function createRouter({ epoch, clock, random, log, save }: RouterOptions): Router {
  const world: World = { clock, random, identifiers: createIdentifiers(random), isEnding: false };
  const backends = createBackends();
  const counters = createCounters();
  const listeners = new Map<number, Listener>();
  let present = nothing;
  let turn: Promise<unknown> = Promise.resolve();

  async function setTable(table: RouterTable): Promise<Result<{ version: number; generation: number }>> {
    const acknowledged = ok({ version: table.version, generation: table.generation });
    const order = orderOf(table, present);
    if (order === 'same') return acknowledged;
    if (order === 'older')
      return fail('table_stale', { version: present.version, generation: present.generation });
    const opened = await openMissing(table);
    if (!opened.ok) return opened;
    const saved = await save(table);
    if (!saved.ok) {
      for (const listener of opened.value) void listener.close();
      return saved;
    }
    take(table, opened.value);
    return acknowledged;
  }

  /** Listens on the ports that are new; on none of them when one is taken. */
  async function openMissing(table: RouterTable): Promise<Result<readonly Listener[]>> {
    const missing = listenedIn(table).filter(({ port }) => !listeners.has(port));
    const results = await Promise.all(missing.map(({ port, service }) => openListener(port, service, world)));
    const opened = results.flatMap((result) => (result.ok ? [result.value] : []));
    const failed = results.find((result) => !result.ok);
    if (failed === undefined) return ok(opened);
    for (const listener of opened) void listener.close();
    return failed;
  }

  /** In one turn of the event loop: a request is routed by the old table or by the new one, never by both. */
  function take(table: RouterTable, opened: readonly Listener[]): void {
    present = table;
    for (const listener of opened) listeners.set(listener.port, listener);
    const doors = routesOf(table, backends, counters);
    for (const [port, listener] of listeners) {
      listener.site.route = doors.get(port)?.route ?? null;
      listener.site.isPreview = doors.get(port)?.isPreview ?? false;
      if (listener.site.route !== null) continue;
      listeners.delete(port);
      void listener.close();
    }
    backends.route(new Set([...doors.values()].flatMap(({ route }) => backendsOf(route))));
    const routed = new Set(
      table.routes.flatMap(({ service, arms }) => arms.map((a) => `${service} ${a.revision}`)),
    );
    counters.prune((service, revision) => routed.has(`${service} ${revision}`));
    log({ event: 'table taken', version: table.version, generation: table.generation });
  }

  /** The process before may have been killed this very moment: the system needs another one to free its ports. */
  async function openPatiently(port: number, service: string): Promise<Result<Listener>> {
    for (let attempt = 1; ; attempt += 1) {
      const opened = await openListener(port, service, world);
      if (opened.ok || attempt === 10) return opened;
      await clock.sleep(millis(100));
    }
  }

  async function restore(table: RouterTable): Promise<void> {
    const wanted = listenedIn(table);
    const results = await Promise.all(wanted.map(({ port, service }) => openPatiently(port, service)));
    const opened = results.flatMap((result) => (result.ok ? [result.value] : []));
    const isWhole = opened.length === results.length;
    for (const result of results) if (!result.ok) log({ event: 'port taken', ...result.error.facts });
    const isOpen = (port: number | null) => opened.some((listener) => listener.port === port);
    const routes = table.routes
      .filter(({ port }) => isOpen(port))
      .map((route) => (isOpen(route.preview) ? route : { ...route, preview: null }));
    // A table that is served in part is not acknowledged: the control plane sends its own and learns what is wrong.
    take(isWhole ? table : { version: 0, generation: 0, routes }, opened);
  }

  async function drainReplicas(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>> {
    const leaving = request.replicas.flatMap((replica) => backends.named(replica));
    const routed = leaving.find(({ isRouted }) => isRouted);
    if (routed !== undefined) return fail('replica_routed', { replica: routed.replica });
    const outcome = await drain(leaving, request, { clock, random, signal });
    log({ event: 'drained', replicas: request.replicas.join(' '), cut: outcome.cut });
    return ok(outcome);
  }

  return {
    state: () => ({
      epoch,
      version: present.version,
      generation: present.generation,
      counts: counters.read(),
      open: backends.open(),
    }),
    setTable(table) {
      const result = turn.then(() => setTable(table));
      turn = result.catch(() => undefined);
      return result;
    },
    restore,
    drain: drainReplicas,
    async close(requestsMillis) {
      world.isEnding = true;
      const closed = [...listeners.values()].map((listener) => listener.close());
      const signal = new AbortController().signal;
      const limits = { replicas: [], requestsMillis, websocketsMillis: Math.min(1_000, requestsMillis) };
      await drain(backends.all(), limits, { clock, random, signal });
      const flushed = new AbortController();
      void Promise.all(closed).then(() => flushed.abort());
      await clock.sleep(flushLimit, flushed.signal);
      for (const listener of listeners.values()) listener.destroy();
    },
  };
}

function orderOf(table: RouterTable, present: RouterTable): 'newer' | 'same' | 'older' {
  const isSameNumber = table.version === present.version && table.generation === present.generation;
  if (isSameNumber) return canonicalJson(table) === canonicalJson(present) ? 'same' : 'older';
  if (table.version !== present.version) return table.version > present.version ? 'newer' : 'older';
  return table.generation > present.generation ? 'newer' : 'older';
}

const listenedIn = ({ routes }: RouterTable) =>
  routes.flatMap((route) => portsOf(route).map((port) => ({ port, service: route.service })));

const backendsOf = ({ stable, canary }: LiveRoute) => [
  ...(stable?.backends ?? []),
  ...(canary?.backends ?? []),
];

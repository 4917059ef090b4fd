import { type Clock, fail, millis, ok, type Random, type Result, seconds } from '#kernel';
import { type Backend, createBackends } from './backend.ts';
import type { DrainOutcome, DrainRequest, RouterRoute, RouterState } from './contract.ts';
import { createCounters } from './counters.ts';
import { drain } from './drain.ts';
import { createFront } from './front/front.ts';
import { answerFront, type FrontAsk, type FrontReply } from './front/ask.ts';
import { createIdentifiers } from './identifiers.ts';
import type { Log } from './log.ts';
import { type Listener, type SocketOptions, openListener } from './listener.ts';
import { type LiveRoute, liveRouteOf } from './routes.ts';
import type { Site, World } from './site.ts';
import { portsOf } from './table/parse.ts';

/** What differs between two tables, by services. */
export interface TableChange {
  /** New ones and changed ones. */
  readonly routes: readonly RouterRoute[];
  readonly gone: readonly string[];
}

/** A port to be listened on; `fd`: by a socket that this process has been given. */
export interface Opening extends SocketOptions {
  readonly port: number;
  readonly service: string;
}

export type Look = Pick<RouterState, 'counts' | 'open'>;

export interface LeaveLimits {
  /** After this time everything that is still open is cut, streams of events too. */
  readonly requestsMillis: number;
  /** Over which time WebSockets get their close frame. */
  readonly websocketsMillis: number;
}

/**
 * What passes requests on: a thread of the router with listening sockets, replicas and totals of its own. Arguments and
 * results are plain data, since a plane may live in another thread or in another process.
 */
export interface Plane {
  /**
   * Listens on ports that are new; they lead to what the table says, or nowhere yet. Returns those that are taken; the others stay open and wait for
   * `take` or `discard`. `patient`: ports of a process that just ended are waited for.
   */
  prepare(openings: readonly Opening[], patient: boolean): Promise<readonly number[]>;
  /** Closes what waits and was not taken. */
  discard(): Promise<null>;
  /** Routes by the changed table, in one turn of its event loop; ports without a route are closed. */
  take(change: TableChange): Promise<null>;
  /** Of the public listeners. */
  front(ask: FrontAsk): Promise<FrontReply>;
  /** Totals and what is open. */
  look(): Promise<Look>;
  /** Failure: `replica_routed` (facts: replica): it is in the table, so it would never become empty. */
  drain(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>>;
  /** The listening sockets, for another process to go on with. */
  sockets(): Promise<readonly { readonly port: number; readonly fd: number }[]>;
  /**
   * Somebody else listens on its sockets now: takes no new connections, and lets go of those it has when their next
   * answer is out, so that no caller loses a request. Resolves when nothing is open.
   */
  leave(limits: LeaveLimits): Promise<null>;
  /** No new connections; resolves when nothing is open any more or `requestsMillis` are over. */
  close(requestsMillis: number): Promise<null>;
}

export interface PlaneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
}

/** A plane whose totals can be read at once. */
export interface LocalPlane extends Plane {
  lookNow(): Look;
}

/** How long the last bytes of answers may take to leave. */
const flushLimit = seconds(1);

export function createPlane({ clock, random, log = () => undefined }: PlaneOptions): LocalPlane {
  const world: World = { clock, random, identifiers: createIdentifiers(random), isEnding: false };
  const backends = createBackends();
  const counters = createCounters();
  const routes = new Map<string, LiveRoute>();
  const listeners = new Map<number, Listener>();
  /** Which route each port leads to, whether or not it is listened on yet. */
  const doors = new Map<number, Pick<Site, 'route' | 'isPreview'>>();
  const front = createFront({ world, routeOf: (service) => routes.get(service) ?? null, log });
  let prepared: readonly Listener[] = [];
  let isLeaving = false;
  const ended = new AbortController();
  void sweepConnections();

  async function sweepConnections(): Promise<void> {
    while (!ended.signal.aborted) {
      await clock.sleep(seconds(1), ended.signal);
      backends.sweepConnections();
    }
  }

  async function open(opening: Opening, patient: boolean): Promise<Listener | number> {
    for (let attempt = 1; ; attempt += 1) {
      const opened = await openListener(opening.port, opening.service, world, undefined, opening);
      if (opened.ok) {
        // At once: connections may have been waiting in a socket that was handed over.
        Object.assign(opened.value.site, doors.get(opening.port));
        return opened.value;
      }
      if (!patient || attempt === 10) return opening.port;
      await clock.sleep(millis(100));
    }
  }

  function take({ routes: changed, gone }: TableChange): void {
    for (const listener of prepared) listeners.set(listener.port, listener);
    prepared = [];
    const before = [...gone, ...changed.map(({ service }) => service)].flatMap((service) => {
      const route = routes.get(service);
      return route === undefined ? [] : [route];
    });
    const closing = new Set(before.flatMap(portsOf));
    for (const route of before) routes.delete(route.service);
    for (const backend of before.flatMap(backendsOf)) backend.isRouted = false;
    for (const route of changed) {
      const live = liveRouteOf(route, backends, counters);
      routes.set(live.service, live);
      for (const backend of backendsOf(live)) backend.isRouted = true;
      lead(live.port, live, false);
      closing.delete(live.port);
      if (live.preview === null) continue;
      lead(live.preview, live, true);
      closing.delete(live.preview);
    }
    for (const port of closing) closeAt(port);
    for (const backend of before.flatMap(backendsOf)) backend.settle();
    counters.prune(
      (service, revision) => isRouted(routes.get(service), revision),
      (replica) => backends.named(replica).length > 0,
    );
  }

  function lead(port: number, route: LiveRoute, isPreview: boolean): void {
    doors.set(port, { route, isPreview });
    const listener = listeners.get(port);
    if (listener !== undefined) Object.assign(listener.site, { route, isPreview });
  }

  function closeAt(port: number): void {
    doors.delete(port);
    const listener = listeners.get(port);
    if (listener === undefined) return;
    listener.site.route = null;
    listeners.delete(port);
    void listener.close();
  }

  function lookNow(): Look {
    backends.sweep();
    return { counts: counters.read(), open: backends.open() };
  }

  async function end(limits: LeaveLimits, closed: readonly Promise<void>[]): Promise<null> {
    const signal = new AbortController().signal;
    await drain(backends.all(), { replicas: [], ...limits }, { clock, random, signal });
    const flushed = new AbortController();
    void Promise.all(closed).then(() => flushed.abort());
    await clock.sleep(flushLimit, flushed.signal);
    for (const listener of listeners.values()) listener.destroy();
    front.destroy();
    return null;
  }

  return {
    front: (ask) => answerFront(front, ask),
    lookNow,
    look: async () => lookNow(),
    async prepare(openings, patient) {
      const wanted = isLeaving ? [] : openings.filter(({ port }) => !listeners.has(port));
      const results = await Promise.all(wanted.map((opening) => open(opening, patient)));
      prepared = [...prepared, ...results.filter((result) => typeof result !== 'number')];
      return results.filter((result) => typeof result === 'number');
    },
    async discard() {
      for (const listener of prepared) void listener.close();
      prepared = [];
      return null;
    },
    async take(change) {
      take(change);
      front.routesChanged();
      return null;
    },
    async drain(request, signal) {
      const leaving = request.replicas.flatMap((replica) => backends.named(replica));
      const routed = leaving.find(({ isRouted }) => isRouted);
      if (routed !== undefined) return fail('replica_routed', { replica: routed.replica });
      return ok(await drain(leaving, request, { clock, random, signal }));
    },
    sockets: async () => [
      ...[...listeners.values()].map((listener) => ({ port: listener.port, fd: listener.fd() })),
      ...front.sockets(),
    ],
    async leave(limits) {
      isLeaving = true;
      world.isEnding = true;
      const left = [...[...listeners.values()].map((listener) => listener.leave()), front.leave()];
      const signal = new AbortController();
      const sockets = {
        replicas: [],
        requestsMillis: limits.requestsMillis,
        websocketsMillis: limits.websocketsMillis,
      };
      const drained = drain(backends.all(), sockets, { clock, random, signal: signal.signal });
      void Promise.all(left).then(() => signal.abort());
      await clock.sleep(millis(limits.requestsMillis), signal.signal);
      signal.abort();
      await drained;
      return end(
        { requestsMillis: 0, websocketsMillis: 0 },
        [...listeners.values()].map((listener) => listener.close()),
      );
    },
    close(requestsMillis) {
      world.isEnding = true;
      const closed = [...[...listeners.values()].map((listener) => listener.close()), front.close()];
      return end({ requestsMillis, websocketsMillis: Math.min(1_000, requestsMillis) }, closed);
    },
  };
}

const backendsOf = ({ stable, canary }: LiveRoute): readonly Backend[] => [
  ...(stable?.backends ?? []),
  ...(canary?.backends ?? []),
];

const isRouted = (route: LiveRoute | undefined, revision: string): boolean =>
  route?.stable?.revision === revision || route?.canary?.revision === revision;

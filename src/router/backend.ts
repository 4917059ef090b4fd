import type { RouterState } from './contract.ts';
import { stopwatch } from './counters.ts';
import { type ConnectionPool, createPool } from './upstream/pool.ts';

/** A request in flight, as far as draining needs to know it. */
export interface InFlight {
  /** Ends it now, for both sides. */
  cut(): void;
  /** Counts it as slow when it has waited for long. */
  sweep(): void;
}

/** A WebSocket, from the moment its replica was chosen. */
export interface OpenSocket {
  /** Ends it in order, with a close frame for both sides; `cut` when one of them did not go along in time. */
  end(): Promise<'ended' | 'cut'>;
  /** Counts its handshake as slow when that has waited for long. */
  sweep(): void;
}

/** One replica as the router sees it. It stays known after it left the table, until nothing is open in it. */
export class Backend {
  readonly replica: string;
  readonly port: number;
  readonly pool: ConnectionPool;
  readonly requests = new Set<InFlight>();
  readonly sockets = new Set<OpenSocket>();
  /** In the present table. */
  isRouted = true;
  /** On the clock's time: until then others are asked first, since this one refused a connection. */
  avoidUntil = 0;
  /** Called whenever something that was open is not any more. */
  readonly watchers = new Set<() => void>();
  readonly #forget: (backend: Backend) => void;

  constructor(replica: string, port: number, forget: (backend: Backend) => void) {
    this.replica = replica;
    this.port = port;
    this.#forget = forget;
    this.pool = createPool(port);
  }

  release(open: InFlight | OpenSocket): void {
    if (!this.requests.delete(open as InFlight)) this.sockets.delete(open as OpenSocket);
    if (this.watchers.size > 0) for (const watcher of [...this.watchers]) watcher();
    this.settle();
  }

  /** Lets go of a replica that left the table and has nothing open. */
  settle(): void {
    if (this.isRouted || this.requests.size > 0 || this.sockets.size > 0) return;
    this.#forget(this);
    // Later, since this may be called from inside the pool.
    queueMicrotask(() => this.pool.destroy());
  }
}

export interface Backends {
  /** The one of this address, made when it is not known. */
  of(replica: string, port: number): Backend;
  /** Those that still exist under this name; a replica that moved to another port may have two. */
  named(replica: string): readonly Backend[];
  all(): readonly Backend[];
  /** Marks these as the table's; the others are let go as soon as they are empty. */
  route(routed: ReadonlySet<Backend>): void;
  open(): RouterState['open'];
  /** Counts what has waited for long. */
  sweep(): void;
  /** Closes connections that were idle for long, gives up what has taken too long. To be called once a second. */
  sweepConnections(): void;
}

export function createBackends(): Backends {
  const known = new Map<string, Backend>();
  const keyOf = (replica: string, port: number) => `${port} ${replica}`;
  const forget = (backend: Backend) => known.delete(keyOf(backend.replica, backend.port));
  const all = () => [...known.values()];
  return {
    all,
    of(replica, port) {
      const key = keyOf(replica, port);
      const backend = known.get(key) ?? new Backend(replica, port, forget);
      known.set(key, backend);
      return backend;
    },
    named: (replica) => all().filter((backend) => backend.replica === replica),
    route(routed) {
      for (const backend of all()) {
        backend.isRouted = routed.has(backend);
        backend.settle();
      }
    },
    sweepConnections() {
      const now = stopwatch();
      for (const { pool } of known.values()) pool.sweep(now);
    },
    sweep() {
      for (const { requests, sockets } of known.values()) {
        for (const request of requests) request.sweep();
        for (const socket of sockets) socket.sweep();
      }
    },
    open() {
      const open = new Map<string, { requests: number; sockets: number }>();
      for (const { replica, requests, sockets } of known.values()) {
        const sum = open.get(replica) ?? { requests: 0, sockets: 0 };
        open.set(replica, {
          requests: sum.requests + requests.size,
          sockets: sum.sockets + sockets.size,
        });
      }
      return [...open].map(([replica, counts]) => ({ replica, ...counts }));
    },
  };
}

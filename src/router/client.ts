import { join } from 'node:path';
import { Pool } from 'undici';
import { z } from 'zod';
import { type Clock, type Failure, fail, ok, type Result, seconds } from '#kernel';
import { endProcess, isRunning, type ProcessIdentity } from '#process';
import { readFailure } from './admin/problem.ts';
import type { DrainOutcome, DrainRequest, RouterState, RouterTable, UpgradeRequest } from './contract.ts';

/**
 * The control plane's hold on a running router. Every call has a deadline. Failures of all: `router_absent` when its
 * process is gone, `router_unreachable` (facts: reason) when it does not answer as it should, and those the router tells.
 */
export interface RouterClient {
  state(): Promise<Result<RouterState>>;
  /** Resolves when the router routes by this table and has it on disk. Failures: those of `Router.setTable`. */
  setTable(table: RouterTable): Promise<Result<{ readonly version: number; readonly generation: number }>>;
  /** Resolves when nothing is open in these replicas any more. An aborted drain cuts nothing. */
  drain(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>>;
  /**
   * Hands the router over to another process of the program as it is on disk now; no request is refused or lost. This
   * client goes on with the new process. Failures: `router_not_upgraded` (facts: reason): the old one goes on serving.
   */
  upgrade(request?: Partial<UpgradeRequest>): Promise<Result<null>>;
  /** Why the running router is still of another version than this program; null when it is not. */
  readonly notUpgraded: Failure | null;
  /** SIGTERM, its requests, then SIGKILL. Failure: `router_not_stopped` (facts: pid). */
  stop(): Promise<Result<null>>;
  isRunning(): boolean;
  /** The router's process; another one after an upgrade. */
  readonly identity: ProcessIdentity;
}

const totals = { requests: z.number(), failures: z.number(), buckets: z.array(z.number()) };
const state = z.object({
  epoch: z.string(),
  version: z.number(),
  generation: z.number(),
  counts: z.array(
    z.object({
      service: z.string(),
      revision: z.string(),
      ...totals,
      replicas: z.array(z.object({ replica: z.string(), ...totals })),
    }),
  ),
  open: z.array(z.object({ replica: z.string(), requests: z.number(), sockets: z.number() })),
});
const acknowledgement = z.object({ version: z.number(), generation: z.number() });
const outcome = z.object({ cut: z.number() });
const health = z.object({
  pid: z.number(),
  epoch: z.string(),
  version: z.string().default(''), // routers of before there were upgrades do not say it
  workers: z.number().default(1),
});
const upgraded = z.object({ pid: z.number() });

export type RouterHealth = z.infer<typeof health>;

const program = join(import.meta.dirname, 'main.ts');
/** Until the new process serves. */
const upgradeMillis = 40_000;
/** Twice what answers take that are not streams; WebSockets go within the time people take for a reload. */
const leaving = { requestsMillis: 70_000, websocketsMillis: 15_000 };

const shortMillis = 5_000;
/** Listening on new ports and a slow disk. */
const tableMillis = 15_000;
/** What closing a WebSocket and answering may take beyond the times of a drain. */
const drainMarginMillis = 10_000;
/** Longer than the router itself gives its requests. */
const stopGrace = seconds(13);

export function connectRouter(options: {
  identity: ProcessIdentity;
  adminPort: number;
  token: string;
  clock: Clock;
  /** Where the router of the folder is now. */
  find: () => Promise<(ProcessIdentity & { readonly adminPort: number }) | null>;
}): RouterClient & { health(): Promise<Result<RouterHealth>>; notUpgraded: Failure | null } {
  const { adminPort, token, clock, find } = options;
  let { identity } = options;
  const pool = new Pool(`http://127.0.0.1:${adminPort}`, { headersTimeout: 0, bodyTimeout: 0 });

  async function call<T>(
    ask: { method: 'GET' | 'PUT' | 'POST'; path: string; body?: unknown },
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Result<T>> {
    if (!isRunning(identity)) return fail('router_absent');
    try {
      const { statusCode, body } = await pool.request({
        method: ask.method,
        path: ask.path,
        headers: { authorization: `Bearer ${token}` },
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        signal,
      });
      const answer: unknown = await body.json();
      if (statusCode === 200) return ok(schema.parse(answer));
      return readFailure(answer) ?? fail('router_unreachable', { reason: `it answered ${statusCode}` });
    } catch (reason) {
      if (!isRunning(identity)) return fail('router_absent');
      return fail('router_unreachable', {
        reason: reason instanceof Error ? reason.message : String(reason),
      });
    }
  }

  /** A call that came too late for the old process is made again: the new one has its port. */
  async function callOn<T>(...args: Parameters<typeof call<T>>): Promise<Result<T>> {
    const first = await call(...args);
    if (first.ok || !isElsewhere(first.error.code)) return first;
    const found = await find();
    if (found === null || found.pid === identity.pid || found.adminPort !== adminPort) return first;
    identity = { pid: found.pid, started: found.started };
    return call(...args);
  }

  const within = (millis: number) => AbortSignal.timeout(millis);
  return {
    health: () => callOn({ method: 'GET', path: '/health' }, health, within(shortMillis)),
    state: () => callOn({ method: 'GET', path: '/state' }, state, within(shortMillis)),
    setTable: (table) =>
      callOn({ method: 'PUT', path: '/table', body: table }, acknowledgement, within(tableMillis)),
    drain(request, signal) {
      const { requestsMillis, websocketsMillis } = request;
      const limit = Math.max(requestsMillis, websocketsMillis) + drainMarginMillis;
      const ask = { method: 'POST', path: '/drain', body: request } as const;
      return callOn(ask, outcome, AbortSignal.any([signal, within(limit)]));
    },
    async stop() {
      await pool.destroy();
      await endProcess(identity, { grace: stopGrace, clock });
      return isRunning(identity) ? fail('router_not_stopped', { pid: identity.pid }) : ok(null);
    },
    async upgrade(request = {}) {
      const body = { program, workers: 1, ...leaving, ...request };
      const done = await callOn({ method: 'POST', path: '/upgrade', body }, upgraded, within(upgradeMillis));
      if (!done.ok) return done;
      const found = await find();
      if (found === null) return fail('router_absent');
      identity = { pid: found.pid, started: found.started };
      return ok(null);
    },
    notUpgraded: null,
    isRunning: () => isRunning(identity),
    get identity() {
      return identity;
    },
  };
}

/** Another process may serve the folder by now. */
const isElsewhere = (code: string) => code === 'router_moved' || code === 'router_absent';

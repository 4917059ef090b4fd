import { Pool } from 'undici';
import { z } from 'zod';
import { type Clock, fail, ok, type Result, seconds } from '#kernel';
import { endProcess, isRunning, type ProcessIdentity } from '#process';
import { readFailure } from './admin/problem.ts';
import type { DrainOutcome, DrainRequest, RouterState, RouterTable } from './contract.ts';

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
  /** SIGTERM, its requests, then SIGKILL. Failure: `router_not_stopped` (facts: pid). */
  stop(): Promise<Result<null>>;
  isRunning(): boolean;
  /** The router's process. */
  readonly identity: ProcessIdentity;
}

const counts = z.array(z.number());
const state = z.object({
  epoch: z.string(),
  version: z.number(),
  generation: z.number(),
  counts: z.array(
    z.object({
      service: z.string(),
      revision: z.string(),
      requests: z.number(),
      failures: z.number(),
      buckets: counts,
    }),
  ),
  open: z.array(z.object({ replica: z.string(), requests: z.number(), sockets: z.number() })),
});
const acknowledgement = z.object({ version: z.number(), generation: z.number() });
const outcome = z.object({ cut: z.number() });
const health = z.object({ pid: z.number(), epoch: z.string() });

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
}): RouterClient & { health(): Promise<Result<{ pid: number }>> } {
  const { identity, adminPort, token, clock } = options;
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

  const within = (millis: number) => AbortSignal.timeout(millis);
  return {
    health: () => call({ method: 'GET', path: '/health' }, health, within(shortMillis)),
    state: () => call({ method: 'GET', path: '/state' }, state, within(shortMillis)),
    setTable: (table) =>
      call({ method: 'PUT', path: '/table', body: table }, acknowledgement, within(tableMillis)),
    drain(request, signal) {
      const { requestsMillis, websocketsMillis } = request;
      const limit = Math.max(requestsMillis, websocketsMillis) + drainMarginMillis;
      const ask = { method: 'POST', path: '/drain', body: request } as const;
      return call(ask, outcome, AbortSignal.any([signal, within(limit)]));
    },
    async stop() {
      await pool.destroy();
      await endProcess(identity, { grace: stopGrace, clock });
      return isRunning(identity) ? fail('router_not_stopped', { pid: identity.pid }) : ok(null);
    },
    isRunning: () => isRunning(identity),
    identity,
  };
}

import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import { BreakerOpenError, type BreakerOptions, createBreaker, noBreaker } from './breaker.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type BreakerState, policyMetrics } from './policy-metrics.ts';

export { BreakerOpenError } from './breaker.ts';

/** The work took longer than it may; its signal was aborted. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';
}

/** All times in milliseconds. */
export interface PolicyOptions {
  /** Stands in logs, metrics and errors. */
  readonly name: string;
  /** Of one attempt. */
  readonly timeout?: number;
  /**
   * At most `most` attempts after the first. `waits` are the pauses before attempt 1, 2, …; the last one is used for all
   * further attempts. Null: one attempt.
   */
  readonly retries?: { readonly most?: number; readonly waits?: readonly number[] } | null;
  /** Opens after `failures` failed attempts in a row, lets `trials` calls through after `halfOpenAfter`. Null: none. */
  readonly breaker?: BreakerOptions | null;
  /** Whether this failure is one of the other side. The others pass: neither tried again nor counted. */
  readonly counts?: (reason: unknown) => boolean;
}

export interface RunOptions {
  /** Given up when it is aborted, also within a pause. */
  readonly signal?: AbortSignal;
  /** Whether the work may be done again after this failure. */
  readonly mayRetry?: boolean | ((reason: unknown) => boolean);
}

export interface Policy {
  /**
   * Does the work within the policy. Rejects with the reason of the last attempt, with `TimeoutError`, or with
   * `BreakerOpenError`.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, options?: RunOptions): Promise<T>;
  readonly state: BreakerState;
}

export interface PolicyWorld {
  readonly clock?: Clock;
  readonly metrics?: Metrics;
  readonly log?: Log;
}

const never = new AbortController().signal;

/** Retries around a breaker around a timeout: each attempt has its own time, and each failed attempt is counted. */
export function createPolicy(options: PolicyOptions, world: PolicyWorld = {}): Policy {
  const { name, timeout = 5_000, retries = {}, counts = () => true } = options;
  const { clock = systemClock } = world;
  const { most = 3, waits = [0, 1_000, 2_000, 4_000] } = retries ?? { most: 0 };
  const metrics = world.metrics === undefined ? null : policyMetrics(world.metrics);
  const breaker =
    options.breaker === null
      ? noBreaker
      : createBreaker({ ...options.breaker, name, counts }, { clock, log: world.log });
  metrics?.watch(name, () => breaker.state());

  return {
    get state() {
      return breaker.state();
    },

    async run(work, { signal = never, mayRetry = true } = {}) {
      const isWorthIt = typeof mayRetry === 'function' ? mayRetry : () => mayRetry;
      const mayPass = (reason: unknown) =>
        !signal.aborted && !(reason instanceof BreakerOpenError) && counts(reason) && isWorthIt(reason);
      // The pause is made here, not by the library: its own cannot be interrupted and knows no clock but the system's.
      const again = retry(handleWhen(mayPass), { maxAttempts: most, backoff: new ConstantBackoff(0) });

      return again.execute(async ({ attempt }) => {
        if (attempt > 0) metrics?.retried(name);
        const wait = waits[Math.min(attempt, waits.length - 1)] ?? 0;
        if (wait > 0) await clock.sleep(wait, signal);
        signal.throwIfAborted();
        try {
          return await breaker.run(() => withTimeout({ name, clock, timeout }, signal, work), signal);
        } catch (reason) {
          if (reason instanceof TimeoutError) metrics?.timedOut(name);
          if (reason instanceof BreakerOpenError) metrics?.refused(name);
          throw reason;
        }
      }, signal);
    },
  };
}

/** Rejects when the time is over or the caller gives up, even when the work does not heed its signal. */
async function withTimeout<T>(
  { name, clock, timeout }: { name: string; clock: Clock; timeout: number },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const ended = new AbortController();
  const stop = () => over.abort(signal.reason);
  signal.addEventListener('abort', stop);
  const given = new Promise<never>((_, reject) => {
    over.signal.addEventListener('abort', () => reject(asError(over.signal.reason)));
  });
  void clock
    .sleep(timeout, ended.signal)
    .then(() => ended.signal.aborted || over.abort(new TimeoutError(`${name}: no answer in ${timeout} ms`)));
  try {
    return await Promise.race([work(over.signal), given]);
  } finally {
    ended.abort();
    signal.removeEventListener('abort', stop);
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

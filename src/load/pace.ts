import { millis } from '#kernel';
import { givenUp, timedOut } from './exchange.ts';
import type { LoadPlan } from './plan.ts';
import type { LoadWorld } from './world.ts';

/** Where the pacing stands; see the report for what the counts mean. */
export interface Pacing {
  readonly state: 'running' | 'complete' | 'stopped';
  readonly planned: number;
  readonly sent: number;
  readonly late: number;
  /** Milliseconds since the first request's time. */
  readonly elapsed: number;
  /** Resolves when the run has ended and nothing is under way any more. */
  readonly done: Promise<void>;
}

/** Sends request `number` (from 1), which should have started at `intended` (monotonic milliseconds). */
export type Send = (number: number, intended: number, signal: AbortSignal) => Promise<void>;

const longestNap = 25; // milliseconds: how late a deadline or the end may be noticed

/**
 * Starts requests at an even rate without waiting for answers. A request that finds all connections busy at its time
 * waits for one, and is late; only numbers wait, so an overload costs no memory. `tick` is called at every turn.
 */
export function pace(plan: LoadPlan, world: LoadWorld, send: Send, tick: (now: number) => void): Pacing {
  const { monotonic, clock, signal } = world;
  const { rate, connections, timeout } = plan;
  const first = monotonic();
  const end = plan.duration === null ? Number.POSITIVE_INFINITY : first + plan.duration;
  const total = totalOf(plan);
  const limit = plan.requests ?? Number.POSITIVE_INFINITY;
  const underWay = new Map<AbortController, { readonly deadline: number; readonly done: Promise<void> }>();
  const intendedOf = (number: number) => first + ((number - 1) * 1_000) / rate;
  let state: Pacing['state'] = 'running';
  let [planned, sent, late, elapsed] = [0, 0, 0, 0];

  function startWaiting(due: number): void {
    while (state === 'running' && sent < due && underWay.size < connections) {
      sent += 1;
      if (sent <= planned) late += 1; // it was due at an earlier turn already
      const controller = new AbortController();
      const done = send(sent, intendedOf(sent), controller.signal).finally(() => {
        underWay.delete(controller);
        if (monotonic() < end) startWaiting(planned);
      });
      underWay.set(controller, { deadline: monotonic() + timeout, done });
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      const now = monotonic();
      elapsed = now - first;
      if (signal?.aborted === true) return giveUp();
      const due =
        rate === 0 ? 0 : Math.min(total, Math.floor((Math.min(now, end) - first) * (rate / 1_000)) + 1);
      if (now < end) startWaiting(due);
      planned = due;
      abortOverdue(now);
      tick(now);
      if ((now >= end || sent >= limit) && underWay.size === 0) break;
      const untilNext = due < total && rate > 0 ? intendedOf(due + 1) - now : longestNap;
      await clock.sleep(millis(Math.max(1, Math.min(longestNap, Math.ceil(untilNext)))), signal);
    }
    state = 'complete';
  }

  /** The time limit is the same for all, so the oldest come first. */
  function abortOverdue(now: number): void {
    for (const [controller, { deadline }] of underWay) {
      if (deadline > now) return;
      controller.abort(timedOut);
    }
  }

  async function giveUp(): Promise<void> {
    state = 'stopped';
    const rest = [...underWay];
    for (const [controller] of rest) controller.abort(givenUp);
    await Promise.all(rest.map(([, { done }]) => done));
  }

  const done = run();
  return {
    done,
    get state() {
      return state;
    },
    get planned() {
      return Math.max(planned, sent);
    },
    get sent() {
      return sent;
    },
    get late() {
      return late;
    },
    get elapsed() {
      return elapsed;
    },
  };
}

/** How many requests are planned: those whose time comes before the end, at most as many as asked for. */
function totalOf({ requests, duration, rate }: LoadPlan): number {
  const inTime = duration === null ? Number.POSITIVE_INFINITY : Math.ceil((duration * rate) / 1_000);
  return Math.min(requests ?? Number.POSITIVE_INFINITY, inTime);
}

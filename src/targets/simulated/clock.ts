import { type Clock, type Instant, instant, invariant, type Millis, millis } from '#kernel';
import { createSleepers, type Sleeper } from './sleepers.ts';

/** A clock on which time passes only when nothing else is left to do, and then at once. */
export interface VirtualClock extends Clock {
  /** Milliseconds since the clock began. Steps of the wall clock do not touch it. */
  elapsed(): number;
  /** How many sleep. */
  pending(): number;
  /** Lets time pass up to `until`, or until nobody sleeps any more. */
  run(until?: Instant): Promise<void>;
  /** Lets time pass until the work has ended; rejects when nothing on this clock could end it any more. */
  until<T>(work: Promise<T>): Promise<T>;
  /** A fault: what `now` says jumps, back or forth. Who sleeps is not woken sooner or later for it. */
  stepWall(by: number): void;
}

/** Real turns of the event loop that work outside this clock is given before the clock calls it stuck. */
const patience = 1_000;
/** So often the event loop of the process gets a turn, so that timers and signals of the host are heard. */
const jumpsPerTurn = 1_024;

/**
 * Counts whole milliseconds. Time jumps to the next sleeper once every promise that could settle has settled. With `runs: 'always'` it does so by
 * itself whenever somebody sleeps; else only within `run` and `until`.
 */
export function createVirtualClock(
  start: Instant,
  { runs = 'whenAsked' }: { readonly runs?: 'always' | 'whenAsked' } = {},
): VirtualClock {
  const sleepers = createSleepers();
  const bySignal = new WeakMap<AbortSignal, Set<Sleeper>>();
  const waiting = new Set<Waiting>();
  let now = 0;
  let wall: number = start;
  let pumping = false;
  let jumps = 0;
  let idleTurns = 0;

  function sleep(wait: Millis, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const mine = signal === undefined ? undefined : sleepersOf(signal);
      const sleeper = sleepers.add(now + Math.ceil(wait), () => {
        mine?.delete(sleeper);
        resolve();
      });
      mine?.add(sleeper);
      if (runs === 'always') pump();
    });
  }

  /** One listener per signal, however often somebody sleeps under it: a loop sleeps under the same one for days. */
  function sleepersOf(signal: AbortSignal): Set<Sleeper> {
    const known = bySignal.get(signal);
    if (known !== undefined) return known;
    const mine = new Set<Sleeper>();
    bySignal.set(signal, mine);
    signal.addEventListener('abort', () => wakeAll(mine), { once: true });
    return mine;
  }

  function wakeAll(mine: ReadonlySet<Sleeper>): void {
    for (const sleeper of mine) {
      sleepers.remove(sleeper);
      sleeper.wake();
    }
  }

  function pump(): void {
    if (pumping) return;
    pumping = true;
    whenSettled(turn);
  }

  function turn(): void {
    settleWaiting();
    const goesOn = waiting.size > 0 || (runs === 'always' && sleepers.size() > 0);
    pumping = goesOn;
    if (!goesOn) return;
    jump();
    whenSettled(turn);
  }

  function jump(): void {
    const next = sleepers.nextAt();
    if (next === undefined) return;
    now = next;
    sleepers.wakeNext();
  }

  function settleWaiting(): void {
    idleTurns = sleepers.size() > 0 ? 0 : idleTurns + 1;
    for (const each of waiting)
      if (each.isOver() || idleTurns > patience) {
        waiting.delete(each);
        each.end(each.isOver());
      }
  }

  /**
   * A tick that is asked for in a microtask begins when no microtask is left: everything that awaits has got as far as it
   * can. That is cheaper than a turn of the event loop, which comes only now and then.
   */
  function whenSettled(then: () => void): void {
    jumps += 1;
    if (sleepers.size() === 0 || jumps % jumpsPerTurn === 0) setImmediate(then);
    else queueMicrotask(() => process.nextTick(then));
  }

  function wait(isOver: () => boolean): Promise<boolean> {
    idleTurns = 0;
    return new Promise((end) => {
      waiting.add({ isOver, end });
      pump();
    });
  }

  async function until<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => (settled = true);
    void work.then(settle, settle);
    const ended = await wait(() => settled);
    invariant(ended, 'what is waited for on a virtual clock depends on somebody who sleeps on it');
    return work;
  }

  return {
    now: () => instant(wall + now),
    elapsed: () => now,
    pending: () => sleepers.size(),
    sleep,
    until,
    async run(end) {
      if (end === undefined) await wait(() => sleepers.size() === 0);
      else await until(sleep(millis(Math.max(0, end - wall - now))));
    },
    stepWall(by) {
      wall += by;
    },
  };
}

interface Waiting {
  isOver(): boolean;
  end(over: boolean): void;
}

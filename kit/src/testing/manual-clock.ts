import type { Clock } from '../clock.ts';

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves time on by `ms`: what sleeps until then wakes in order, and gets its turn. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function manualClock(start = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let now = start;
  let sleepers: Sleeper[] = [];

  return {
    now: () => now,

    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper: Sleeper = { at: now + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', wake);
      }),

    async advance(ms) {
      const end = now + ms;
      await turn();
      for (;;) {
        const [next] = sleepers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        next.wake();
        await turn();
      }
      now = end;
      await turn();
    },
  };
}

/** Lets everything run that was promised. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

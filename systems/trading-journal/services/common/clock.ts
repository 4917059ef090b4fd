/** What a service may know of time, in milliseconds. The system's clock is handed out by the mains only. */
export interface Clock {
  now(): number;
  /** Resolves after `wait`, or at once (without an error) when `signal` is aborted. */
  sleep(wait: number, signal?: AbortSignal): Promise<void>;
}

/** A source of chance: numbers in [0, 1). */
export type Random = () => number;

export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    sleep: (wait, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, wait);
        signal?.addEventListener('abort', done);
      }),
  };
}

/** Does `work` again and again with `wait` between, until `signal` is aborted. What fails is told, and tried again. */
export async function repeat(
  { clock, wait, signal }: { clock: Clock; wait: number; signal: AbortSignal },
  work: () => Promise<void>,
  onFailure: (reason: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch(onFailure);
    await clock.sleep(wait, signal);
  }
}

/** A generator for simulations and faults that gives the same numbers for the same seed (mulberry32, Tommy Ettinger). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

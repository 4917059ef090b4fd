import type { Clock } from './clock.ts';
import { fail, type Result } from './result.ts';

export interface Breaker {
  /** Does the work, unless the last calls failed. Failure of its own: `breaker_open`. */
  run<T>(work: () => Promise<Result<T>>): Promise<Result<T>>;
  state(): 'closed' | 'open' | 'halfOpen';
}

/**
 * Opens after `failures` failures in a row and then refuses at once; after `openMillis` one trial is let through, and its
 * result closes or opens it again. `counts` tells which failures are those of the other side: a refused request is not.
 */
export function createBreaker(options: {
  readonly clock: Clock;
  readonly counts: (code: string) => boolean;
  readonly failures?: number;
  readonly openMillis?: number;
}): Breaker {
  const { clock, counts, failures = 5, openMillis = 30_000 } = options;
  let inARow = 0;
  let openedAt: number | null = null;
  let isTrying = false;

  const state = () => {
    if (openedAt === null) return 'closed';
    return clock.now() - openedAt >= openMillis ? 'halfOpen' : 'open';
  };

  return {
    state,
    async run(work) {
      const before = state();
      if (before === 'open' || (before === 'halfOpen' && isTrying)) {
        return fail('breaker_open', 'The last calls failed; the next trial comes within 30 seconds.');
      }
      const isTrial = before === 'halfOpen';
      if (isTrial) isTrying = true;
      try {
        const result = await work();
        const isBad = !result.ok && counts(result.code);
        inARow = isBad ? inARow + 1 : 0;
        if (isBad && (isTrial || inARow >= failures)) openedAt = clock.now();
        else if (!isBad) openedAt = null;
        return result;
      } finally {
        if (isTrial) isTrying = false;
      }
    },
  };
}

/** Tries again after each wait, as long as the failure is one that may pass. */
export async function retry<T>(
  options: {
    readonly clock: Clock;
    readonly waits: readonly number[];
    readonly mayPass: (code: string) => boolean;
    readonly signal?: AbortSignal;
  },
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  let result = await work();
  for (const wait of options.waits) {
    if (result.ok || !options.mayPass(result.code) || options.signal?.aborted === true) return result;
    await options.clock.sleep(wait, options.signal);
    result = await work();
  }
  return result;
}

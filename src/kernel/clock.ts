import type { Instant, Millis } from './units.ts';

/** What the rest of the program may know of time. The system's clock is created in `main.ts` only. */
export interface Clock {
  now(): Instant;
  /** Resolves after `wait`, or at once (without an error) when `signal` is aborted. */
  sleep(wait: Millis, signal?: AbortSignal): Promise<void>;
}

import type { Clock, Millis, Random } from '#kernel';
import type { Phase } from './files.ts';

/** What the runner is asked to do. */
export interface Ask {
  readonly phase: Phase;
  /** The folder that holds `expand`, `backfill` and `contract`. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** Longest wait for another runner to end, and for one lock of a table. */
  readonly lockTimeout: Millis;
  /** Further attempts at a file whose locks were not to be had. */
  readonly lockRetries: number;
  /** Longest time one statement may take. */
  readonly statementTimeout: Millis;
  /** Rest between two batches of a backfill. */
  readonly batchPause: Millis;
}

/** What the runner prints: a line of its log, or how far a backfill is. */
export type Line =
  | { readonly message: string }
  | { readonly resume: string; readonly done: number; readonly of?: number };

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly say: (line: Line) => void;
  /** Aborted when the runner is told to stop: it ends between two files or two batches. */
  readonly stopping: AbortSignal;
}

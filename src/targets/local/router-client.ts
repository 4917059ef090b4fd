import type { Clock, Random, Result } from '#kernel';
import type { DrainOutcome, DrainRequest, RouterState, RouterTable } from '#router';

/** What this target uses of the running router; `startRouter` of `#router` gives one. */
export interface RouterClient {
  state(): Promise<Result<RouterState>>;
  /** Resolves when the router routes by this table. */
  setTable(table: RouterTable): Promise<Result<{ readonly version: number; readonly generation: number }>>;
  drain(request: DrainRequest, signal: AbortSignal): Promise<Result<DrainOutcome>>;
  stop(): Promise<Result<null>>;
  isRunning(): boolean;
}

/** Starts the router of an environment, or finds again the one that runs. */
export type RouterStarter = (options: {
  folder: string;
  /** Threads that take requests. */
  workers: number;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}) => Promise<Result<RouterClient>>;

import {
  BreakerOpenError,
  type Clock,
  createPolicy,
  type Log,
  type Metrics,
  TimeoutError,
} from 'fairway-kit';
import { type Database, DatabaseAwayError, type Queries } from 'fairway-kit/postgres';

/** The database as one that may be away for some seconds while its standby takes over. */
export interface SteadyDatabase {
  /** Tried again until the database is back or some six seconds are over. */
  readonly read: <T>(work: (queries: Queries) => Promise<T>) => Promise<T>;
  /**
   * One transaction. Tried again only when it had not begun: of a commit whose answer was lost nobody knows whether it
   * happened, so it is the caller who asks again, with the same Idempotency-Key.
   */
  readonly write: <T>(work: (tx: Queries) => Promise<T>) => Promise<T>;
}

const waits = [0, 300, 1_500, 4_000]; // before the first attempt and before each further one, in milliseconds

export function createSteadyDatabase(
  database: Database,
  world: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): SteadyDatabase {
  // Reads have no breaker: it would refuse them during the very seconds in which waiting helps.
  const reads = createPolicy(
    { name: 'database-reads', retries: { most: 3, waits }, breaker: null, counts: isAway },
    world,
  );
  const writes = createPolicy(
    {
      name: 'database-writes',
      retries: { most: 1, waits },
      breaker: { failures: 5, halfOpenAfter: 1_000 },
      counts: isAway,
    },
    world,
  );

  return {
    read: (work) => reads.run(() => work(database)),

    write(work) {
      let hasBegun = false;
      const transaction = () =>
        database.transaction((tx) => {
          hasBegun = true;
          return work(tx);
        });
      return writes.run(transaction, { mayRetry: () => !hasBegun });
    },
  };
}

/** SQLSTATE of a server that is still a standby, as the one that takes over is for a moment. */
const readOnly = '25006';

/** Whether a failure says that the store is away for now: 503, try again. */
export const isAway = (reason: unknown): boolean =>
  reason instanceof BreakerOpenError ||
  reason instanceof TimeoutError ||
  reason instanceof DatabaseAwayError ||
  (reason instanceof Error && 'code' in reason && reason.code === readOnly);

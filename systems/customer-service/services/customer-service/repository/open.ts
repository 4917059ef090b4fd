import {
  type Clock,
  type IdempotencyStore,
  type Log,
  memoryStore,
  type Metrics,
  postgresStore,
  type ReadyCheck,
} from 'fairway-kit';
import { createDatabase, type Database } from 'fairway-kit/postgres';
import { createMemoryRepository } from './memory.ts';
import { createPostgresRepository } from './postgres.ts';
import type { Repository } from './repository.ts';
import { createSteadyDatabase, isAway } from './steady.ts';

export interface Opened {
  readonly repository: Repository;
  readonly idempotencyStore: IdempotencyStore;
  readonly ready: Readonly<Record<string, ReadyCheck>>;
  close(): Promise<void>;
}

/**
 * The database, or the memory of this process where none is found and that is allowed. Decided once: what has begun with the
 * database waits for it whenever it is away, and never goes on with something else.
 */
export async function openRepository(
  settings: {
    readonly databaseUrl: string | null;
    readonly databaseFallback: 'none' | 'memory';
    readonly databasePatience: number;
    readonly poolSize: number;
  },
  world: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): Promise<Opened> {
  const { databaseUrl: url, databaseFallback, databasePatience, poolSize } = settings;
  const mayFallBack = databaseFallback === 'memory';
  if (url === null) {
    if (mayFallBack) return inMemory(world.log, 'DATABASE_URL is not set');
    throw new Error('DATABASE_URL is not set; without a database start with DATABASE_FALLBACK=memory.');
  }
  const database = createDatabase({ url, poolSize }, { ...world, name: 'customer-service' });
  const reason = await waitFor(database, databasePatience, world.clock);
  if (reason === null) {
    const repository = createPostgresRepository(createSteadyDatabase(database, world));
    const ready = { database: () => database.ready() };
    // Through the database rather than its pool, so that one that is away is told as such here too.
    const query = async (text: string, values: unknown[]) => ({ rows: await database.query(text, values) });
    return { repository, idempotencyStore: postgresStore({ query }), ready, close: () => database.close() };
  }
  await database.close();
  if (mayFallBack && isAway(reason)) return inMemory(world.log, 'no database was found');
  throw reason;
}

/** Null once the schema is there to be used; the last reason when it is not in time. */
async function waitFor(database: Database, patience: number, clock: Clock): Promise<Error | null> {
  const until = clock.now() + patience;
  for (;;) {
    const reason = await database.query('SELECT 1 FROM idempotency_keys LIMIT 1').then(
      () => null,
      (failure: unknown) => (failure instanceof Error ? failure : new Error(String(failure))),
    );
    if (reason === null || !isAway(reason) || clock.now() >= until) return reason;
    await clock.sleep(250);
  }
}

function inMemory(log: Log, because: string): Opened {
  log.warning('all is kept in memory and gone with this process', { because });
  return {
    repository: createMemoryRepository(),
    idempotencyStore: memoryStore(),
    ready: {},
    close: async () => undefined,
  };
}

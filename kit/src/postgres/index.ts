import pg from 'pg';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { oncePer } from '../once.ts';
import { messageOf } from '../reason.ts';

/** What both a database and a transaction can do. */
export interface Queries {
  /** The rows. Rejects with `DatabaseAwayError`, or with the driver's error, whose `code` is the SQLSTATE. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queries {
  /** Runs `work` in one transaction on one connection; a rejection rolls back, and so does a statement that failed. */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  /** For readiness: rejects unless the server answers. */
  readonly ready: () => Promise<unknown>;
  /** For libraries that want the driver's own pool. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** Times in milliseconds. */
export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize?: number;
  /** The server ends a statement that runs longer. */
  readonly statementTimeout?: number;
  /** For a new connection, and for one of the pool to become free. */
  readonly connectTimeout?: number;
}

export interface DatabaseWorld {
  readonly log: Log;
  readonly metrics?: Metrics;
  /** Shown by the server, in logs and in metrics. */
  readonly name?: string;
}

/**
 * A pool of connections that comes back by itself: a lost connection is told once in the log and replaced by the next
 * query. A query under way on it is rejected.
 */
export function createDatabase(options: DatabaseOptions, world: DatabaseWorld): Database {
  const { url, poolSize = 10, statementTimeout = 5_000, connectTimeout = 2_000 } = options;
  const { metrics, name = 'database' } = world;
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    statement_timeout: statementTimeout,
    // Only when the server itself is silent; its own answer has to have time to come.
    query_timeout: Math.ceil(statementTimeout + Math.max(100, statementTimeout * 0.08)),
    idle_in_transaction_session_timeout: 2 * statementTimeout,
    keepAlive: true,
    application_name: name,
  });
  const tell = watch(pool, { log: world.log, name, poolSize });
  if (metrics !== undefined) poolsOf(metrics).set(name, pool);

  const lend = lender(pool, tell);

  return {
    pool,
    query: (text, values) => lend((run) => queryWith(run)(text, values)),
    transaction: (work) => lend((run, isUsable) => inTransaction(run, isUsable, work)),
    ready: () => lend((run) => run('SELECT 1')),
    close: () => pool.end(),
  };
}

type Tell = <T>(work: Promise<T>) => Promise<T>;
type Run = (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>;

/**
 * Lends a connection for some work. It goes back into the pool unless it broke: the pool's own `query` would throw it away
 * after any error, also for a row that is there already.
 */
function lender(pool: pg.Pool, tell: Tell) {
  return async <T>(work: (run: Run, isUsable: () => boolean) => Promise<T>): Promise<T> => {
    const client = await tell(pool.connect());
    let broken: Error | undefined;
    const onLost = (reason: Error) => (broken = reason);
    client.on('error', onLost); // a connection that is lost while it is lent tells its holder, not the pool
    const run: Run = (text, values = []) =>
      tell(client.query(text, [...values])).catch((reason: Error) => {
        // Without an answer the connection may still be busy with the statement: nothing more can be asked on it.
        if (!(reason instanceof pg.DatabaseError)) broken = reason;
        throw reason;
      });
    try {
      return await work(run, () => broken === undefined);
    } finally {
      client.off('error', onLost);
      client.release(broken);
    }
  };
}

async function inTransaction<T>(
  run: Run,
  isUsable: () => boolean,
  work: (tx: Queries) => Promise<T>,
): Promise<T> {
  try {
    await run('BEGIN');
    const result = await work({ query: queryWith(run) });
    const { command } = await run('COMMIT');
    // A server answers so when a statement failed and `work` went on as if nothing was: nothing of it is kept.
    if (command === 'ROLLBACK')
      throw new Error('the transaction was rolled back: one of its statements failed');
    return result;
  } catch (reason) {
    if (isUsable()) await run('ROLLBACK').catch(() => undefined); // the connection ends with the loan then
    throw reason;
  }
}

const queryWith =
  (run: Run): Queries['query'] =>
  async <Row extends object>(text: string, values?: readonly unknown[]) =>
    (await run(text, values)).rows as Row[];

/** The database cannot be reached now, or does not answer: 503 rather than 500. */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';
  readonly code = 'database_away';
}

/** What a server sends that takes leave or does not let anybody in yet, by SQLSTATE: shutdown, crash, start, connections. */
const leave = /^(57P0[123]|08|53300)/;

const isAway = (reason: unknown): boolean =>
  reason instanceof pg.DatabaseError ? leave.test(reason.code ?? '') : reason instanceof Error;

/** What the pool says when none of its connections became free. */
const waitedOver = /timeout exceeded when trying to connect/;

/** Tells once that the server is away and once that it is back, however many connections notice. */
function watch(
  pool: pg.Pool,
  { log, name, poolSize }: { readonly log: Log; readonly name: string; readonly poolSize: number },
): Tell {
  let isLost = false;
  const lost = (reason: unknown) => {
    if (!isLost) log.warning('database was lost', { database: name, reason });
    isLost = true;
  };
  pool.on('error', lost);
  return async (work) => {
    try {
      const value = await work;
      if (isLost) log.info('database is back', { database: name });
      isLost = false;
      return value;
    } catch (reason) {
      if (!isAway(reason)) throw reason;
      // All connections in use for too long: the caller cannot be served now, but the server is well.
      const isBusy = pool.totalCount >= poolSize && waitedOver.test(messageOf(reason));
      if (!isBusy) lost(reason);
      throw new DatabaseAwayError(messageOf(reason), { cause: reason });
    }
  };
}

const poolsOf = oncePer((metrics: Metrics) => {
  const pools = new Map<string, pg.Pool>();
  metrics.gauge('db_pool_connections', 'Connections of the database pool.', () =>
    [...pools].flatMap(([database, { idleCount, totalCount, waitingCount }]) => [
      { labels: { database, state: 'idle' }, value: idleCount },
      { labels: { database, state: 'used' }, value: totalCount - idleCount },
      { labels: { database, state: 'awaited' }, value: waitingCount },
    ]),
  );
  return pools;
});

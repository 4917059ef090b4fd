import pg from 'pg';
import type { Metrics } from './metrics.ts';

/** What both a pool and a transaction can do. */
export interface Queries {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
}

export interface Database extends Queries {
  /** Runs `work` in one transaction on one connection; a rejection rolls back. */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const patience = 5_000; // milliseconds for a statement, and for getting a connection

export function openDatabase(options: {
  readonly url: string;
  readonly poolSize: number;
  readonly name: string;
  readonly metrics: Metrics;
  /** A connection that nobody uses broke; the pool replaces it. */
  readonly onLost: (reason: Error) => void;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: patience,
    statement_timeout: patience,
    query_timeout: patience + 1_000, // only when the server itself is silent
    idle_in_transaction_session_timeout: 2 * patience,
    application_name: options.name,
  });
  pool.on('error', options.onLost);
  options.metrics.gauge('db_pool_connections', 'Connections of the database pool.', () => [
    { labels: { state: 'idle' }, value: pool.idleCount },
    { labels: { state: 'used' }, value: pool.totalCount - pool.idleCount },
    { labels: { state: 'awaited' }, value: pool.waitingCount },
  ]);

  return {
    query: (text, values) => pool.query(text, values),

    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      // A connection that is lost while it is lent tells its holder, not the pool.
      const onError = (reason: Error) => (broken = reason);
      client.on('error', onError);
      try {
        await client.query('BEGIN');
        const result = await work({ query: (text, values) => client.query(text, values) });
        await client.query('COMMIT');
        return result;
      } catch (reason) {
        await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
        throw reason;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },

    close: () => pool.end(),
  };
}

import pg from 'pg';
import { err, ok, type Result } from '#kernel';
import { unreachable } from './problems.ts';

/** Runs one statement and gives its rows; rejects as pg does. */
export type Query = <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;

/** One connection, of which the lock of the runner is a part: it is freed when the process dies. */
export interface Session {
  readonly query: Query;
  /** Rows with all values as the server wrote them, and the names of the columns. */
  raw(
    text: string,
    values: unknown[],
  ): Promise<{ rows: Readonly<Record<string, string | null>>[]; columns: string[] }>;
  /** Undoes what a file has set for the session. Locks stay. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export const applicationName = 'fairway-migrate';

/** Failures: `migration_database_unreachable`, `migration_database_refused`. */
export async function openSession(url: string, connectTimeout: number): Promise<Result<Session>> {
  let client: pg.Client | null = null;
  try {
    client = new pg.Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: Math.max(1_000, connectTimeout),
      keepAlive: true,
    });
    client.on('error', () => undefined); // whoever asks next hears of it
    await client.connect();
    return await settled(client);
  } catch (reason) {
    // Not awaited: a connection that never came about may never end either. But left open it would keep the process alive.
    void client?.end().catch(() => undefined);
    return err(unreachable(reason));
  }
}

async function settled(client: pg.Client): Promise<Result<Session>> {
  const settle = async () => {
    await client.query('RESET SESSION AUTHORIZATION');
    await client.query('RESET ALL');
    // Without this the server would finish a long statement of a runner that was killed, and hold its locks so long.
    // Not every system can watch its connections; then it is as without.
    await client.query("SET client_connection_check_interval = '1s'").catch(() => undefined);
  };
  await settle();
  return ok({
    settle,
    query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await client.query<Row>(text, values)).rows,
    async raw(text, values) {
      const asWritten = { getTypeParser: () => (value: string) => value };
      const { rows, fields } = await client.query<Record<string, string | null>>({
        text,
        values,
        types: asWritten,
      });
      return { rows, columns: fields.map(({ name }) => name) };
    },
    close: () => client.end().catch(() => undefined),
  });
}

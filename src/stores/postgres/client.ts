import { Socket } from 'node:net';
import pg from 'pg';
import { fail, ok, type Result } from '#kernel';

/** How to log in to a Postgres on this machine. */
export interface Login {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Settings of the session, as on the command line: `-c name=value`. */
  readonly options?: string;
}

/**
 * Runs `work` over one connection, which is closed for certain afterwards. No step takes longer than `deadlineMillis`;
 * aborting the signal cuts the connection.
 * Failure: `postgres_not_answering` (facts: state, the SQLSTATE or the system's code; reason).
 */
export async function withConnection<T>(
  login: Login,
  deadlineMillis: number,
  work: (client: pg.Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<Result<T>> {
  const socket = new Socket();
  const cut = () => socket.destroy(new Error('it was cancelled'));
  if (signal?.aborted === true) return fail('postgres_not_answering', { state: 'none', reason: 'cancelled' });
  signal?.addEventListener('abort', cut);
  const client = new pg.Client({
    ...login,
    host: '127.0.0.1',
    ssl: false,
    stream: () => socket,
    connectionTimeoutMillis: deadlineMillis,
    query_timeout: deadlineMillis,
    application_name: 'fairway',
  });
  client.on('error', () => {}); // the query that runs fails as well, and tells
  try {
    await client.connect();
    const result = await work(client);
    await client.end();
    return ok(result);
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : 'none';
    return fail('postgres_not_answering', {
      state: code,
      reason: reason instanceof Error ? reason.message : '',
    });
  } finally {
    signal?.removeEventListener('abort', cut);
    socket.destroy(); // a server that hangs would keep it open for ever
  }
}

import { Socket } from 'node:net';
import pg from 'pg';
import { err, fail, type Failure, type Millis, ok, type Result } from '#kernel';
import { unavailable } from './failure.ts';

/** A statement that the server parses once per connection and knows by its name from then on. */
export interface Prepared {
  /** null: planned anew each time, for statements whose best plan depends on the values. */
  readonly name: string | null;
  readonly text: string;
}

/** A pool of connections to one database. */
export interface Database {
  /** Host, port and database: what may be shown. */
  readonly address: string;
  /** Rows of a statement. Failure: `store_unavailable`, then it is open whether a statement that writes has written. */
  query<Row extends object>(statement: Prepared, values: readonly unknown[]): Promise<Result<readonly Row[]>>;
  /** The same for a statement whose caller can do something about a refusal. */
  attempt<Row extends object>(
    statement: Prepared,
    values: readonly unknown[],
  ): Promise<Result<readonly Row[], Failure | Refusal>>;
  /** Several statements over one connection. Failure: `store_unavailable`. */
  session<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<Result<T>>;
  close(): Promise<void>;
}

/** The server undid the statement for certain and gives the reason as an SQLSTATE. */
export interface Refusal {
  readonly refused: 'FW001' | '40001' | '40P01';
  readonly detail: string;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Longest wait for a connection, and longest a single statement may take. */
  readonly deadline: Millis;
  /** Most connections at a time. */
  readonly connections: number;
}

/** Connects to nothing yet. Failure: `store_url_invalid`. */
export function createDatabase(options: DatabaseOptions): Result<Database> {
  const address = addressOf(options.url);
  return address === null ? fail('store_url_invalid') : ok(databaseAt(address, options));
}

function databaseAt(address: string, { url, deadline, connections }: DatabaseOptions): Database {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'fairway',
    max: connections,
    connectionTimeoutMillis: deadline,
    // the server's own limit comes first and leaves the connection usable; this is for a server that hangs
    query_timeout: deadline + 1_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    stream: () => remembered(new Socket(), sockets),
  });
  // a broken connection fails the statement that runs on it and is replaced; there is nothing else to do
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const ready = new WeakSet<pg.ClientBase>();
  let open = true;

  async function attempt<T>(
    work: (client: pg.PoolClient) => Promise<T>,
  ): Promise<Result<T, Failure | Refusal>> {
    if (!open) return unavailable(address, 'it was closed');
    let client: pg.PoolClient | null = null;
    try {
      client = await pool.connect();
      if (!ready.has(client)) await setUp(client, deadline);
      ready.add(client);
      const done = await work(client);
      client.release();
      return ok(done);
    } catch (reason) {
      const refusal = refusalOf(reason);
      client?.release(refusal === null); // in doubt the connection is dropped: an answer may still be under way
      return refusal === null ? unavailable(address, reasonOf(reason)) : err(refusal);
    }
  }
  const attemptStatement = <Row extends object>(statement: Prepared, values: readonly unknown[]) =>
    attempt<readonly Row[]>(async (client) => (await client.query<Row>(configOf(statement, values))).rows);

  return {
    address,
    attempt: attemptStatement,
    query: async <Row extends object>(statement: Prepared, values: readonly unknown[]) =>
      withoutRefusal(await attemptStatement<Row>(statement, values), address),
    session: async (work) => withoutRefusal(await attempt(work), address),
    async close() {
      if (!open) return;
      open = false;
      const ended = pool.end();
      for (const socket of sockets) socket.setTimeout(deadline, () => socket.destroy()); // a server that hangs
      await ended; // connections say good-bye; what they run is finished first
      await Promise.all([...sockets].map((socket) => new Promise((closed) => socket.once('close', closed))));
    },
  };
}

function withoutRefusal<T>(answer: Result<T, Failure | Refusal>, address: string): Result<T> {
  if (answer.ok) return answer;
  return 'refused' in answer.error ? unavailable(address, answer.error.refused) : err(answer.error);
}

const configOf = ({ name, text }: Prepared, values: readonly unknown[]) =>
  name === null ? { text, values: [...values] } : { name, text, values: [...values] };

/**
 * What the store's promises rest on, said to each new connection whatever the database's defaults are. A stricter
 * `synchronous_commit` than "on" stays; without waiting for the disk an acknowledged commit could be lost.
 */
async function setUp(client: pg.ClientBase, deadline: Millis): Promise<void> {
  await client.query(
    `SELECT set_config('default_transaction_isolation', 'read committed', false),
       set_config('statement_timeout', $1, false),
       set_config('idle_in_transaction_session_timeout', $1, false),
       CASE WHEN current_setting('synchronous_commit') <> 'remote_apply'
         THEN set_config('synchronous_commit', 'on', false) END`,
    [String(Math.ceil(deadline))],
  );
}

function remembered(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

const refusals: readonly string[] = ['FW001', '40001', '40P01'] satisfies readonly Refusal['refused'][];

function refusalOf(reason: unknown): Refusal | null {
  if (!(reason instanceof pg.DatabaseError) || !refusals.includes(reason.code ?? '')) return null;
  return { refused: reason.code as Refusal['refused'], detail: reason.detail ?? '' };
}

/** Several addresses of one host that all refuse come as one error without a message. */
function reasonOf(reason: unknown): string {
  if (reason instanceof AggregateError) return reason.errors.map(reasonOf).join(', ');
  return reason instanceof Error ? reason.message : String(reason);
}

/**
 * `postgres://host:port/database`; null for what is no address of a Postgres. An "@" behind the host means that a
 * password with "/", "?" or "#" was not encoded, and that the parts of it now stand elsewhere: it is not shown either.
 */
function addressOf(url: string): string | null {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol)) return null;
  const { host, pathname, search, hash } = parsed;
  return `${pathname}${search}${hash}`.includes('@') ? null : `postgres://${host}${pathname}`;
}

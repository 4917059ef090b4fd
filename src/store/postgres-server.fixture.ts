import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Clock, instant } from '#kernel';
import { createEmbeddedStore } from '#stores';

/** A real Postgres of its own for a test file, with one database. */
export interface TestServer {
  /** As the binding says it, password included. */
  readonly url: string;
  /** Runs statements as another program that is logged in to the database would; rows of the last one. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Removes everything that a store wrote. */
  empty(): Promise<void>;
  /** The server's main process. */
  pid(): number;
  /** Starts it again after a kill; it comes back at its port. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

const never = new AbortController().signal;
const clock: Clock = {
  now: () => instant(performance.timeOrigin + performance.now()),
  sleep: (wait) => new Promise((resolve) => setTimeout(resolve, wait)),
};

export async function startServer(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-postgres-store-'));
  chmodSync(folder, 0o755); // the server does not run as root
  const server = createEmbeddedStore({
    spec: { kind: 'postgres', name: 'db', version: null, database: 'fairway' },
    folder: join(folder, 'db'),
    clock,
    random: Math.random,
  });
  const bound = async () => {
    const binding = await server.ensure(never);
    if (!binding.ok) throw new Error(JSON.stringify(binding.error));
    return binding.value.env['URL'] ?? '';
  };
  const url = await bound();
  const query: TestServer['query'] = async (text, values = []) => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {}); // the query that runs fails as well, and tells
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  return {
    url,
    query,
    empty: async () => void (await query('DROP SCHEMA IF EXISTS fairway CASCADE')),
    pid() {
      const state = JSON.parse(readFileSync(join(folder, 'db', 'state.json'), 'utf8')) as {
        readonly process: { readonly pid: number };
      };
      return state.process.pid;
    },
    async start() {
      if ((await bound()) !== url) throw new Error('the server came back at another address');
    },
    async dispose() {
      await server.stop(never);
      await server.erase();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

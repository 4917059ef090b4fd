import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { instant } from '#kernel';
import { createEmbeddedStore } from '#stores';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const calm = new AbortController().signal;
const wait = (length: number) => new Promise<void>((resolve) => setTimeout(resolve, length));

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly lines: readonly { message?: string; resume?: string; done?: number; of?: number }[];
  /** All messages, one per line. */
  readonly said: string;
}

/** A real Postgres for a file of tests; each test has an empty database and an empty folder. */
export function useTestbed() {
  let database: pg.Pool;
  let url = '';
  let folder = '';
  let root = '';
  let stop = async () => {};
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'fairway-migrate-'));
    chmodSync(root, 0o755); // Postgres does not run as root
    const store = createEmbeddedStore({
      spec: { kind: 'postgres', name: 'database', version: null, database: 'shop' },
      folder: join(root, 'store'),
      clock: {
        now: () => instant(Date.now()),
        sleep: wait,
      },
      random: Math.random,
    });
    stop = async () => {
      await store.stop(calm);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    };
    const binding = await store.ensure(calm);
    if (!binding.ok) throw new Error(JSON.stringify(binding.error));
    url = binding.value.env['URL'] ?? '';
    database = new pg.Pool({ connectionString: url, max: 6, application_name: 'a test' });
    database.on('error', () => undefined);
  });
  beforeEach(async () => {
    await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    folder = mkdtempSync(join(root, 'files-'));
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await database.end();
    await stop();
  });

  function start(phase: string, options: readonly string[] = [], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [program, phase, folder, ...options], {
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<Run>((resolve) =>
      child.once('close', (code, signal) => {
        children.delete(child);
        const lines = output
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as Run['lines'][number]);
        const said = lines.flatMap(({ message }) => message ?? []).join('\n');
        resolve({ code, signal, output, lines, said });
      }),
    );
    return { child, ended, output: () => output };
  }

  return {
    url: () => url,
    folder: () => folder,
    /** Files by path: `{ 'expand/001-a.sql': 'CREATE …' }`. */
    write(files: Readonly<Record<string, string>>) {
      for (const [path, sql] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), sql);
      }
    },
    start,
    run: (phase: string, options?: readonly string[], env?: Record<string, string>) =>
      start(phase, options, env).ended,
    async rows<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
      return (await database.query<Row>(sql, values)).rows;
    },
    /** Somebody with a transaction of his own. */
    async session() {
      const client = await database.connect();
      return {
        query: async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[],
        end: () => client.release(true),
      };
    },
  };
}

/** Looks again and again until there is something. */
export async function eventually<T>(look: () => Promise<T> | T, what: string): Promise<NonNullable<T>> {
  const until = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > until) throw new Error(`did not come about: ${what}`);
    await wait(20);
  }
}

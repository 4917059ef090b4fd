import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Database, Queries } from 'fairway-kit/postgres';
import { fail, ok, type Result } from '../common/result.ts';

const folder = new URL('migrations/expand/', import.meta.url);
/** The lock and the table are those of Fairway's runner, so that core and a task never apply the same file twice. */
const lock = [1_179_665_271, 1] as const;
const createLedger = `CREATE TABLE IF NOT EXISTS fairway_migrations (
  phase text NOT NULL, name text NOT NULL, checksum text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(), applied_at timestamptz,
  took_millis bigint NOT NULL DEFAULT 0, cursor text, done bigint NOT NULL DEFAULT 0, total bigint,
  PRIMARY KEY (phase, name))`;

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** What this version of core needs: the files of expand, in the order of their numbers. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })),
  );
}

/**
 * Whether the schema is at least what this version needs; what only a newer version knows is left alone. Failures:
 * `schema_behind` when a task of the release should have applied something first, `migration_changed`.
 */
export async function checkSchema(
  database: Queries,
  migrations: readonly Migration[],
): Promise<Result<readonly string[]>> {
  const missing = await missingOf(database, migrations);
  if (!missing.ok || missing.value.length === 0) return missing.ok ? ok([]) : missing;
  const names = missing.value.map(({ name }) => name).join(', ');
  return fail(
    'schema_behind',
    `The database lacks ${names}: run the phase expand of services/core/migrations first, or start core with MIGRATE_AT_START=true.`,
  );
}

/**
 * Applies what is missing of expand, once, however many replicas begin at the same moment; gives the names. For places where
 * no release runs the phases as tasks: backfill and contract stay undone there. Failure: `migration_changed`.
 */
export async function applyMissing(
  database: Database,
  migrations: readonly Migration[],
): Promise<Result<readonly string[]>> {
  // Without the lock at first: a task may hold it through a long backfill, and a replica that restarts must not wait.
  const before = await missingOf(database, migrations);
  if (!before.ok || before.value.length === 0) return before.ok ? ok([]) : before;
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1, $2)', [...lock]);
    await tx.query(createLedger);
    const missing = await missingOf(tx, migrations);
    if (!missing.ok) return missing;
    for (const { name, sql } of missing.value) {
      await tx.query(sql);
      await tx.query(
        `INSERT INTO fairway_migrations (phase, name, checksum, applied_at)
         VALUES ('expand', $1, $2, clock_timestamp())`,
        [name, checksum(sql)],
      );
    }
    return ok(missing.value.map(({ name }) => name));
  });
}

async function missingOf(
  queries: Queries,
  migrations: readonly Migration[],
): Promise<Result<readonly Migration[]>> {
  const tables = await queries.query("SELECT 1 WHERE to_regclass('fairway_migrations') IS NOT NULL");
  if (tables.length === 0) return ok(migrations);
  const rows = await queries.query<{ name: string; checksum: string }>(
    `SELECT name, checksum FROM fairway_migrations WHERE phase = 'expand' AND applied_at IS NOT NULL`,
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const changed = migrations.find(({ name, sql }) => (applied.get(name) ?? checksum(sql)) !== checksum(sql));
  if (changed !== undefined) {
    return fail(
      'migration_changed',
      `${changed.name} was changed after it had been applied; write a new file.`,
    );
  }
  return ok(migrations.filter(({ name }) => !applied.has(name)));
}

const checksum = (sql: string) => createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');

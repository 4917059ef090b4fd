import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Database } from '../common/database.ts';
import { fail, ok, type Result } from '../common/result.ts';

const folder = new URL('migrations/', import.meta.url);
const lock = 7_402_561; // any number, as long as all versions of core use the same

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** The files of the folder, in the order of their numbers. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })),
  );
}

/**
 * Applies what is missing, once, however many replicas begin at the same moment; gives the names. Two versions of core
 * run side by side during a release, so a migration only ever adds, and names that only a newer version knows are left
 * alone. Failure: `migration_changed` when a file is not what was applied under its name.
 */
export function migrate(
  database: Database,
  migrations: readonly Migration[],
): Promise<Result<readonly string[]>> {
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [lock]);
    await tx.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations
         (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await tx.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migrations',
    );
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    const changed = migrations.find(
      ({ name, sql }) => (applied.get(name) ?? checksum(sql)) !== checksum(sql),
    );
    if (changed !== undefined) {
      return fail(
        'migration_changed',
        `${changed.name} was changed after it had been applied; write a new file.`,
      );
    }
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const { name, sql } of missing) {
      await tx.query(sql);
      await tx.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [name, checksum(sql)]);
    }
    return ok(missing.map(({ name }) => name));
  });
}

const checksum = (sql: string) => createHash('sha256').update(sql).digest('hex');

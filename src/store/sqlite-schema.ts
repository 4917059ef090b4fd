import type { DatabaseSync } from 'node:sqlite';
import { type Failure, fail } from '#kernel';

/** "Fwy1": marks a database file as ours, so that another program's file is never migrated. */
const applicationId = 0x46777931;

/** Each step is run once, in order, and never changed after it was released; `user_version` counts the steps done. */
const migrations: readonly string[] = [
  `CREATE TABLE stream (
     name TEXT PRIMARY KEY,
     sequence INTEGER NOT NULL,
     hash TEXT NOT NULL
   ) STRICT;
   CREATE TABLE entry (
     stream TEXT NOT NULL,
     sequence INTEGER NOT NULL CHECK (sequence > 0),
     at REAL NOT NULL,
     type TEXT NOT NULL,
     data TEXT NOT NULL,
     hash TEXT NOT NULL,
     PRIMARY KEY (stream, sequence)
   ) STRICT;
   CREATE TABLE document (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     version INTEGER NOT NULL CHECK (version > 0),
     format INTEGER NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (kind, key)
   ) STRICT;
   CREATE TABLE lease (
     name TEXT PRIMARY KEY,
     owner TEXT,
     epoch INTEGER NOT NULL,
     expires REAL NOT NULL
   ) STRICT;`,
];

/** The newest format this program writes. */
const storeFormat = migrations.length;

/**
 * Whether this program may use the file; only looks. Failures: `store_unreadable` (facts: file, reason) for a file of
 * another program, `store_format_newer` (facts: file, found, known).
 */
export function refusal(database: DatabaseSync, file: string): Failure | null {
  const found = numberOf(database, 'user_version');
  const ours = numberOf(database, 'application_id') === applicationId;
  if (!ours && (found > 0 || countTables(database) > 0)) {
    return fail('store_unreadable', { file, reason: 'it belongs to another program' }).error;
  }
  return found > storeFormat ? fail('store_format_newer', { file, found, known: storeFormat }).error : null;
}

/** Brings a database to the present format, inside the transaction of the caller. */
export function migrate(database: DatabaseSync): void {
  const found = numberOf(database, 'user_version');
  if (found === storeFormat) return;
  for (const step of migrations.slice(found)) database.exec(step);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${storeFormat}`);
}

function numberOf(database: DatabaseSync, pragma: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0);
}

function countTables(database: DatabaseSync): number {
  return Number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] ?? 0);
}

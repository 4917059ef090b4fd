import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, err, type Failure, fail, type Millis, millis, ok, type Result } from '#kernel';
import { unavailable } from './failure.ts';
import { migrate, refusal } from './sqlite-schema.ts';

/**
 * Opens or creates a database file for the owner's eyes only (mode 0600) and brings it to the present format.
 * `busyTimeout` is how long a lock of another process is waited for.
 * Failures: `store_unavailable`, `store_unreadable`, `store_format_newer`.
 */
export async function openDatabase(
  file: string,
  { clock, busyTimeout }: { clock: Clock; busyTimeout: Millis },
): Promise<Result<DatabaseSync>> {
  const until = clock.now() + busyTimeout;
  for (;;) {
    const opened = tryOpen(file, busyTimeout);
    // switching a new file to WAL is refused at once, without the busy timeout, while another process does the same
    if (opened !== 'busy') return opened;
    if (clock.now() >= until) return unavailable(file, 'another process keeps it locked');
    await clock.sleep(millis(20));
  }
}

function tryOpen(file: string, busyTimeout: Millis): Result<DatabaseSync> | 'busy' {
  let database: DatabaseSync | null = null;
  try {
    closeSync(openSync(file, 'a', 0o600));
    database = new DatabaseSync(file, { timeout: busyTimeout });
    const refused = refusal(database, file) ?? prepare(database, file);
    if (refused === null) return ok(database);
    database.close();
    return err(refused);
  } catch (reason) {
    if (database?.isOpen === true) database.close();
    return sqliteCode(reason) === busy ? 'busy' : err(openingFailure(file, reason));
  }
}

function prepare(database: DatabaseSync, file: string): Failure | null {
  chmodSync(file, 0o600); // before the side files (-wal, -shm) are made: SQLite gives them the same mode
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
  const refused = refusal(database, file); // another process may have been here since the first look
  if (refused === null) migrate(database);
  database.exec('COMMIT');
  return refused;
}

const [busy, corrupt, notADatabase] = [5, 11, 26];

/** What the disk or SQLite says, as a failure; anything else is a mistake of ours and thrown on. */
function openingFailure(file: string, reason: unknown): Failure {
  const code = sqliteCode(reason);
  if (!(reason instanceof Error) || (code === null && !('syscall' in reason))) throw reason;
  const damaged = code === corrupt || code === notADatabase;
  return damaged
    ? fail('store_unreadable', { file, reason: reason.message }).error
    : unavailable(file, reason.message).error;
}

/** The primary result code of SQLite (https://sqlite.org/rescode.html); null when the error is not SQLite's. */
export function sqliteCode(reason: unknown): number | null {
  if (!(reason instanceof Error) || !('errcode' in reason) || typeof reason.errcode !== 'number') return null;
  return reason.errcode & 0xff;
}

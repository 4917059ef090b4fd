import type { DatabaseSync } from 'node:sqlite';
import { type Clock, err, type Json, type Millis, ok, type Result, seconds } from '#kernel';
import type { Commit, Row, RowWrite, Store } from '#ports';
import { chain, emptyHead, firstMisfit, toJournalEntry } from './chain.ts';
import { rowConflict, StoreUnavailable, streamConflict, unavailable } from './failure.ts';
import { fenceFailure, grantLease } from './lease.ts';
import { checkName } from './name.ts';
import { openDatabase, sqliteCode } from './sqlite-open.ts';
import { prepareStatements, type Statements } from './sqlite-statements.ts';

/**
 * The embedded store: one SQLite file (WAL) that several processes of this machine may use at once. A commit that was
 * acknowledged survives a kill and a power cut (synchronous = FULL). After `store_unavailable` from `commit` the outcome
 * is open: read the stream's end before trying again. `clock` tells whether a fence holds; `busyTimeout` is how long
 * another process' lock is waited for, blocking.
 * Failures: `store_unavailable`, `store_unreadable`, `store_format_newer`.
 */
export async function openSqliteStore(
  file: string,
  { clock, busyTimeout = seconds(5) }: { clock: Clock; busyTimeout?: Millis },
): Promise<Result<Store>> {
  const database = await openDatabase(file, { clock, busyTimeout });
  return database.ok ? ok(storeOver(database.value, file, clock)) : database;
}

/** The store's behaviour over an opened database. */
export function storeOver(database: DatabaseSync, file: string, clock: Clock): Store {
  const statements = prepareStatements(database);
  const access = accessTo(database, file);

  return {
    async commit(commit) {
      return access.write(() => commitTo(statements, commit, clock));
    },
    async read(stream, after, limit) {
      checkName(stream);
      return access.read(() =>
        statements.entries(stream, after, limit).map((entry) => toJournalEntry(stream, entry)),
      );
    },
    async last(stream) {
      checkName(stream);
      return access.read(() => {
        const entry = statements.lastEntry(stream);
        return entry === null ? null : toJournalEntry(stream, entry);
      });
    },
    async row(kind, key) {
      return access.read(() => {
        const stored = statements.row(checkName(kind), checkName(key));
        return stored === null ? null : toRow(kind, stored);
      });
    },
    async rows(kind, prefix) {
      return access.read(() => statements.rows(checkName(kind), prefix).map((stored) => toRow(kind, stored)));
    },
    async verify(stream) {
      checkName(stream);
      return await firstMisfit(stream, (after, limit) =>
        access.snapshot(() => ({
          entries: statements.entries(stream, after, limit),
          head: statements.head(stream) ?? emptyHead,
        })),
      );
    },
    async acquire(name, owner, length, now) {
      checkName(owner);
      return access.write(() => {
        const granted = grantLease(statements.lease(checkName(name)), { name, owner, length, now });
        if (granted.ok) statements.putLease(granted.value);
        return granted;
      });
    },
    async giveUp(name, owner) {
      // a lease that cannot be given back now ends by itself
      access.write(() => ok(statements.giveUp(name, owner)));
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function commitTo(
  statements: Statements,
  commit: Commit,
  clock: Clock,
): Awaited<ReturnType<Store['commit']>> {
  const stream = checkName(commit.stream);
  if (commit.fence !== null) {
    const lease = statements.lease(checkName(commit.fence.lease));
    const fenced = fenceFailure(commit.fence, lease, clock.now());
    if (fenced !== null) return err(fenced);
  }
  const head = statements.head(stream) ?? emptyHead;
  if (head.sequence !== commit.expected) return streamConflict(stream, commit.expected, head.sequence);
  for (const write of commit.rows) {
    const found = statements.row(checkName(write.kind), checkName(write.key))?.version ?? 0;
    if (found !== write.expected) return rowConflict(write, found);
    writeRow(statements, write);
  }
  const added = chain(stream, head, commit.entries);
  for (const entry of added) statements.addEntry(stream, entry);
  const { sequence, hash } = added.at(-1) ?? head;
  if (added.length > 0) statements.putHead(stream, { sequence, hash });
  return ok({ sequence, hash });
}

function writeRow(statements: Statements, { kind, key, expected, format, value }: RowWrite): void {
  if (value === null) statements.deleteRow(kind, key);
  else statements.putRow(kind, { key, version: expected + 1, format, value });
}

function toRow(kind: string, stored: { key: string; version: number; format: number; value: string }): Row {
  return { kind, ...stored, value: JSON.parse(stored.value) as Json };
}

/** How a database is used: what SQLite says of the world becomes a failure, what we did wrong stays an exception. */
function accessTo(database: DatabaseSync, file: string) {
  const failed = (reason: unknown) => {
    if (!database.isOpen) return unavailable(file, 'it was closed');
    if (reason instanceof SyntaxError) return unavailable(file, `it holds damaged JSON: ${reason.message}`);
    if (reason instanceof Error && sqliteCode(reason) !== null) return unavailable(file, reason.message);
    throw reason;
  };
  const read = <T>(look: () => T): T => {
    try {
      return look();
    } catch (reason) {
      throw new StoreUnavailable(failed(reason).error);
    }
  };
  return {
    read,
    /** Several reads of one moment. */
    snapshot: <T>(look: () => T): T => read(() => inTransaction(database, 'BEGIN', look, () => true)),
    /** All or nothing: a failure, returned or thrown, leaves the database as it was. */
    write<T>(act: () => Result<T>): Result<T> {
      try {
        return inTransaction(database, 'BEGIN IMMEDIATE', act, (result) => result.ok);
      } catch (reason) {
        return failed(reason);
      }
    },
  };
}

function inTransaction<T>(
  database: DatabaseSync,
  begin: string,
  act: () => T,
  keeps: (done: T) => boolean,
): T {
  database.exec(begin);
  try {
    const done = act();
    database.exec(keeps(done) ? 'COMMIT' : 'ROLLBACK');
    return done;
  } finally {
    // SQLite ends a transaction by itself after some failures (disk full), not after all
    if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
  }
}

import { type Clock, err, type Json, type Millis, ok, type Result, seconds } from '#kernel';
import type { Row, Store } from '#ports';
import { emptyHead, firstMisfit, type Head, type StoredEntry, toJournalEntry } from './chain.ts';
import { StoreUnavailable, unavailable } from './failure.ts';
import { checkName } from './name.ts';
import { commitTo } from './postgres-commit.ts';
import { createDatabase, type Database } from './postgres-connection.ts';
import { rememberHeads } from './postgres-heads.ts';
import { acquireLease } from './postgres-lease.ts';
import { prepareSchema } from './postgres-schema.ts';
import { type Statements, type StoredRow, statementsOver } from './postgres-statements.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; parts are percent-encoded. */
  readonly url: string;
  /** Whose clock ends leases: the database's, or (for tests) this one together with the `now` of `acquire`. */
  readonly time?: 'server' | Clock;
  /** Longest wait for a connection, and longest a single statement may take. */
  readonly deadline?: Millis;
  /** Most connections at a time: so many commits run at once. */
  readonly connections?: number;
}

/**
 * The store of several controllers: the schema `fairway` in a Postgres (15 or newer), made and brought up to date here.
 *
 * Durability. A commit is one call of a function of the schema, so it is whole or not there; what was acknowledged is
 * on the server's disk. After `store_unavailable` from `commit` the outcome is open, and may even be decided later when
 * the server hung. Trying again with the same `expected` is always safe, since at most one of the two lands: answered
 * with `store_conflict`, read the stream's end and see whether the entries there are one's own.
 *
 * Time. Controllers' clocks may differ by any amount: with `time: 'server'` only the database's clock starts and ends
 * leases, and it is asked within the commit, so that a commit which was held up is judged by when it happens. The end
 * that `acquire` answers is on the caller's clock, its `now` plus what is left, and never later than the server's end.
 * What remains to rely upon is that clocks run at about the same speed for the length of a lease, and that a standby
 * which takes over has a clock that differs by less than a lease. With a clock of one's own, controllers' clocks must
 * differ by less than what a holder leaves unused of its lease.
 *
 * Connect directly or by a pooler in session mode: settings are made per connection.
 * Failures: `store_url_invalid`, `store_unavailable`, `store_unreadable`, `store_format_newer`, `store_encoding`.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Result<Store>> {
  const { url, time = 'server', deadline = seconds(5), connections = 8 } = options;
  const database = createDatabase({ url, deadline, connections });
  if (!database.ok) return database;
  const { address } = database.value;
  const prepared = await database.value.session((client) => prepareSchema(client, address));
  const failure = prepared.ok ? prepared.value : prepared.error;
  if (failure === null) return ok(storeOver(database.value, time));
  await database.value.close();
  return err(failure);
}

function storeOver(database: Database, time: 'server' | Clock): Store {
  const { address } = database;
  const statements = statementsOver(database);
  const heads = rememberHeads();
  const serverTime = time === 'server';
  const writerTime = () => (time === 'server' ? null : time.now());

  return {
    async commit(commit) {
      checkName(commit.stream);
      return await commitTo({ statements, heads, writerTime, address }, commit);
    },
    async read(stream, after, limit) {
      const found = await statements.entries(checkName(stream), after, limit);
      return shown(found, address, (entries) => entries.map((entry) => toJournalEntry(stream, entry)));
    },
    async last(stream) {
      const found = await statements.lastEntry(checkName(stream));
      return shown(found, address, (entry) => (entry === null ? null : toJournalEntry(stream, entry)));
    },
    async row(kind, key) {
      const found = await statements.row(checkName(kind), checkName(key));
      return shown(found, address, (stored) => (stored === null ? null : toRow(kind, stored)));
    },
    async rows(kind, prefix) {
      checkName(kind);
      if (prefix.includes('\0')) return []; // no name has it, and Postgres takes no such text
      const found = await statements.rows(kind, prefix);
      return shown(found, address, (rows) => rows.map((stored) => toRow(kind, stored)));
    },
    async verify(stream) {
      return await verifyStream(statements, checkName(stream), address);
    },
    async acquire(name, owner, length, now) {
      const request = { name: checkName(name), owner: checkName(owner), length, now };
      return await acquireLease(statements, request, { serverTime, address });
    },
    async giveUp(name, owner) {
      await statements.giveUp(name, owner); // a lease that cannot be given back now ends by itself
    },
    close: () => database.close(),
  };
}

const pageLength = 500;

/** Fetched page by page, since a statement has a deadline, and followed as a whole. */
async function verifyStream(statements: Statements, stream: string, address: string): Promise<number | null> {
  const all: StoredEntry[] = [];
  let end: Head;
  for (;;) {
    const found = await statements.page(stream, all.at(-1)?.sequence ?? 0, pageLength);
    const { entries, head } = shown(found, address, (page) => page);
    for (const entry of entries) all.push(entry);
    end = head ?? emptyHead;
    if (entries.length < pageLength) break;
  }
  // up to `after` the entries lie without a gap, or the first misfit would have been answered already
  return await firstMisfit(stream, (after, limit) => ({
    entries: all.slice(after, after + limit),
    head: end,
  }));
}

/** The value of a read as its caller wants it; what cannot be read becomes the rejection that reads answer. */
function shown<T, U>(found: Result<T>, address: string, show: (value: T) => U): U {
  if (!found.ok) throw new StoreUnavailable(found.error);
  try {
    return show(found.value);
  } catch (reason) {
    if (!(reason instanceof SyntaxError)) throw reason;
    throw new StoreUnavailable(unavailable(address, `it holds damaged JSON: ${reason.message}`).error);
  }
}

function toRow(kind: string, stored: StoredRow): Row {
  return { kind, ...stored, value: JSON.parse(stored.value) as Json };
}

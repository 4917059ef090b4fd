import { canonicalJson, invariant, ok, type Result } from '#kernel';
import type { Commit, Lease } from '#ports';
import type { Head, StoredEntry } from './chain.ts';
import type { StoredLease } from './lease.ts';
import { checkName } from './name.ts';
import type { Database, Prepared } from './postgres-connection.ts';
import { serverTime } from './postgres-functions.ts';

export interface StoredRow {
  readonly key: string;
  readonly version: number;
  readonly format: number;
  readonly value: string;
}

/** What fairway.commit answers; null when it was done. */
export type CommitAnswer =
  | { readonly outcome: 'behind'; readonly head: Head | null }
  | { readonly outcome: 'fenced'; readonly lease: StoredLease | null; readonly now: number };

export interface EntriesAndHead {
  readonly entries: readonly StoredEntry[];
  readonly head: Head | null;
}

export type Statements = ReturnType<typeof statementsOver>;

/** Every statement of the store, with the types of what it takes and gives. Failure of each: `store_unavailable`. */
export function statementsOver(database: Database) {
  const rowsOf = <Row extends object>(statement: Prepared, ...values: unknown[]) =>
    database.query<Row>(statement, values);
  const rowOf = async <Row extends object>(statement: Prepared, ...values: unknown[]) => {
    const rows = await database.query<Row>(statement, values);
    return rows.ok ? ok(rows.value[0] ?? null) : rows;
  };
  return {
    async commit(commit: Commit, chained: Chained, writerTime: number | null) {
      const values = commitValues(commit, chained, writerTime);
      const found = await database.attempt<{ answer: CommitAnswer | null }>(sql.commit, values);
      return found.ok ? ok(found.value[0]?.answer ?? null) : found;
    },
    head: (stream: string) => rowOf<Head>(sql.head, stream),
    entries: (stream: string, after: number, limit: number) =>
      rowsOf<StoredEntry>(sql.entries, stream, after, limit),
    lastEntry: (stream: string) => rowOf<StoredEntry>(sql.lastEntry, stream),
    async page(stream: string, after: number, limit: number): Promise<Result<EntriesAndHead>> {
      const found = await rowsOf<PageRow>(sql.page, stream, after, limit);
      return found.ok ? ok(pageOf(found.value)) : found;
    },
    row: (kind: string, key: string) => rowOf<StoredRow>(sql.row, kind, key),
    rows: (kind: string, prefix: string) => rowsOf<StoredRow>(sql.rows, kind, prefix),
    /** The lease, and the server's time. */
    async lease(name: string): Promise<Result<{ readonly lease: StoredLease | null; readonly now: number }>> {
      const found = await rowOf<LeaseRow>(sql.lease, name);
      if (!found.ok) return found;
      const { now = 0, owner = null, epoch = null, expires = null } = found.value ?? {};
      return ok({ now, lease: leaseOf(owner, epoch, expires) });
    },
    /** Whether `known` still was what is kept, and so was replaced. */
    async putLease(
      { name, owner, epoch, expires }: Lease,
      known: StoredLease | null,
    ): Promise<Result<boolean>> {
      const before = [known?.owner, known?.epoch, known?.expires];
      const found = await rowOf<{ put: boolean }>(sql.putLease, name, owner, epoch, expires, ...before);
      return found.ok ? ok(found.value?.put === true) : found;
    },
    giveUp: (name: string, owner: string) => rowsOf(sql.giveUp, name, owner),
  };
}

// whole numbers come as float8, which holds every one we count to and which the driver gives as a number
const entryColumns = 'e.sequence::float8, e.at, e.type, e.data, e.hash';
const rowColumns = 'key, version::float8, format::float8, value';
const sql = {
  commit: named('commit', `SELECT fairway.commit(${places(10)}) AS answer`),
  head: named('head', 'SELECT sequence::float8, hash FROM fairway.stream WHERE name = $1'),
  entries: named(
    'entries',
    `SELECT ${entryColumns} FROM fairway.entry e WHERE stream = $1 AND sequence > $2::bigint
     ORDER BY sequence LIMIT $3`,
  ),
  lastEntry: named(
    'last',
    `SELECT ${entryColumns} FROM fairway.entry e WHERE stream = $1 ORDER BY sequence DESC LIMIT 1`,
  ),
  // one statement sees one moment: the page and the stream's end fit together
  page: named(
    'page',
    `SELECT s.sequence::float8 AS head_sequence, s.hash AS head_hash, ${entryColumns}
     FROM (SELECT) AS always
     LEFT JOIN fairway.stream s ON s.name = $1
     LEFT JOIN LATERAL (SELECT * FROM fairway.entry WHERE stream = $1 AND sequence > $2::bigint
       ORDER BY sequence LIMIT $3) e ON true ORDER BY e.sequence`,
  ),
  row: named('row', `SELECT ${rowColumns} FROM fairway.document WHERE kind = $1 AND key = $2`),
  // knowing the prefix, the planner makes it a range of the key's index
  rows: {
    name: null,
    text: `SELECT ${rowColumns} FROM fairway.document WHERE kind = $1 AND key ^@ $2 ORDER BY key`,
  },
  lease: named(
    'lease',
    `SELECT ${serverTime} AS now, l.owner, l.epoch::float8, l.expires
     FROM (SELECT) AS always LEFT JOIN fairway.lease l ON l.name = $1`,
  ),
  putLease: named('put_lease', `SELECT fairway.put_lease(${places(7)}) AS put`),
  giveUp: named('give_up', 'UPDATE fairway.lease SET owner = NULL WHERE name = $1 AND owner = $2'),
} as const satisfies Record<string, Prepared>;

function named(name: string, text: string): Prepared {
  return { name: `fairway_${name}`, text };
}

function places(count: number): string {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ');
}

/** New entries, chained to the entry whose hash is `previous`; `end` is the stream's end with them. */
export interface Chained {
  readonly previous: string;
  readonly entries: readonly StoredEntry[];
  readonly end: Head;
}

function commitValues(commit: Commit, { previous, entries, end }: Chained, writerTime: number | null) {
  const { stream, expected, fence } = commit;
  const writes = commit.rows.map(({ kind, key, format, value, ...rest }) => {
    invariant(Number.isSafeInteger(format), `a row's format is a whole number, not ${format}`);
    const text = value === null ? null : canonicalJson(value);
    return { kind: checkName(kind), key: checkName(key), format, value: text, expected: rest.expected };
  });
  return [
    checkName(stream),
    expected,
    previous,
    end.sequence,
    end.hash,
    entries.length === 0 ? null : JSON.stringify(entries),
    writes.length === 0 ? null : JSON.stringify(writes),
    fence === null ? null : checkName(fence.lease),
    fence?.epoch ?? null,
    writerTime,
  ];
}

interface LeaseRow {
  readonly now: number;
  readonly owner: string | null;
  readonly epoch: number | null;
  readonly expires: number | null;
}

const leaseOf = (owner: string | null, epoch: number | null, expires: number | null): StoredLease | null =>
  epoch === null || expires === null ? null : { owner, epoch, expires };

type PageRow = (StoredEntry | { readonly [column in keyof StoredEntry]: null }) & {
  readonly head_sequence: number | null;
  readonly head_hash: string | null;
};

function pageOf(rows: readonly PageRow[]): EntriesAndHead {
  const { head_sequence: sequence = null, head_hash: hash = null } = rows[0] ?? {};
  const entries = rows.flatMap((row) => (row.sequence === null ? [] : [row]));
  return { entries, head: sequence === null || hash === null ? null : { sequence, hash } };
}

import { backup, DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';

/** A row as SQLite gives it. */
export type Row = Record<string, SQLOutputValue>;

/** The metadata of all objects: every change is a transaction that is on disk when it returns. */
export interface Database {
  all(sql: string, ...values: SQLInputValue[]): Row[];
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** Returns the id of the row that was inserted last. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Commits when `keep` says so of the outcome, else undoes everything. SQLite's errors are thrown. */
  transaction<T>(work: () => T, keep: (outcome: T) => boolean): T;
  /** Writes all of it into a new file, while it is in use: the state of one moment before this resolves. */
  copyTo(path: string): Promise<void>;
  close(): void;
}

/**
 * Opens or creates the file. A second process is locked out, since content files are removed by what this one knows.
 * SQLite's errors are thrown.
 */
export function openDatabase(path: string): Database {
  const database = new DatabaseSync(path, { timeout: 500 });
  // FULL: the log is flushed with every commit, so an acknowledged change survives a power failure as well.
  database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full');
  database.exec('pragma foreign_keys = on');
  migrate(database);
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    all: (sql, ...values) => statement(sql).all(...values),
    get: (sql, ...values) => statement(sql).get(...values),
    run: (sql, ...values) => Number(statement(sql).run(...values).lastInsertRowid),
    transaction: (work, keep) => transact(database, work, keep),
    copyTo: async (path) => void (await backup(database, path)),
    close: () => database.close(),
  };
}

function transact<T>(database: DatabaseSync, work: () => T, keep: (outcome: T) => boolean): T {
  database.exec('begin immediate');
  try {
    const outcome = work();
    database.exec(keep(outcome) ? 'commit' : 'rollback');
    return outcome;
  } catch (reason) {
    if (database.isTransaction) database.exec('rollback'); // a full disk has rolled back already
    throw reason;
  }
}

const FORMAT = 1;

/** Keys are blobs of UTF-8: SQLite then orders them byte by byte, which is the order S3 lists them in. */
const SCHEMA = `
create table bucket (
  name text primary key,
  created_at integer not null,
  versioning text not null,
  lifecycle text
) strict;

create table object (
  id integer primary key autoincrement,
  bucket text not null references bucket (name),
  key blob not null,
  version text not null,
  latest integer not null,
  marker integer not null,
  modified_at integer not null,
  etag text not null,
  size integer not null,
  description text not null,
  segments text not null
) strict;
create unique index object_by_version on object (bucket, key, version);
create unique index object_latest on object (bucket, key) where latest = 1;
create index object_in_order on object (bucket, key, id desc);

create table upload (
  sequence integer primary key autoincrement,
  id text not null unique,
  bucket text not null references bucket (name),
  key blob not null,
  initiated_at integer not null,
  description text not null,
  checksum text
) strict;
create index upload_in_order on upload (bucket, key, sequence);

create table part (
  upload text not null references upload (id) on delete cascade,
  number integer not null,
  etag text not null,
  modified_at integer not null,
  checksum text,
  segment text not null,
  primary key (upload, number)
) strict, without rowid;

create table content (id text primary key, uses integer not null) strict, without rowid;
`;

function migrate(database: DatabaseSync): void {
  const found = Number(database.prepare('pragma user_version').get()?.['user_version'] ?? 0);
  if (found > FORMAT) throw new Error(`the folder is of format ${found}, this program knows up to ${FORMAT}`);
  if (found === FORMAT) return;
  database.exec(`begin; ${SCHEMA} pragma user_version = ${FORMAT}; commit`);
}

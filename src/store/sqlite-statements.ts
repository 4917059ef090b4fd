import type { DatabaseSync } from 'node:sqlite';
import { canonicalJson, type Json } from '#kernel';
import type { Lease } from '#ports';
import type { Head, StoredEntry } from './chain.ts';
import type { StoredLease } from './lease.ts';

interface StoredRow {
  readonly key: string;
  readonly version: number;
  readonly format: number;
  readonly value: string;
}

export type Statements = ReturnType<typeof prepareStatements>;

/** Every SQL statement of the store, compiled once, with the types of what it takes and gives. */
export function prepareStatements(database: DatabaseSync) {
  const entryColumns = 'sequence, at, type, data, hash';
  const sql = {
    head: database.prepare('SELECT sequence, hash FROM stream WHERE name = ?'),
    putHead: database.prepare('REPLACE INTO stream (name, sequence, hash) VALUES (?, ?, ?)'),
    addEntry: database.prepare(`INSERT INTO entry (stream, ${entryColumns}) VALUES (?, ?, ?, ?, ?, ?)`),
    entries: database.prepare(
      `SELECT ${entryColumns} FROM entry WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
    ),
    lastEntry: database.prepare(
      `SELECT ${entryColumns} FROM entry WHERE stream = ? ORDER BY sequence DESC LIMIT 1`,
    ),
    row: database.prepare('SELECT key, version, format, value FROM document WHERE kind = ? AND key = ?'),
    // text is compared by its UTF-8 bytes, in which FF never occurs: it ends the range of the prefix
    rows: database.prepare(
      `SELECT key, version, format, value FROM document
       WHERE kind = :kind AND key >= :prefix AND key < CAST(:prefix || x'ff' AS TEXT) ORDER BY key`,
    ),
    putRow: database.prepare(
      'REPLACE INTO document (kind, key, version, format, value) VALUES (?, ?, ?, ?, ?)',
    ),
    deleteRow: database.prepare('DELETE FROM document WHERE kind = ? AND key = ?'),
    lease: database.prepare('SELECT owner, epoch, expires FROM lease WHERE name = ?'),
    putLease: database.prepare('REPLACE INTO lease (name, owner, epoch, expires) VALUES (?, ?, ?, ?)'),
    giveUp: database.prepare('UPDATE lease SET owner = NULL WHERE name = ? AND owner = ?'),
  };
  return {
    head: (stream: string) => (sql.head.get(stream) ?? null) as Head | null,
    putHead: (stream: string, head: Head) => sql.putHead.run(stream, head.sequence, head.hash),
    addEntry: (stream: string, { sequence, at, type, data, hash }: StoredEntry) =>
      sql.addEntry.run(stream, sequence, at, type, data, hash),
    entries: (stream: string, after: number, limit: number) =>
      sql.entries.all(stream, after, limit) as unknown as readonly StoredEntry[],
    lastEntry: (stream: string) => (sql.lastEntry.get(stream) ?? null) as StoredEntry | null,
    row: (kind: string, key: string) => (sql.row.get(kind, key) ?? null) as StoredRow | null,
    rows: (kind: string, prefix: string) => sql.rows.all({ kind, prefix }) as unknown as readonly StoredRow[],
    putRow: (kind: string, row: Omit<StoredRow, 'value'> & { readonly value: Json }) =>
      sql.putRow.run(kind, row.key, row.version, row.format, canonicalJson(row.value)),
    deleteRow: (kind: string, key: string) => sql.deleteRow.run(kind, key),
    lease: (name: string) => (sql.lease.get(name) ?? null) as StoredLease | null,
    putLease: ({ name, owner, epoch, expires }: Lease) => sql.putLease.run(name, owner, epoch, expires),
    giveUp: (name: string, owner: string) => sql.giveUp.run(name, owner),
  };
}

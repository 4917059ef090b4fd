import { createHash } from 'node:crypto';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { Segment } from '../storage/contents.ts';

/** What a copied database says is there. */
export interface Inventory {
  readonly contents: readonly string[];
  readonly objects: number;
  /** With old ones and delete markers. */
  readonly versions: number;
  /** Number of the version that was written last, removed ones included. */
  readonly last: number;
}

/** What a content file was found to be. */
export interface ContentFound {
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Opens the file for `work`, which must not outlive it. SQLite's errors are thrown. */
export function withInventory<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

export function readInventory(database: DatabaseSync): Inventory {
  const count = (sql: string) => Number(database.prepare(sql).get()?.['count'] ?? 0);
  return {
    contents: database
      .prepare('select id from content order by id')
      .all()
      .map((row) => String(row['id'])),
    objects: count('select count(*) as count from object where latest = 1 and marker = 0'),
    versions: count('select count(*) as count from object'),
    last: count("select seq as count from sqlite_sequence where name = 'object'"),
  };
}

/** What is wrong with the file itself, in SQLite's words; null: nothing. */
export function faultOfDatabase(database: DatabaseSync): string | null {
  const answer = String(database.prepare('pragma integrity_check (1)').get()?.['integrity_check'] ?? '');
  return answer === 'ok' ? null : answer;
}

/**
 * The first version, or part of an unfinished upload, whose bytes are not those that were acknowledged: a content is
 * missing, or its size or ETag differs. Null: all are.
 */
export function firstFault(database: DatabaseSync, found: ReadonlyMap<string, ContentFound>): string | null {
  const versions = database.prepare(
    'select bucket, key, version, etag, size, segments from object where marker = 0',
  );
  for (const row of versions.iterate()) {
    const segments = JSON.parse(String(row['segments'])) as readonly Segment[];
    const fault = faultOf(segments, String(row['etag']), Number(row['size']), found);
    if (fault !== null) return `${nameOf(row)}: ${fault}`;
  }
  for (const row of database.prepare('select upload, number, etag, segment from part').iterate()) {
    const segment = JSON.parse(String(row['segment'])) as Segment;
    const fault = faultOf([segment], String(row['etag']), segment.size, found);
    if (fault !== null)
      return `part ${String(row['number'])} of the upload ${String(row['upload'])}: ${fault}`;
  }
  return null;
}

function nameOf(row: Record<string, SQLOutputValue>): string {
  const key = Buffer.from(row['key'] as Uint8Array).toString();
  return `${String(row['bucket'])}/${key} (version ${String(row['version'])})`;
}

function faultOf(
  segments: readonly Segment[],
  etag: string,
  size: number,
  found: ReadonlyMap<string, ContentFound>,
): string | null {
  const sums: Buffer[] = [];
  for (const { content, size: recorded } of segments) {
    const file = found.get(content);
    if (file === undefined) return `the content ${content} is missing`;
    if (file.size !== recorded) return `the content ${content} has ${file.size} bytes, not ${recorded}`;
    sums.push(Buffer.from(file.md5, 'hex'));
  }
  if (segments.reduce((sum, segment) => sum + segment.size, 0) !== size) return 'its size differs';
  return etag === etagOf(sums, etag.includes('-')) ? null : 'its content does not fit its ETag';
}

/** As S3 does it: the MD5 of the content; of what was uploaded in parts, the MD5 of their MD5s and their number. */
function etagOf(sums: readonly Buffer[], inParts: boolean): string | null {
  if (inParts) return `${createHash('md5').update(Buffer.concat(sums)).digest('hex')}-${sums.length}`;
  if (sums.length === 0) return createHash('md5').digest('hex');
  return sums.length === 1 ? (sums[0]?.toString('hex') ?? null) : null;
}

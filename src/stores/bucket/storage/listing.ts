import { type Instant, instant } from '#kernel';
import type { Algorithm, ChecksumType } from '../protocol/checksum.ts';
import type { Database, Row } from './database.ts';
import type { Ordered, RowsFrom } from './paging.ts';
import { toUpload, type Upload } from './uploads.ts';

/** What listings tell of a version. */
export interface ListedVersion extends Ordered {
  readonly key: string;
  readonly version: string;
  readonly isLatest: boolean;
  readonly isMarker: boolean;
  readonly modifiedAt: Instant;
  readonly etag: string;
  readonly size: number;
  readonly checksum: { readonly algorithm: Algorithm; readonly type: ChecksumType } | null;
}

export interface ListedUpload extends Ordered {
  readonly upload: Upload;
}

const COLUMNS = `id, key, version, latest, marker, modified_at, etag, size,
  description ->> '$.checksum.algorithm' as algorithm, description ->> '$.checksum.type' as checksum_type`;

/** Objects that are there now, by key. */
export function latestObjects(database: Database, bucket: string): RowsFrom<ListedVersion> {
  const sql = `select ${COLUMNS} from object where bucket = ? and latest = 1 and marker = 0
    and key >= ? and key < ? and (key <> ? or ?) order by key limit ?`;
  return ({ key, tie }, end, limit) =>
    database.all(sql, bucket, key, end, key, tie === null ? 1 : 0, limit).map(toListed);
}

/** All versions and delete markers, by key, newest first. */
export function allVersions(database: Database, bucket: string): RowsFrom<ListedVersion> {
  const sql = `select ${COLUMNS} from object where bucket = ?
    and key >= ? and key < ? and (key <> ? or id < ?) order by key, id desc limit ?`;
  return ({ key, tie }, end, limit) =>
    database.all(sql, bucket, key, end, key, tie ?? Number.MAX_SAFE_INTEGER, limit).map(toListed);
}

/** Unfinished multipart uploads, by key, oldest first. */
export function unfinishedUploads(database: Database, bucket: string): RowsFrom<ListedUpload> {
  const sql = `select * from upload where bucket = ?
    and key >= ? and key < ? and (key <> ? or sequence > ?) order by key, sequence limit ?`;
  return ({ key, tie }, end, limit) =>
    database.all(sql, bucket, key, end, key, tie ?? 0, limit).map((row) => ({
      keyBytes: row['key'] as Uint8Array,
      tie: Number(row['sequence']),
      upload: toUpload(row),
    }));
}

/** The place of a version among those of its key; null when there is no such version. */
export function tieOfVersion(
  database: Database,
  bucket: string,
  key: string,
  version: string,
): number | null {
  const sql = 'select id from object where bucket = ? and key = ? and version = ?';
  const row = database.get(sql, bucket, Buffer.from(key), version);
  return row === undefined ? null : Number(row['id']);
}

export function tieOfUpload(database: Database, id: string): number | null {
  const row = database.get('select sequence from upload where id = ?', id);
  return row === undefined ? null : Number(row['sequence']);
}

function toListed(row: Row): ListedVersion {
  const keyBytes = row['key'] as Uint8Array;
  const { algorithm, checksum_type: type } = row;
  return {
    keyBytes,
    tie: Number(row['id']),
    key: Buffer.from(keyBytes).toString(),
    version: String(row['version']),
    isLatest: row['latest'] === 1,
    isMarker: row['marker'] === 1,
    modifiedAt: instant(Number(row['modified_at'])),
    etag: String(row['etag']),
    size: Number(row['size']),
    checksum:
      typeof algorithm === 'string' && typeof type === 'string'
        ? { algorithm: algorithm as Algorithm, type: type as ChecksumType }
        : null,
  };
}

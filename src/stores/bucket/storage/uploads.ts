import { randomBytes } from 'node:crypto';
import { type Instant, instant, ok } from '#kernel';
import type { Algorithm, ChecksumType } from '../protocol/checksum.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import type { Segment } from './contents.ts';
import type { Database, Row } from './database.ts';
import type { Change } from './store.ts';
import type { Description } from './versions.ts';

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiatedAt: Instant;
  readonly description: Description;
  /** The checksum its parts are to have; null: none was asked for. */
  readonly checksum: { readonly algorithm: Algorithm; readonly type: ChecksumType } | null;
}

export interface Part {
  /** 1 to 10,000 */
  readonly number: number;
  /** Hexadecimal MD5. */
  readonly etag: string;
  readonly modifiedAt: Instant;
  readonly checksum: { readonly algorithm: Algorithm; readonly value: string } | null;
  readonly segment: Segment;
}

export function createUpload({ database }: Change, upload: Omit<Upload, 'id'>): string {
  const id = randomBytes(16).toString('hex');
  database.run(
    'insert into upload (id, bucket, key, initiated_at, description, checksum) values (?, ?, ?, ?, ?, ?)',
    id,
    upload.bucket,
    Buffer.from(upload.key),
    upload.initiatedAt,
    JSON.stringify(upload.description),
    upload.checksum === null ? null : JSON.stringify(upload.checksum),
  );
  return id;
}

/** Failure: `NoSuchUpload`, also where the upload is for another key. */
export function findUpload(database: Database, bucket: string, key: string, id: string): Answer<Upload> {
  const row = database.get(
    'select * from upload where id = ? and bucket = ? and key = ?',
    id,
    bucket,
    Buffer.from(key),
  );
  return row === undefined ? refuse('NoSuchUpload') : ok(toUpload(row));
}

/** Adds a part, or replaces the one of that number. Failure: `NoSuchUpload`, when it ended while the part arrived. */
export function putPart(change: Change, upload: Upload, part: Part): Answer<null> {
  const { database } = change;
  const still = findUpload(database, upload.bucket, upload.key, upload.id);
  if (!still.ok) return still;
  const replaced = database.get('select * from part where upload = ? and number = ?', upload.id, part.number);
  if (replaced !== undefined) change.release([toPart(replaced).segment]);
  change.use([part.segment]);
  database.run(
    'insert or replace into part (upload, number, etag, modified_at, checksum, segment) values (?, ?, ?, ?, ?, ?)',
    upload.id,
    part.number,
    part.etag,
    part.modifiedAt,
    part.checksum === null ? null : JSON.stringify(part.checksum),
    JSON.stringify(part.segment),
  );
  return ok(null);
}

/** At most `limit` parts with numbers above `after`, ascending. */
export function partsOf(database: Database, upload: string, after = 0, limit = 10_000): readonly Part[] {
  return database
    .all('select * from part where upload = ? and number > ? order by number limit ?', upload, after, limit)
    .map(toPart);
}

/** Ends an upload and lets its parts go; an object made of them refers to their contents by then. */
export function removeUpload(change: Change, upload: Upload): void {
  change.release(partsOf(change.database, upload.id).map(({ segment }) => segment));
  change.database.run('delete from upload where id = ?', upload.id);
}

export function toUpload(row: Row): Upload {
  const checksum = row['checksum'];
  return {
    id: String(row['id']),
    bucket: String(row['bucket']),
    key: Buffer.from(row['key'] as Uint8Array).toString(),
    initiatedAt: instant(Number(row['initiated_at'])),
    description: JSON.parse(String(row['description'])),
    checksum: typeof checksum === 'string' ? JSON.parse(checksum) : null,
  };
}

function toPart(row: Row): Part {
  const checksum = row['checksum'];
  return {
    number: Number(row['number']),
    etag: String(row['etag']),
    modifiedAt: instant(Number(row['modified_at'])),
    checksum: typeof checksum === 'string' ? JSON.parse(checksum) : null,
    segment: JSON.parse(String(row['segment'])),
  };
}

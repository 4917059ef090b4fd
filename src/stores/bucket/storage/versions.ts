import { randomBytes } from 'node:crypto';
import { type Instant, instant, ok } from '#kernel';
import type { Checksum } from '../protocol/checksum.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import type { Tag } from '../protocol/tags.ts';
import type { Bucket } from './buckets.ts';
import type { Segment } from './contents.ts';
import type { Database, Row } from './database.ts';
import type { Change } from './store.ts';

/** What is kept with an object besides its bytes. */
export interface Description {
  /** Response headers such as `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata, without the prefix `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly checksum: Checksum | null;
}

interface Version {
  /** Grows: of two versions of a key, the newer one has the greater id. */
  readonly id: number;
  readonly key: string;
  /** Opaque; `null` (the word) for the one version that an unversioned bucket keeps. */
  readonly version: string;
  readonly modifiedAt: Instant;
}

export interface StoredObject extends Version {
  readonly kind: 'object';
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly description: Description;
  readonly segments: readonly Segment[];
}

export interface DeleteMarker extends Version {
  readonly kind: 'marker';
}

export type StoredVersion = StoredObject | DeleteMarker;

/** What must hold of the present object for a write to happen. ETags with quotes, or `*`. */
export interface WriteCondition {
  readonly ifMatch: string | null;
  /** Only `*` has a meaning for writes: there must be no object. */
  readonly ifNoneMatch: '*' | null;
}

export type NewObject = Pick<StoredObject, 'etag' | 'size' | 'description' | 'segments' | 'modifiedAt'>;

export function findLatest(database: Database, bucket: string, key: string): StoredVersion | null {
  const row = database.get(
    'select * from object where bucket = ? and key = ? and latest = 1',
    bucket,
    Buffer.from(key),
  );
  return row === undefined ? null : toVersion(row);
}

export function findVersion(
  database: Database,
  bucket: string,
  key: string,
  version: string,
): StoredVersion | null {
  const row = database.get(
    'select * from object where bucket = ? and key = ? and version = ?',
    bucket,
    Buffer.from(key),
    version,
  );
  return row === undefined ? null : toVersion(row);
}

/** Makes an object the latest of its key; returns its version. Failures: `PreconditionFailed`, `NoSuchKey`. */
export function putVersion(
  change: Change,
  bucket: Bucket,
  key: string,
  object: NewObject,
  condition: WriteCondition,
): Answer<string> {
  const allowed = checkCondition(findLatest(change.database, bucket.name, key), condition);
  if (!allowed.ok) return allowed;
  change.use(object.segments);
  const { modifiedAt, etag, size, description, segments } = object;
  return ok(insertLatest(change, bucket, key, { marker: 0, modifiedAt, etag, size, description, segments }));
}

/** What a deletion did: the version it removed or the marker it made. */
export interface Deletion {
  /** null in a bucket that never had versions. */
  readonly version: string | null;
  readonly isMarker: boolean;
}

/** Deletes an object; where the bucket keeps versions, a delete marker hides it. Failure: `PreconditionFailed`. */
export function deleteLatest(
  change: Change,
  bucket: Bucket,
  key: string,
  now: Instant,
  ifMatch: string | null,
): Answer<Deletion> {
  const latest = findLatest(change.database, bucket.name, key);
  if (ifMatch !== null && !matches(latest, ifMatch)) return refuse('PreconditionFailed');
  if (bucket.versioning === 'Off') {
    if (latest !== null) removeRow(change, latest);
    return ok({ version: null, isMarker: false });
  }
  const marker: NewRow = { marker: 1, modifiedAt: now, etag: '', size: 0, description: {}, segments: [] };
  return ok({ version: insertLatest(change, bucket, key, marker), isMarker: true });
}

/** Removes one version for good; the next older one becomes the latest. A version that is not there is no failure. */
export function deleteVersion(change: Change, bucket: Bucket, key: string, version: string): Deletion {
  const found = findVersion(change.database, bucket.name, key, version);
  if (found !== null) removeRow(change, found);
  const keyBytes = Buffer.from(key);
  change.database.run(
    `update object set latest = 1 where id = (select max(id) from object where bucket = ? and key = ?)`,
    bucket.name,
    keyBytes,
  );
  return { version, isMarker: found?.kind === 'marker' };
}

/** Replaces the tags of a version. */
export function setTags({ database }: Change, object: StoredObject, tags: readonly Tag[]): void {
  const description = JSON.stringify({ ...object.description, tags });
  database.run('update object set description = ? where id = ?', description, object.id);
}

/** Whether an object is there whose ETag is among those of the header (`*`: any). */
export function matches(version: StoredVersion | null, header: string): boolean {
  if (version?.kind !== 'object') return false;
  const etags = header.split(',').map((etag) => etag.trim().replace(/^W\//, ''));
  // Clients of S3 send ETags with and without quotes.
  return etags.some((etag) => etag === '*' || etag.replaceAll('"', '') === version.etag);
}

function checkCondition(latest: StoredVersion | null, condition: WriteCondition): Answer<null> {
  if (condition.ifNoneMatch !== null && latest?.kind === 'object') return refuse('PreconditionFailed');
  if (condition.ifMatch === null || matches(latest, condition.ifMatch)) return ok(null);
  return latest?.kind === 'object' ? refuse('PreconditionFailed') : refuse('NoSuchKey');
}

interface NewRow {
  readonly marker: 0 | 1;
  readonly modifiedAt: Instant;
  readonly etag: string;
  readonly size: number;
  readonly description: Description | Record<string, never>;
  readonly segments: readonly Segment[];
}

function insertLatest(change: Change, bucket: Bucket, key: string, row: NewRow): string {
  const { database } = change;
  const keyBytes = Buffer.from(key);
  const version = bucket.versioning === 'Enabled' ? randomBytes(16).toString('hex') : 'null';
  const replaced = version === 'null' ? findVersion(database, bucket.name, key, 'null') : null;
  if (replaced !== null) removeRow(change, replaced);
  database.run(
    'update object set latest = 0 where bucket = ? and key = ? and latest = 1',
    bucket.name,
    keyBytes,
  );
  database.run(
    `insert into object (bucket, key, version, latest, marker, modified_at, etag, size, description, segments)
     values (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`,
    bucket.name,
    keyBytes,
    version,
    row.marker,
    row.modifiedAt,
    row.etag,
    row.size,
    JSON.stringify(row.description),
    JSON.stringify(row.segments),
  );
  return version;
}

function removeRow(change: Change, version: StoredVersion): void {
  if (version.kind === 'object') change.release(version.segments);
  change.database.run('delete from object where id = ?', version.id);
}

function toVersion(row: Row): StoredVersion {
  const common: Version = {
    id: Number(row['id']),
    key: Buffer.from(row['key'] as Uint8Array).toString(),
    version: String(row['version']),
    modifiedAt: instant(Number(row['modified_at'])),
  };
  if (row['marker'] === 1) return { kind: 'marker', ...common };
  return {
    kind: 'object',
    ...common,
    etag: String(row['etag']),
    size: Number(row['size']),
    description: JSON.parse(String(row['description'])),
    segments: JSON.parse(String(row['segments'])),
  };
}

import { type Instant, instant, ok } from '#kernel';
import { type Answer, refuse } from '../protocol/refusal.ts';
import type { LifecycleRule } from '../protocol/lifecycle.ts';
import type { Segment } from './contents.ts';
import type { Database, Row } from './database.ts';
import type { Change } from './store.ts';

export type Versioning = 'Off' | 'Enabled' | 'Suspended';

export interface Bucket {
  readonly name: string;
  readonly createdAt: Instant;
  readonly versioning: Versioning;
  /** null: none was ever set. */
  readonly lifecycle: readonly LifecycleRule[] | null;
}

/** All buckets by name. */
export function allBuckets(database: Database): readonly Bucket[] {
  return database.all('select * from bucket order by name').map(toBucket);
}

/** Failure: `NoSuchBucket`. */
export function findBucket(database: Database, name: string): Answer<Bucket> {
  const row = database.get('select * from bucket where name = ?', name);
  return row === undefined ? refuse('NoSuchBucket') : ok(toBucket(row));
}

/** Failure: `BucketAlreadyOwnedByYou`. */
export function createBucket({ database }: Change, name: string, now: Instant): Answer<null> {
  if (findBucket(database, name).ok) return refuse('BucketAlreadyOwnedByYou');
  database.run("insert into bucket (name, created_at, versioning) values (?, ?, 'Off')", name, now);
  return ok(null);
}

/** Deletes an empty bucket; its unfinished uploads end. Failures: `NoSuchBucket`, `BucketNotEmpty`. */
export function deleteBucket(change: Change, name: string): Answer<null> {
  const { database } = change;
  const bucket = findBucket(database, name);
  if (!bucket.ok) return bucket;
  if (database.get('select 1 from object where bucket = ? limit 1', name) !== undefined)
    return refuse('BucketNotEmpty');
  const parts = database.all(
    'select segment from part join upload on upload.id = part.upload where upload.bucket = ?',
    name,
  );
  change.release(parts.map((row) => JSON.parse(String(row['segment'])) as Segment));
  database.run('delete from upload where bucket = ?', name);
  database.run('delete from bucket where name = ?', name);
  return ok(null);
}

export function setVersioning({ database }: Change, name: string, versioning: Versioning): Answer<null> {
  const bucket = findBucket(database, name);
  if (bucket.ok) database.run('update bucket set versioning = ? where name = ?', versioning, name);
  return bucket.ok ? ok(null) : bucket;
}

export function setLifecycle(
  { database }: Change,
  name: string,
  rules: readonly LifecycleRule[] | null,
): Answer<null> {
  const bucket = findBucket(database, name);
  const text = rules === null ? null : JSON.stringify(rules);
  if (bucket.ok) database.run('update bucket set lifecycle = ? where name = ?', text, name);
  return bucket.ok ? ok(null) : bucket;
}

function toBucket(row: Row): Bucket {
  const lifecycle = row['lifecycle'];
  return {
    name: String(row['name']),
    createdAt: instant(Number(row['created_at'])),
    versioning: String(row['versioning']) as Versioning,
    lifecycle: typeof lifecycle === 'string' ? JSON.parse(lifecycle) : null,
  };
}

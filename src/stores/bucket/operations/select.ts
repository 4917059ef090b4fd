import { ok } from '#kernel';
import { type Answer, refuse } from '../protocol/refusal.ts';
import { type Bucket, findBucket } from '../storage/buckets.ts';
import type { Database } from '../storage/database.ts';
import { findLatest, findVersion, type StoredObject } from '../storage/versions.ts';

/** An object that a request names, and the bucket it is in. */
export interface Selected {
  readonly bucket: Bucket;
  readonly object: StoredObject;
}

/**
 * Finds the object, or the version of it. Failures: `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, and
 * `MethodNotAllowed` where the version named is a delete marker.
 */
export function selectObject(
  database: Database,
  bucketName: string,
  key: string,
  version: string | null,
): Answer<Selected> {
  const bucket = findBucket(database, bucketName);
  if (!bucket.ok) return bucket;
  const object =
    version === null
      ? findLatest(database, bucketName, key)
      : findVersion(database, bucketName, key, version);
  if (object === null) return refuse(version === null ? 'NoSuchKey' : 'NoSuchVersion');
  if (object.kind === 'object') return ok({ bucket: bucket.value, object });
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': object.version };
  return version === null
    ? refuse('NoSuchKey', undefined, { headers })
    : refuse('MethodNotAllowed', 'This version is a delete marker.', {
        headers: { ...headers, allow: 'DELETE' },
      });
}

/** The header that names a version, in buckets that have versions. */
export function versionHeader(bucket: Bucket, version: string): Record<string, string> {
  return bucket.versioning === 'Off' ? {} : { 'x-amz-version-id': version };
}

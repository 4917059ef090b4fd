import { setImmediate } from 'node:timers/promises';
import { days, type Instant, ok } from '#kernel';
import type { LifecycleRule } from '../protocol/lifecycle.ts';
import type { Answer } from '../protocol/refusal.ts';
import { allBuckets, findBucket } from './buckets.ts';
import type { Row } from './database.ts';
import type { Change, ObjectStore } from './store.ts';
import { removeUpload, toUpload } from './uploads.ts';
import { deleteLatest, deleteVersion } from './versions.ts';

/** What a sweep removed. */
export interface Swept {
  readonly expired: number;
  readonly noncurrent: number;
  readonly markers: number;
  readonly uploads: number;
}

/**
 * Applies the lifecycle rules of all buckets as of `now`. Ages count from the moment of the write; S3 rounds up to the
 * next midnight UTC, so it deletes up to a day later. Works in batches and lets requests through in between.
 */
export async function sweepLifecycles(store: ObjectStore, now: Instant): Promise<Answer<Swept>> {
  const swept = { expired: 0, noncurrent: 0, markers: 0, uploads: 0 };
  for (const bucket of allBuckets(store.database)) {
    for (const rule of bucket.lifecycle ?? []) {
      for (const [kind, aging] of rule.enabled ? agingsOf(rule, now) : []) {
        const count = await sweepInBatches(store, bucket.name, rule.prefix, aging, now);
        if (!count.ok) return count;
        swept[kind] += count.value;
      }
    }
  }
  return ok(swept);
}

/** Rows that are due, and what to do with one. */
interface Aging {
  /** Takes the bucket, the prefix's first key, the first key behind it, `before`, and the size of a batch. */
  readonly due: string;
  readonly before: number;
  readonly remove: (change: Change, bucket: string, row: Row, now: Instant) => void;
}

const BATCH = 200;

async function sweepInBatches(
  store: ObjectStore,
  bucket: string,
  prefix: string,
  aging: Aging,
  now: Instant,
): Promise<Answer<number>> {
  const first = Buffer.from(prefix);
  const behind = Buffer.concat([first, Buffer.of(255)]);
  for (let total = 0; ; ) {
    const batch = await store.change((change) => {
      const rows = change.database.all(aging.due, bucket, first, behind, aging.before, BATCH);
      for (const row of rows) aging.remove(change, bucket, row, now);
      return ok(rows.length);
    });
    if (!batch.ok) return batch;
    total += batch.value;
    if (batch.value < BATCH) return ok(total);
    await setImmediate();
  }
}

function agingsOf(rule: LifecycleRule, now: Instant): readonly (readonly [keyof Swept, Aging])[] {
  const agings: (readonly [keyof Swept, Aging])[] = [];
  const {
    expireAfterDays: expire,
    expireNoncurrentAfterDays: noncurrent,
    abortUploadsAfterDays: abort,
  } = rule;
  if (expire !== null)
    agings.push(['expired', { due: EXPIRED, before: now - days(expire), remove: removeLatest }]);
  if (noncurrent !== null) {
    agings.push(['noncurrent', { due: NONCURRENT, before: now - days(noncurrent), remove: removeVersion }]);
  }
  if (rule.expireLoneMarkers)
    agings.push(['markers', { due: LONE_MARKERS, before: now, remove: removeVersion }]);
  if (abort !== null)
    agings.push(['uploads', { due: UPLOADS, before: now - days(abort), remove: removeOldUpload }]);
  return agings;
}

const EXPIRED = `select key from object
  where bucket = ? and latest = 1 and marker = 0 and key >= ? and key < ? and modified_at <= ? limit ?`;

/** A version is noncurrent since the next newer one of its key was written. */
const NONCURRENT = `select key, version from object as old
  where bucket = ? and latest = 0 and key >= ? and key < ? and ? >= (
    select newer.modified_at from object as newer
    where newer.bucket = old.bucket and newer.key = old.key and newer.id > old.id order by newer.id limit 1
  ) limit ?`;

const LONE_MARKERS = `select key, version from object as marker
  where bucket = ? and latest = 1 and marker = 1 and key >= ? and key < ? and modified_at <= ? and not exists (
    select 1 from object as other
    where other.bucket = marker.bucket and other.key = marker.key and other.id <> marker.id
  ) limit ?`;

const UPLOADS = `select * from upload
  where bucket = ? and key >= ? and key < ? and initiated_at <= ? limit ?`;

const keyOf = (row: Row) => Buffer.from(row['key'] as Uint8Array).toString();

function removeLatest(change: Change, name: string, row: Row, now: Instant): void {
  const bucket = findBucket(change.database, name);
  if (bucket.ok) deleteLatest(change, bucket.value, keyOf(row), now, null);
}

function removeVersion(change: Change, name: string, row: Row): void {
  const bucket = findBucket(change.database, name);
  if (bucket.ok) deleteVersion(change, bucket.value, keyOf(row), String(row['version']));
}

function removeOldUpload(change: Change, _name: string, row: Row): void {
  removeUpload(change, toUpload(row));
}

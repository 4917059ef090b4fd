import type { StoreCopies } from '#ports';
import { examineBucket, lostInBucket } from './examine.ts';
import type { BucketCopiesOptions } from './options.ts';
import { restoreBucket } from './restore.ts';
import { copyBucket } from './take.ts';

/** Copies of a bucket: all versions of all objects, unfinished uploads too. It keeps no log. */
export function bucketCopies(options: BucketCopiesOptions): StoreCopies {
  return {
    spec: options.spec,
    copy: (sink, signal, progress) => copyBucket(options, sink, signal, progress),
    restore: (request) => restoreBucket(options, request),
    examine: (ask) => examineBucket(options, ask),
    lost: (restoredFolder) => lostInBucket(options, restoredFolder),
    log: null,
    pulse: null,
  };
}

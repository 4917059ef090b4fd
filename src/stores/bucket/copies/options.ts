import type { Clock } from '#kernel';
import type { BucketSpec } from '../../bucket-kind.ts';

export interface BucketCopiesOptions {
  readonly spec: BucketSpec;
  /** Of the store; absolute. */
  readonly folder: string;
  readonly clock: Clock;
}

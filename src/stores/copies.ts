import type { StoreSpec } from '#core/system';
import { type Clock, unreachable } from '#kernel';
import type { StoreCopies } from '#ports';
import { bucketCopies } from './bucket/copies/copies.ts';
import { postgresCopies } from './postgres/copies/index.ts';
import { redisCopies } from './redis/copies.ts';

export interface StoreCopiesOptions {
  readonly spec: StoreSpec;
  /** Absolute; the folder of the store that `createEmbeddedStore` is given. */
  readonly folder: string;
  readonly clock: Clock;
  /** As of `EmbeddedStoreOptions`. */
  readonly redisServer?: string | null;
}

/** Copies of a store that is run on this machine. Touches nothing until it is asked to. */
export function createStoreCopies(options: StoreCopiesOptions): StoreCopies {
  const { spec } = options;
  switch (spec.kind) {
    case 'postgres':
      return postgresCopies({ ...options, spec });
    case 'redis':
      return redisCopies({ ...options, spec });
    case 'bucket':
      return bucketCopies({ ...options, spec });
    default:
      return unreachable(spec);
  }
}

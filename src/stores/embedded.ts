import type { StoreSpec } from '#core/system';
import { unreachable } from '#kernel';
import { bucketKind } from './bucket-kind.ts';
import type { EmbeddedStore, EmbeddedStoreOptions } from './contract.ts';
import { postgresKind } from './postgres/kind.ts';
import { redisKind } from './redis/kind.ts';
import { type ServerKind, supervise } from './supervisor/index.ts';

/** A store run by us on this machine. Touches nothing until it is asked to. */
export function createEmbeddedStore(options: EmbeddedStoreOptions): EmbeddedStore {
  const { folder, clock, random } = options;
  return supervise({ folder, kind: kindOf(options.spec, options), clock, random });
}

function kindOf(spec: StoreSpec, { redisServer }: EmbeddedStoreOptions): ServerKind {
  switch (spec.kind) {
    case 'postgres':
      return postgresKind(spec);
    case 'redis':
      return redisKind(spec, redisServer);
    case 'bucket':
      return bucketKind(spec);
    default:
      return unreachable(spec);
  }
}

import { unreachable } from '#kernel';
import { bucketKind } from './bucket-kind.ts';
import type { EmbeddedStore, EmbeddedStoreOptions, ExchangeableStore } from './contract.ts';
import { exchangeable } from './exchange/index.ts';
import { postgresStore } from './postgres/replication/index.ts';
import { redisKind } from './redis/kind.ts';
import { type ServerKind, supervise } from './supervisor/index.ts';

/** A store run by us on this machine. Touches nothing until it is asked to. */
export const createEmbeddedStore = (options: EmbeddedStoreOptions): ExchangeableStore =>
  exchangeable(serverOf(options), options);

function serverOf(options: EmbeddedStoreOptions): EmbeddedStore {
  const { spec, folder, clock, random } = options;
  const single = (kind: ServerKind) => supervise({ folder, kind, clock, random });
  switch (spec.kind) {
    case 'postgres':
      return postgresStore({ ...options, spec });
    case 'redis':
      return single(redisKind(spec, options.redisServer));
    case 'bucket':
      return single(bucketKind(spec));
    default:
      return unreachable(spec);
  }
}

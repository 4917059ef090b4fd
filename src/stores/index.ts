export type {
  EmbeddedStore,
  EmbeddedStoreOptions,
  StandbyHealth,
  StoreBinding,
  StoreEvent,
  StoreHealth,
} from './contract.ts';
export { createEmbeddedStore } from './embedded.ts';
export { findRedisServer } from './redis/find.ts';

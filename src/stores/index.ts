export type { EmbeddedStore, EmbeddedStoreOptions, StoreBinding, StoreHealth } from './contract.ts';
export { createEmbeddedStore } from './embedded.ts';
export { findRedisServer } from './redis/find.ts';

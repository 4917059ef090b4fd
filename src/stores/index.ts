export type {
  EmbeddedStore,
  EmbeddedStoreOptions,
  ExchangeableStore,
  ExchangeAsk,
  Exchanged,
  StandbyHealth,
  StoreBinding,
  StoreEvent,
  StoreHealth,
} from './contract.ts';
export { createEmbeddedStore } from './embedded.ts';
export { findRedisServer } from './redis/find.ts';
export { createStoreCopies } from './copies.ts';

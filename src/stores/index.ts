export type { EmbeddedStore, EmbeddedStoreOptions, StoreBinding, StoreHealth } from './contract.ts';

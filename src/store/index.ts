export { StoreUnavailable } from './failure.ts';
export { createMemoryStore, emptyMemory, type MemoryContents } from './memory.ts';
export { openSqliteStore } from './sqlite.ts';
export { openPostgresStore, type PostgresStoreOptions } from './postgres.ts';

import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import type { StoreSpec } from '../../../src/core/system/index.ts';
import { startedStores } from '../../../src/stores/started.fixture.ts';

const specs = [
  { kind: 'postgres', name: 'database', version: null, database: 'kianax' },
  { kind: 'redis', name: 'cache', persistence: 'none', evictionPolicy: 'allkeys-lru', memory: null },
] as const satisfies StoreSpec[];

const migrations = new URL('../services/trading/migrations/expand/', import.meta.url);

/** A real Postgres with our tables and a real Redis, in a folder of their own. */
export async function startStores() {
  const { started, close } = await startedStores(specs);
  const [databaseUrl = '', redisUrl = ''] = started.map(({ url }) => url);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => undefined); // at the end the server goes before the last connection has
  for (const file of readdirSync(migrations).toSorted())
    await pool.query(readFileSync(new URL(file, migrations), 'utf8'));
  return {
    env: { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
    /** For what a test looks at or does behind the services' backs. */
    pool,
    async close() {
      await pool.end();
      await close();
    },
  };
}

export type Stores = Awaited<ReturnType<typeof startStores>>;

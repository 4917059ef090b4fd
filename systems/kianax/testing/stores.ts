import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'fairway-kit';
import pg from 'pg';
import type { StoreSpec } from '../../../src/core/system/index.ts';
import { instant } from '../../../src/kernel/index.ts';
import { createEmbeddedStore } from '../../../src/stores/index.ts';

const specs = [
  { kind: 'postgres', name: 'database', version: null, database: 'kianax' },
  { kind: 'redis', name: 'cache', persistence: 'none', evictionPolicy: 'allkeys-lru', memory: null },
] as const satisfies StoreSpec[];

const calm = new AbortController().signal;
const migrations = new URL('../services/trading/migrations/expand/', import.meta.url);

/** A real Postgres with our tables and a real Redis, in a folder of their own. */
export async function startStores() {
  const folder = mkdtempSync(join(tmpdir(), 'kianax-stores-'));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const clock = { ...systemClock, now: () => instant(systemClock.now()) };
  const stores = specs.map((spec) =>
    createEmbeddedStore({ spec, folder: join(folder, spec.name), clock, random: Math.random }),
  );
  const close = async () => {
    await Promise.all(stores.map((store) => store.stop(calm)));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const urls: string[] = [];
  for (const binding of await Promise.all(stores.map((store) => store.ensure(calm)))) {
    if (!binding.ok) {
      await close();
      throw new Error(JSON.stringify(binding.error));
    }
    urls.push(binding.value.env['URL'] ?? '');
  }
  const [databaseUrl = '', redisUrl = ''] = urls;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
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

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'fairway-kit';
import type { StoreSpec } from '../../../src/core/system/index.ts';
import { instant } from '../../../src/kernel/index.ts';
import { createEmbeddedStore } from '../../../src/stores/index.ts';

const redis = { kind: 'redis', persistence: 'none', memory: null } as const;
/** As the definition declares them, with the variable that each address is given in. */
const declared: readonly (readonly [string, StoreSpec])[] = [
  ['DATABASE_URL', { kind: 'postgres', name: 'database', version: null, database: 'maxai' }],
  ['CACHE_URL', { ...redis, name: 'cache', evictionPolicy: 'allkeys-lru' }],
  ['JOBS_REDIS_URL', { ...redis, name: 'jobs-redis', evictionPolicy: 'noeviction' }],
];
const calm = new AbortController().signal;

/** Real servers of all three stores in a folder of their own, and the variables that lead to them. */
export async function startStores() {
  const folder = mkdtempSync(join(tmpdir(), 'maxai-stores-'));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const clock = { ...systemClock, now: () => instant(systemClock.now()) };
  const stores = declared.map(([variable, spec]) => ({
    variable,
    store: createEmbeddedStore({ spec, folder: join(folder, spec.name), clock, random: Math.random }),
  }));
  const close = async () => {
    await Promise.all(stores.map(({ store }) => store.stop(calm)));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const env: Record<string, string> = {};
  for (const { variable, store } of stores) {
    const binding = await store.ensure(calm);
    if (!binding.ok) {
      await close();
      throw new Error(JSON.stringify(binding.error));
    }
    env[variable] = binding.value.env['URL'] ?? '';
  }
  return { env, close };
}

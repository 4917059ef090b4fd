import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreSpec } from '../../../src/core/system/index.ts';
import { instant } from '../../../src/kernel/index.ts';
import { createEmbeddedStore } from '../../../src/stores/index.ts';
import { systemClock } from 'fairway-kit';

const specs = [
  { kind: 'postgres', name: 'database', version: null, database: 'journal' },
  { kind: 'redis', name: 'queue', persistence: 'none', evictionPolicy: 'noeviction', memory: null },
  { kind: 'bucket', name: 'files', bucket: 'journal', versioning: true, expireAfter: null },
] as const satisfies StoreSpec[];

const prefixes = { postgres: 'DATABASE', redis: 'REDIS', bucket: 'S3' } as const;
const calm = new AbortController().signal;

/** Real servers of all three stores in a folder of their own, and the environment that leads to them. */
export async function startStores() {
  const folder = mkdtempSync(join(tmpdir(), 'journal-stores-'));
  chmodSync(folder, 0o755); // Postgres does not run as root
  const clock = { ...systemClock, now: () => instant(systemClock.now()) };
  const stores = specs.map((spec) =>
    createEmbeddedStore({ spec, folder: join(folder, spec.name), clock, random: Math.random }),
  );
  const close = async () => {
    await Promise.all(stores.map((store) => store.stop(calm)));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const env: Record<string, string> = {};
  const bindings = await Promise.all(stores.map((store) => store.ensure(calm)));
  for (const [index, binding] of bindings.entries()) {
    if (!binding.ok) {
      await close();
      throw new Error(JSON.stringify(binding.error));
    }
    const spec = specs[index] ?? specs[0];
    for (const [key, value] of Object.entries(binding.value.env))
      env[`${prefixes[spec.kind]}_${key}`] = value;
  }
  const [, redis] = stores;
  return {
    env,
    close,
    stopRedis: () => redis?.stop(calm),
    startRedis: () => redis?.ensure(calm),
  };
}

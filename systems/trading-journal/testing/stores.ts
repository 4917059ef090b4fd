import type { StoreSpec } from '../../../src/core/system/index.ts';
import { startedStores } from '../../../src/stores/started.fixture.ts';

/** As the definition declares them, with what the names of their variables begin with. */
const declared: readonly (readonly [string, StoreSpec])[] = [
  ['DATABASE', { kind: 'postgres', name: 'database', version: null, database: 'journal' }],
  [
    'REDIS',
    { kind: 'redis', name: 'queue', persistence: 'none', evictionPolicy: 'noeviction', memory: null },
  ],
  ['S3', { kind: 'bucket', name: 'files', bucket: 'journal', versioning: true, expireAfter: null }],
];

/** Real servers of all three stores in a folder of their own, and the environment that leads to them. */
export async function startStores() {
  const { started, close } = await startedStores(declared.map(([, spec]) => spec));
  const env: Record<string, string> = {};
  for (const [at, [prefix]] of declared.entries())
    for (const [key, value] of Object.entries(started[at]?.env ?? {})) env[`${prefix}_${key}`] = value;
  const [, redis] = started;
  return { env, close, stopRedis: () => redis?.stop(), startRedis: () => redis?.restart() };
}

import type { StoreSpec } from '../../../src/core/system/index.ts';
import { startedStores } from '../../../src/stores/started.fixture.ts';

const redis = { kind: 'redis', persistence: 'none', memory: null } as const;
/** As the definition declares them, with the variable that each address is given in. */
const declared: readonly (readonly [string, StoreSpec])[] = [
  ['DATABASE_URL', { kind: 'postgres', name: 'database', version: null, database: 'maxai' }],
  ['CACHE_URL', { ...redis, name: 'cache', evictionPolicy: 'allkeys-lru' }],
  ['JOBS_REDIS_URL', { ...redis, name: 'jobs-redis', evictionPolicy: 'noeviction' }],
];

/** Real servers of all three stores in a folder of their own, and the variables that lead to them. */
export async function startStores() {
  const { started, close } = await startedStores(declared.map(([, spec]) => spec));
  const env = Object.fromEntries(declared.map(([variable], at) => [variable, started[at]?.url ?? '']));
  return { env, close };
}

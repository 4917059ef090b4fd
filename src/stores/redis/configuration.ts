import type { StoreSpec } from '#core/system';
import { invariant } from '#kernel';

export type RedisSpec = Extract<StoreSpec, { kind: 'redis' }>;

/** The evictions that Redis 4 and Valkey know: https://redis.io/docs/latest/develop/reference/eviction/ */
export const EVICTION_POLICIES: readonly string[] = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
];

/**
 * The configuration file of a Redis or Valkey server (6 and later) that serves this machine only. Its data goes to the
 * folder it is started in.
 */
export function redisConfiguration(spec: RedisSpec, port: number, password: string): string {
  // Both stand in the file without quotes.
  invariant(EVICTION_POLICIES.includes(spec.evictionPolicy), `${spec.evictionPolicy} is an eviction policy`);
  invariant(/^[\w-]+$/.test(password), 'a password is made of letters, digits, _ and -');
  return [
    'bind 127.0.0.1',
    'protected-mode yes',
    `port ${port}`,
    `requirepass ${password}`,
    'daemonize no',
    'logfile ""',
    'dir ./',
    ...persistence(spec),
    ...(spec.memory === null ? [] : [`maxmemory ${Math.floor(spec.memory)}`]),
    `maxmemory-policy ${spec.evictionPolicy}`,
    '',
  ].join('\n');
}

function persistence(spec: RedisSpec): readonly string[] {
  switch (spec.persistence) {
    case 'none':
      return ['save ""', 'appendonly no'];
    case 'aof':
      return ['save ""', 'appendonly yes', 'appendfsync everysec'];
  }
}

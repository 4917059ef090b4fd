import { Redis } from 'ioredis';
import type { Log } from './log.ts';

/**
 * A connection that comes back by itself. `quick`: a command fails at once while there is none, and when no answer
 * came in time, for callers who can do without. `patient`: commands wait for it, for subscribers and workers.
 */
export function openRedis(options: {
  readonly url: string;
  readonly kind: 'quick' | 'patient';
  readonly log: Log;
}): Redis {
  const { url, kind, log } = options;
  const redis = new Redis(url, {
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
    ...(kind === 'quick'
      ? { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 1_000 }
      : { maxRetriesPerRequest: null }),
  });
  let isLost = false;
  redis.on('error', (reason) => {
    if (!isLost) log.warning('redis was lost', { reason });
    isLost = true;
  });
  redis.on('ready', () => {
    if (isLost) log.info('redis is back');
    isLost = false;
  });
  return redis;
}

/** For readiness: rejects unless the server answers. */
export const pingRedis = (redis: Redis) => async () => {
  if (redis.status !== 'ready') throw new Error(`the connection is ${redis.status}`);
  await redis.ping();
};

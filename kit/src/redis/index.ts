import { Redis } from 'ioredis';
import type { Log } from '../log.ts';

/**
 * What the connection is for. `cache`: the caller can do without, so 100 ms are enough. `store`: an answer matters.
 * `queue`: commands wait until the server is there, as subscribers and workers of BullMQ need it.
 */
export type RedisUse = 'cache' | 'store' | 'queue';

/** Times in milliseconds. */
export interface RedisOptions {
  readonly url: string;
  readonly use?: RedisUse;
  /** How long an answer is waited for; null: as long as it takes. */
  readonly commandTimeout?: number | null;
  readonly connectTimeout?: number;
  /** The longest pause between attempts to connect; they begin at 50 ms and double. */
  readonly reconnectAtMost?: number;
}

export interface RedisConnection {
  readonly redis: Redis;
  /** For readiness: rejects unless the server answers. */
  readonly ready: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const commandTimeouts = { cache: 100, store: 1_000, queue: null } as const satisfies Record<
  RedisUse,
  unknown
>;

/**
 * A connection that comes back by itself; losing it is told once in the log. While it is away, commands of a `cache` or
 * `store` are rejected at once.
 */
export function createRedis(
  options: RedisOptions,
  { log, name = 'redis' }: { readonly log: Log; readonly name?: string },
): RedisConnection {
  const { url, use = 'store', connectTimeout = 2_000, reconnectAtMost = 2_000 } = options;
  const { commandTimeout = commandTimeouts[use] } = options;
  const redis = new Redis(url, {
    connectionName: name,
    connectTimeout,
    maxRetriesPerRequest: use === 'queue' ? null : 0,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), reconnectAtMost),
    ...(commandTimeout === null ? {} : { commandTimeout }),
  });
  // Only the first commands of a service may wait for the connection, which is still being made then.
  if (use !== 'queue') redis.once('ready', () => (redis.options.enableOfflineQueue = false));
  tell(redis, log, name);

  return {
    redis,
    async ready() {
      if (redis.status !== 'ready') throw new Error(`the connection is ${redis.status}`);
      await redis.ping();
    },
    async close() {
      // Between two attempts to connect there is no connection whose end could be waited for.
      if (!['connecting', 'connect', 'ready'].includes(redis.status)) return redis.disconnect();
      const ended = new Promise<void>((resolve) => redis.once('end', () => resolve()));
      // Takes leave after what is under way; without a server there is nobody to take leave of.
      if (redis.status === 'ready') await redis.quit().catch(() => undefined);
      redis.disconnect();
      await ended;
    },
  };
}

/** Also when the server closes the connection in good order, which is no error to the client library. */
function tell(redis: Redis, log: Log, name: string): void {
  let isLost = false;
  let isClosing = false;
  const lost = (reason?: Error) => {
    if (isLost || isClosing) return;
    isLost = true;
    log.warning('redis was lost', { redis: name, ...(reason === undefined ? {} : { reason }) });
  };
  redis.on('error', lost);
  redis.on('reconnecting', () => lost());
  redis.on('ready', () => {
    if (isLost) log.info('redis is back', { redis: name });
    isLost = false;
  });
  redis.on('end', () => (isClosing = true));
}

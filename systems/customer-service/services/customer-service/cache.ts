import type { Log, Metrics } from 'fairway-kit';
import type { Redis } from 'ioredis';

export type CacheKind = 'session' | 'customer';

/** A copy of what the repository holds, with the version it had. Null: it is known to be gone. */
export interface Copy<T> {
  readonly version: number;
  readonly value: T | null;
}

/** Never rejects: without Redis nothing is found and nothing is kept. */
export interface Cache {
  find<T>(kind: CacheKind, id: string): Promise<Copy<T> | null>;
  /** Keeps what was read, unless something newer is there. */
  keepRead(kind: CacheKind, id: string, copy: Copy<unknown>): Promise<void>;
  /** Keeps what was written. Until that has succeeded this process uses no copies: they may be older. */
  keepWritten(kind: CacheKind, id: string, copy: Copy<unknown>): Promise<void>;
}

/**
 * What was read a moment ago may be older than what somebody has written since: the version decides, in one step for all
 * processes. A write of the same version goes before: it is the database that is right.
 */
const keepNewer = `
local held = redis.call('GET', KEYS[1])
local version = held and tonumber(string.match(held, '^%d+'))
if version and version > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1
`;

export function createCache(
  redis: Redis | null,
  lifetimes: Readonly<Record<CacheKind, number>>,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Cache {
  const asked = metrics.counter('cache_requests_total', 'Look-ups in the cache.', ['kind', 'outcome']);
  if (redis === null) {
    const nothing = async () => undefined;
    return { find: async () => null, keepRead: nothing, keepWritten: nothing };
  }
  /** What was written while Redis was away, by key: what it still has is older. */
  const owed = new Map<string, () => Promise<void>>();

  const keep = async (kind: CacheKind, id: string, { version, value }: Copy<unknown>) => {
    const text = JSON.stringify(value);
    await redis.eval(keepNewer, 1, keyOf(kind, id), String(version), text, String(lifetimes[kind]));
  };
  const payOff = async () => {
    for (const [key, pay] of owed) {
      await pay();
      if (owed.get(key) === pay) owed.delete(key); // not what has been written meanwhile
    }
  };
  const quietly = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (reason: unknown) => log.debug('the cache did not answer', { reason }),
    );

  return {
    async find<T>(kind: CacheKind, id: string) {
      try {
        await payOff();
        const held = await redis.get(keyOf(kind, id));
        asked({ kind, outcome: held === null ? 'miss' : 'hit' });
        return held === null ? null : copyOf<T>(held);
      } catch (reason) {
        asked({ kind, outcome: 'away' });
        log.debug('the cache did not answer', { reason });
        return null;
      }
    },

    keepRead: (kind, id, copy) => quietly(keep(kind, id, copy)),

    async keepWritten(kind, id, copy) {
      owed.set(keyOf(kind, id), () => keep(kind, id, copy));
      await quietly(payOff());
    },
  };
}

const keyOf = (kind: CacheKind, id: string) => `customer-service:${kind}:${id}`;

function copyOf<T>(held: string): Copy<T> {
  const space = held.indexOf(' ');
  return { version: Number(held.slice(0, space)), value: JSON.parse(held.slice(space + 1)) as T | null };
}

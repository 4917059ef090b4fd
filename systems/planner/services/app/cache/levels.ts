import type { Clock, Log, Metrics } from 'fairway-kit';
import { createMemoryCache } from './memory.ts';

/** What the cache needs of Redis; the connection gives up an answer after 100 ms. */
export interface SharedCache {
  getBuffer(key: string): Promise<Buffer | null>;
  set(key: string, value: Buffer, unit: 'PX', milliseconds: number): Promise<unknown>;
}

export interface Cache {
  /** Undefined when it is not there, or not to be had within 100 ms. */
  get(key: string): Promise<Buffer | undefined>;
  /** Resolves at once for this process; other replicas learn of it by and by. */
  set(key: string, value: Buffer): void;
}

/** A process's own memory first, then what all replicas share. Without Redis each process knows only what it computed. */
export function createCache(
  { bytes, ttlMillis, shared }: { bytes: number; ttlMillis: number; shared: SharedCache | null },
  { clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics },
): Cache {
  const memory = createMemoryCache({ bytes, ttlMillis }, clock);
  const counts = { memory: 0, redis: 0, none: 0 };
  const counted = metrics.counter('planner_cache_lookups_total', 'Lookups, by where the answer was found.', [
    'found',
  ]);
  const found = (where: keyof typeof counts) => {
    counts[where]++;
    counted({ found: where });
  };
  metrics.gauge('planner_cache_bytes', 'Bytes that the cache of this process holds.', () => memory.bytes());
  metrics.gauge('planner_cache_hit_percent', 'Lookups that found an answer, since the process began.', () => {
    const all = counts.memory + counts.redis + counts.none;
    return all === 0 ? [] : [{ value: (100 * (all - counts.none)) / all }];
  });

  return {
    async get(key) {
      const here = memory.get(key);
      if (here !== undefined) return (found('memory'), here);
      const there = await shared?.getBuffer(prefix + key).catch(() => null);
      if (there === null || there === undefined) return (found('none'), undefined);
      memory.set(key, there);
      return (found('redis'), there);
    },
    set(key, value) {
      memory.set(key, value);
      shared
        ?.set(prefix + key, value, 'PX', ttlMillis)
        .catch((reason: unknown) => log.debug('the shared cache did not take it', { reason }));
    },
  };
}

const prefix = 'planner:cache:';

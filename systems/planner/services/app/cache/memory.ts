import type { Clock } from 'fairway-kit';
import { LRUCache } from 'lru-cache';

/** What an entry costs beside its key and value: the cache's own records of it. */
const overhead = 256;

export interface MemoryCache {
  get(key: string): Buffer | undefined;
  set(key: string, value: Buffer): void;
  /** Bytes that are held, keys and records included. */
  bytes(): number;
}

/** The most recent answers in at most so many bytes; the least recently used goes first, and none outlives its time. */
export function createMemoryCache(
  { bytes, ttlMillis }: { readonly bytes: number; readonly ttlMillis: number },
  clock: Clock,
): MemoryCache {
  const cache = new LRUCache<string, Buffer>({
    maxSize: bytes,
    sizeCalculation: (value, key) => value.length + key.length + overhead,
    ttl: ttlMillis,
    ttlResolution: 0,
    perf: { now: () => clock.now() },
  });
  return {
    get: (key) => cache.get(key),
    set(key, value) {
      cache.set(key, value);
    },
    bytes: () => cache.calculatedSize,
  };
}

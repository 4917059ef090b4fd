import type { Clock } from '#kernel';

/** How often it may be tried to log in; in memory, as each control plane sees it. */
export interface Attempts {
  /** Takes one for an address; how many seconds to wait where there is none left, or null. */
  take(address: string): number | null;
  /** Gives it back: the attempt was good. */
  giveBack(address: string): void;
}

interface Bucket {
  left: number;
  at: number;
}

const limits = { each: { burst: 10, perMinute: 10 }, all: { burst: 100, perMinute: 300 } } as const;
type Limit = (typeof limits)[keyof typeof limits];

/** More addresses than that are not told apart for long: those tried first are forgotten. */
const addressesMax = 10_000;

/** Token buckets, one for each address and one for all of them. */
export function createAttempts(clock: Clock): Attempts {
  const all: Bucket = { left: limits.all.burst, at: clock.now() };
  const buckets = new Map<string, Bucket>();
  const bucketOf = (address: string): Bucket => {
    const known = buckets.get(address) ?? { left: limits.each.burst, at: clock.now() };
    buckets.delete(address);
    buckets.set(address, known); // the last one tried stands last
    const [oldest] = buckets.size > addressesMax ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
    return known;
  };
  return {
    take(address) {
      const own = bucketOf(address);
      const now = clock.now();
      const wait = Math.max(waitFor(own, limits.each, now), waitFor(all, limits.all, now));
      if (wait > 0) return wait;
      own.left -= 1;
      all.left -= 1;
      return null;
    },
    giveBack(address) {
      const own = bucketOf(address);
      own.left = Math.min(limits.each.burst, own.left + 1);
      all.left = Math.min(limits.all.burst, all.left + 1);
    },
  };
}

/** Fills a bucket up to now; seconds until it holds one, 0 when it does. */
function waitFor(bucket: Bucket, { burst, perMinute }: Limit, now: number): number {
  // A clock that was set back fills nothing and takes nothing.
  bucket.left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 60_000) * perMinute);
  bucket.at = now;
  return bucket.left >= 1 ? 0 : Math.ceil(((1 - bucket.left) * 60) / perMinute);
}

import type { Clock } from './clock.ts';

/** How a bucket fills and how much it holds. */
export interface BucketRules {
  /** Tokens that come back within `per`. */
  readonly limit: number;
  /** Milliseconds. */
  readonly per: number;
  /** What a full bucket holds. */
  readonly burst: number;
}

export interface Taken {
  readonly allowed: boolean;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Milliseconds until the next token; 0 when this one was allowed. */
  readonly retryAfter: number;
}

/** Buckets in this process. At most `mostKeys`: beyond that the one not used for longest is forgotten. */
export function memoryBuckets(
  { limit, per, burst }: BucketRules,
  { clock, mostKeys }: { readonly clock: Clock; readonly mostKeys: number },
): (key: string) => Taken {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const refilled = ({ tokens, at }: { tokens: number; at: number }, now: number) =>
    Math.min(burst, tokens + (Math.max(0, now - at) * limit) / per);

  return (key) => {
    const now = clock.now();
    const found = buckets.get(key);
    const tokens = found === undefined ? burst : refilled(found, now);
    const allowed = tokens >= 1;
    const left = allowed ? tokens - 1 : tokens;
    buckets.delete(key); // so that it stands last again
    const [longestUnused] = buckets.keys();
    if (buckets.size >= mostKeys && longestUnused !== undefined) buckets.delete(longestUnused);
    buckets.set(key, { tokens: left, at: now });
    return takenOf(allowed, left, { limit, per });
  };
}

export const takenOf = (
  allowed: boolean,
  left: number,
  { limit, per }: Pick<BucketRules, 'limit' | 'per'>,
): Taken => ({
  allowed,
  remaining: Math.floor(left),
  retryAfter: allowed ? 0 : Math.max(1, Math.ceil(((1 - left) * per) / limit)),
});

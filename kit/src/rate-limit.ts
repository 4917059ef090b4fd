import { type Clock, systemClock } from './clock.ts';
import type { Log } from './log.ts';
import { type BucketRules, memoryBuckets, type Taken, takenOf } from './rate-limit-memory.ts';

export type { Taken } from './rate-limit-memory.ts';

/** What a rate limit needs of ioredis. */
export interface RedisScripts {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

export interface RateLimitOptions {
  /** Tokens per `per`; 0: no limit. */
  readonly limit: number;
  /** Milliseconds. */
  readonly per: number;
  /** How many may be taken at once after a quiet time. */
  readonly burst?: number;
  /** Keeps the keys of one limit apart from those of others. */
  readonly prefix: string;
  /** Shares the buckets between all processes that use this server. Absent: each process has its own. */
  readonly redis?: RedisScripts;
  /** How long Redis is left alone after it failed, in milliseconds: a server that hangs would delay every request. */
  readonly pause?: number;
  /** How many buckets a process keeps at most when Redis is not used. */
  readonly mostKeys?: number;
}

export interface RateLimit {
  readonly limit: number;
  readonly per: number;
  /** Takes one token of the bucket of this key. Never rejects. */
  take(key: string): Promise<Taken>;
}

/**
 * A token bucket for each key: full at first, `limit` tokens come back evenly within `per`, each call takes one. While
 * Redis is away each process counts by itself, and the log says so.
 */
export function createRateLimit(
  options: RateLimitOptions,
  { clock = systemClock, log }: { readonly clock?: Clock; readonly log?: Log } = {},
): RateLimit {
  const { limit, per, burst = limit, prefix, redis, pause = 1_000, mostKeys = 50_000 } = options;
  if (limit === 0) {
    const unlimited = { allowed: true, remaining: Number.POSITIVE_INFINITY, retryAfter: 0 };
    return { limit, per, take: () => Promise.resolve(unlimited) };
  }
  const rules = { limit, per, burst };
  const fromMemory = memoryBuckets(rules, { clock, mostKeys });
  if (redis === undefined) return { limit, per, take: (key) => Promise.resolve(fromMemory(key)) };

  let awayUntil: number | null = null;
  return {
    limit,
    per,
    async take(key) {
      if (awayUntil !== null && clock.now() < awayUntil) return fromMemory(key);
      try {
        const taken = await takeFromRedis(redis, `${prefix}:${key}`, rules);
        if (awayUntil !== null) log?.info('rate limit is shared again', { limit: prefix });
        awayUntil = null;
        return taken;
      } catch (reason) {
        const message = 'rate limit counts in this process only: redis is away';
        if (awayUntil === null) log?.warning(message, { limit: prefix, reason });
        awayUntil = clock.now() + pause;
        return fromMemory(key);
      }
    },
  };
}

/**
 * One step for all processes, with the server's time for all. The bucket is kept until it would be full again; a full one
 * need not be known. A number would lose its fraction on the way out of Lua, so that the tokens leave as text.
 */
const script = `
local limit, per, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or burst
local elapsed = math.max(0, now - (tonumber(bucket[2]) or now))
tokens = math.min(burst, tokens + elapsed * limit / per)
local allowed = 0
if tokens >= 1 then
  allowed = 1
  tokens = tokens - 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) * per / limit) + 1)
return { allowed, string.format('%.9f', tokens) }
`;

async function takeFromRedis(redis: RedisScripts, key: string, rules: BucketRules): Promise<Taken> {
  const { limit, per, burst } = rules;
  const reply = await redis.eval(script, 1, key, String(limit), String(per), String(burst));
  const [allowed, left] = Array.isArray(reply) ? (reply as unknown[]) : [];
  return takenOf(Number(allowed) === 1, Number(left), rules);
}

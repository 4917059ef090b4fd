import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Redis } from 'ioredis';
import type { Clock } from '../common/clock.ts';

export type Limit = 'all' | 'login';

/** Null when the request may pass; otherwise after how many seconds to come again. */
export type RateLimit = (limit: Limit, address: string) => Promise<number | null>;

const minute = 60_000;

/**
 * Counts requests per address and minute in Redis, for all replicas together. Without Redis everybody passes: it is a
 * guard against floods, not against entry.
 */
export function createRateLimit(options: {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly perMinute: Readonly<Record<Limit, number>>;
}): RateLimit {
  const { redis, clock, perMinute } = options;
  return async (limit, address) => {
    const most = perMinute[limit];
    if (most === 0) return null;
    const now = clock.now();
    const window = Math.floor(now / minute);
    const key = `rate:${limit}:${address}:${window}`;
    const counted = await redis
      .multi()
      .incr(key)
      .expire(key, 2 * 60)
      .exec()
      .catch(() => null); // nobody is refused for want of a count
    const count = Number(counted?.[0]?.[1] ?? 0);
    return count > most ? Math.ceil(((window + 1) * minute - now) / 1_000) : null;
  };
}

/** The address of the caller as the nearest proxies of ours saw it. What callers write before that is not believed. */
export function addressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, proxies: number): string {
  const entries = forwarded(request.headers);
  const seen = proxies === 0 ? undefined : entries.at(-Math.min(proxies, entries.length));
  return (seen ?? request.socket.remoteAddress ?? 'unknown').slice(0, 64);
}

function forwarded(headers: IncomingHttpHeaders): string[] {
  const value = headers['x-forwarded-for'];
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
}

import { createHash } from 'node:crypto';
import type { Log } from 'fairway-kit';
import type { RedisConnection } from 'fairway-kit/redis';
import { z } from 'zod';
import { sessionCookies } from '../common/session-cookies.ts';
import type { Caller } from '../common/token.ts';
import type { Accounts } from './accounts.ts';

/** Postgres is the truth; Redis remembers for a few seconds what it said. */
export interface Sessions {
  /** Who has these cookies, or null when they are not signed by us, ended, or revoked. */
  callerOf(cookies: string): Promise<Caller | null>;
  /** After anything that may have ended the session of these cookies. */
  forget(cookies: string): Promise<void>;
}

const rememberSeconds = 10;
const seen = z.object({ userId: z.string(), email: z.string(), name: z.string(), expiresAt: z.number() });

export function createSessions(world: {
  readonly accounts: Accounts;
  readonly redis: RedisConnection['redis'];
  readonly log: Log;
  readonly now: () => number;
}): Sessions {
  const { accounts, redis, log, now } = world;

  async function recall(key: string): Promise<z.infer<typeof seen> | null> {
    try {
      const text = await redis.get(key);
      return text === null ? null : seen.parse(JSON.parse(text));
    } catch (reason) {
      log.debug('sessions are read without the cache', { reason });
      return null;
    }
  }

  return {
    async callerOf(cookies) {
      const ours = sessionCookies(cookies);
      if (ours === null) return null;
      const key = keyOf(ours);
      const known = await recall(key);
      if (known !== null) return known.expiresAt > now() ? callerIn(known) : null;

      const found = await accounts.api.getSession({ headers: new Headers({ cookie: ours }) });
      if (found === null) return null;
      const { user, session } = found;
      const fresh = {
        userId: user.id,
        email: user.email,
        name: user.name,
        expiresAt: session.expiresAt.getTime(),
      };
      await redis.set(key, JSON.stringify(fresh), 'EX', rememberSeconds).catch(() => undefined);
      return callerIn(fresh);
    },
    async forget(cookies) {
      const ours = sessionCookies(cookies);
      if (ours !== null) await redis.del(keyOf(ours)).catch(() => undefined);
    },
  };
}

const callerIn = ({ userId, email, name }: z.infer<typeof seen>): Caller => ({ userId, email, name });

/** Of the whole signed values: a changed signature is another key, and never in the cache. */
const keyOf = (ours: string) => `session:${createHash('sha256').update(ours).digest('base64url')}`;

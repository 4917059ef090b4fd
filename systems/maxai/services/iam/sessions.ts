import type { Clock } from 'fairway-kit';
import type { Database, Queries } from 'fairway-kit/postgres';
import type { Redis } from 'ioredis';
import { ofTenant } from '../common/tenancy.ts';
import type { Caller, Tokens } from '../common/tokens.ts';

export const sessionMillis = 24 * 3_600_000;

/** Of a session in the cache. The gateway keeps the tokens it has proved in it, so that all go when the session goes. */
export const sessionKey = (sessionId: string) => `session:${sessionId}`;

export interface Begun {
  readonly token: string;
  readonly sessionId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface SessionRow {
  readonly session_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export interface Sessions {
  begin(user: Omit<Caller, 'sessionId'>): Promise<Begun>;
  /** Puts a session that still lasts back into the cache; false when it has ended. */
  restore(tenantId: string, sessionId: string): Promise<boolean>;
  /** Ends sessions of a tenant: one, or all. Resolves when no token of theirs is let in any more. Gives how many. */
  revoke(tenantId: string, sessionId?: string): Promise<number>;
  list(tenantId: string): Promise<readonly SessionRow[]>;
}

/** Sessions of 24 hours. Postgres has the truth; the cache may forget anything at any time. */
export function createSessions(options: {
  readonly database: Database;
  readonly redis: Redis;
  readonly tokens: Tokens;
  readonly clock: Clock;
}): Sessions {
  const { database, redis, tokens, clock } = options;

  async function remember(sessionId: string, tenantId: string, expiresAt: number): Promise<void> {
    const key = sessionKey(sessionId);
    await redis.multi().hset(key, 'tenant', tenantId).pexpireat(key, Math.floor(expiresAt)).exec();
  }

  return {
    async begin(user) {
      const expiresAt = clock.now() + sessionMillis;
      const [row] = await ofTenant(database, user.tenantId).query<{ session_id: string }>(
        'INSERT INTO sessions (tenant_id, user_id, expires_at) VALUES ($1, $2, $3) RETURNING session_id',
        [user.userId, new Date(expiresAt)],
      );
      const sessionId = row?.session_id ?? '';
      // Without the cache the gateway asks here: a session begins all the same.
      await remember(sessionId, user.tenantId, expiresAt).catch(() => undefined);
      return { token: await tokens.issue({ ...user, sessionId }, expiresAt), sessionId, expiresAt };
    },

    restore: (tenantId, sessionId) =>
      database.transaction(async (tx) => {
        // The lock makes a revocation wait until the cache is written: what it deletes then stays deleted.
        const [session] = await lasting(ofTenant(tx, tenantId), sessionId);
        if (session === undefined || session.expires_at.getTime() <= clock.now()) return false;
        await remember(sessionId, tenantId, session.expires_at.getTime()).catch(() => undefined);
        return true;
      }),

    async revoke(tenantId, sessionId) {
      const ended = await ofTenant(database, tenantId).query<{ session_id: string }>(
        `UPDATE sessions SET revoked_at = coalesce(revoked_at, now())
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR session_id = $2) AND expires_at > now()
         RETURNING session_id`,
        [sessionId ?? null],
      );
      // A failure is the caller's to know: as long as the cache has the session, its tokens are let in.
      if (ended.length > 0) await redis.del(ended.map((each) => sessionKey(each.session_id)));
      return ended.length;
    },

    list: (tenantId) =>
      ofTenant(database, tenantId).query<SessionRow>(
        `SELECT s.session_id, s.user_id, u.email, s.created_at, s.expires_at
         FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.user_id = s.user_id
         WHERE s.tenant_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
         ORDER BY s.created_at DESC LIMIT 100`,
      ),
  };
}

const lasting = (queries: Queries, sessionId: string) =>
  queries.query<{ expires_at: Date }>(
    `SELECT expires_at FROM sessions
     WHERE tenant_id = $1 AND session_id = $2 AND revoked_at IS NULL FOR SHARE`,
    [sessionId],
  );

import { errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from 'fairway-kit';
import { z } from 'zod';

/** On whose behalf something is done. All ids are UUIDs. */
export interface Caller {
  readonly tenantId: string;
  /** The client of the tenant he works for; null: all of them. */
  readonly clientId: string | null;
  readonly userId: string;
  /** `operator` runs the platform and may look after every tenant. */
  readonly role: 'member' | 'admin' | 'operator';
  readonly sessionId: string;
}

export interface ReadToken {
  readonly caller: Caller;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface Tokens {
  issue(caller: Caller, expiresAt?: number): Promise<string>;
  /** Null when it is not one of ours, or too old. */
  read(token: string): Promise<ReadToken | null>;
}

const claims = z.object({
  sub: z.uuid(),
  tenant: z.uuid(),
  client: z.uuid().nullable(),
  role: z.enum(['member', 'admin', 'operator']),
  sid: z.uuid(),
  exp: z.number(),
});

/**
 * JSON Web Tokens (HS256) of one key and one audience: those of sessions, which callers carry, and those of the inside, with
 * which the gateway tells the services who calls. `lifetime` in milliseconds.
 */
export function createTokens(options: {
  readonly key: string;
  readonly audience: 'session' | 'inside';
  readonly lifetime: number;
  readonly clock: Clock;
}): Tokens {
  const { audience, lifetime, clock } = options;
  const key = new TextEncoder().encode(options.key);
  return {
    issue: ({ tenantId, clientId, userId, role, sessionId }, expiresAt = clock.now() + lifetime) =>
      new SignJWT({ tenant: tenantId, client: clientId, role, sid: sessionId })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setAudience(audience)
        .setIssuedAt(Math.floor(clock.now() / 1_000))
        .setExpirationTime(Math.floor(expiresAt / 1_000))
        .sign(key),

    async read(token) {
      try {
        const currentDate = new Date(clock.now());
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], audience, currentDate });
        const { sub, tenant, client, role, sid, exp } = claims.parse(payload);
        const caller = { tenantId: tenant, clientId: client, userId: sub, role, sessionId: sid };
        return { caller, expiresAt: exp * 1_000 };
      } catch (reason) {
        if (reason instanceof errors.JOSEError || reason instanceof z.ZodError) return null;
        throw reason;
      }
    },
  };
}

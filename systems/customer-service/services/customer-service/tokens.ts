import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Metrics } from 'fairway-kit';
import { errors, jwtVerify, SignJWT } from 'jose';
import { type Role, roles } from './domain/roles.ts';

/** Who calls, as an access token says it. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly sessionId: string;
}

export interface Tokens {
  /** An access token (JWT, HS256) and how many seconds it is good for. */
  issue(caller: Caller): Promise<{ readonly token: string; readonly seconds: number }>;
  /** Null when it is no token of ours, or over. */
  verify(token: string): Promise<Caller | null>;
}

const issuer = 'customer-service';

/** `keys`: the one that signs first, and one before it that is still accepted. */
export function createTokens(
  { keys, lifetime }: { readonly keys: readonly [string, ...string[]]; readonly lifetime: number },
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
): Tokens {
  const [signing, ...others] = keys.map((key) => ({ id: hashOf(key).slice(0, 12), key: Buffer.from(key) }));
  const issued = metrics.counter('jwt_issued_total', 'Access tokens that were issued.', ['role']);
  if (signing === undefined) throw new Error('There is no key to sign with.');
  const accepted = new Map([signing, ...others].map(({ id, key }) => [id, key]));
  const seconds = Math.floor(lifetime / 1_000);

  return {
    async issue({ userId, email, role, sessionId }) {
      const now = Math.floor(clock.now() / 1_000);
      const token = await new SignJWT({ email, role, sid: sessionId })
        .setProtectedHeader({ alg: 'HS256', kid: signing.id })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .sign(signing.key);
      issued({ role });
      return { token, seconds };
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid = '' }) => accepted.get(kid) ?? Promise.reject(new errors.JWKSNoMatchingKey()),
          {
            ...{ issuer, audience: issuer, algorithms: ['HS256'] },
            requiredClaims: ['sub', 'exp', 'sid'],
            currentDate: new Date(clock.now()),
          },
        );
        const { sub, sid, email, role } = payload;
        const known = roles.find((each) => each === role);
        return typeof sub === 'string' && typeof sid === 'string' && typeof email === 'string' && known
          ? { userId: sub, sessionId: sid, email, role: known }
          : null;
      } catch (reason) {
        if (reason instanceof errors.JOSEError) return null;
        throw reason;
      }
    },
  };
}

/** A refresh token, known to its owner only, and what is kept of it. */
export function newRefreshToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashOf(token) };
}

/** No salt and no cost is needed for 256 random bits. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

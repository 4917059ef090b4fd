import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from 'fairway-kit';
import { fail, ok, type Result } from './result.ts';

/** On whose behalf the edge calls the core: a user, or itself to open and close sessions. */
export interface Caller {
  readonly subject: string;
  readonly scope: 'user' | 'sessions';
}

const names = { issuer: 'journal-edge', audience: 'journal-core' } as const;
const lifetimeSeconds = 60;

export interface Tokens {
  /** A token for one call: HS256, good for 60 seconds. */
  issue(caller: Caller): Promise<string>;
  /** Failure: `token_refused`. */
  verify(authorization: string | undefined): Promise<Result<Caller>>;
}

export function createTokens(secret: string, clock: Clock): Tokens {
  const key = new TextEncoder().encode(secret);
  return {
    issue({ subject, scope }) {
      const now = Math.floor(clock.now() / 1_000);
      return new SignJWT({ scope })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(subject)
        .setIssuer(names.issuer)
        .setAudience(names.audience)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(key);
    },

    async verify(authorization) {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined)
        return fail('token_missing', 'The call has no header authorization: Bearer ….');
      try {
        const { payload } = await jwtVerify(token, key, {
          ...names,
          algorithms: ['HS256'],
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(clock.now()),
          clockTolerance: 5,
        });
        const { sub, scope } = payload;
        const isKnown = sub !== undefined && (scope === 'user' || scope === 'sessions');
        return isKnown ? ok({ subject: sub, scope }) : fail('token_refused', 'The token has no known scope.');
      } catch (reason) {
        return fail('token_refused', `The token is not accepted: ${codeOf(reason)}.`);
      }
    },
  };
}

const codeOf = (reason: unknown) =>
  reason instanceof Error && 'code' in reason ? String(reason.code) : 'it cannot be read';

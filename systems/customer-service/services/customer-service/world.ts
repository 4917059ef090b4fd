import type { Clock, Idempotency, Log, RateLimit } from 'fairway-kit';
import type { Context } from 'hono';
import { problem } from 'fairway-kit/hono';
import type { Cache } from './cache.ts';
import type { Repository } from './repository/repository.ts';
import type { Caller, Tokens } from './tokens.ts';
import type { Trail } from './trail.ts';

/** What the routes work with. */
export interface World {
  readonly repository: Repository;
  readonly cache: Cache;
  readonly trail: Trail;
  readonly tokens: Tokens;
  readonly idempotency: Idempotency;
  readonly limits: { readonly login: RateLimit; readonly user: RateLimit };
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds from a login or refresh to the end of the session. */
  readonly sessionLifetime: number;
  readonly cookieLogin: boolean;
}

/** Bytes: the `bodyLimit` of the definition. */
export const bodies = { largest: 64_000 } as const;

/** What a request carries once it is known who calls. */
export interface Web {
  readonly Variables: { readonly caller: Caller };
}

/** 503: nothing was done, or nobody knows. The caller asks again, a write with the same Idempotency-Key or If-Match. */
export function comeBack(c: Context, code: string, detail: string): Response {
  c.header('retry-after', '1');
  return problem(c, 503, code, detail);
}

export const trailFull = (c: Context): Response =>
  comeBack(c, 'audit_full', 'What happens here cannot be recorded now. Try again.');

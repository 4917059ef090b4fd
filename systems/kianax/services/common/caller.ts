import { type Clock, identify } from 'fairway-kit';
import { problem } from 'fairway-kit/hono';
import type { MiddlewareHandler } from 'hono';
import { type Caller, readCaller } from './token.ts';

/** What handlers behind `forCallers` find in the context. */
export interface WithCaller {
  Variables: { caller: Caller };
}

/** Lets pass who was signed in at the gateway; everybody else gets 401. */
export function forCallers(secret: string, clock: Clock): MiddlewareHandler<WithCaller> {
  return async (c, next) => {
    const caller = await readCaller(c.req.header('authorization'), secret, clock.now());
    if (caller === null) return problem(c, 401, 'not_signed_in', 'Sign in first.');
    identify({ userId: caller.userId });
    c.set('caller', caller);
    return next();
  };
}

import { type Clock, identify, secret } from 'fairway-kit';
import { problem } from 'fairway-kit/hono';
import type { MiddlewareHandler } from 'hono';
import { type Caller, createTokens } from './tokens.ts';

/** What a request carries behind the gateway. */
export interface Inside {
  Variables: { caller: Caller };
}

export const insideSettings = { insideKey: secret('INSIDE_KEY') } as const;

/** Tokens of the inside are for one request and what follows from it. */
export const insideTokens = (key: string, clock: Clock) =>
  createTokens({ key, audience: 'inside', lifetime: 60_000, clock });

/** Lets nobody in whom the gateway did not send, and tells log and traces who it is. */
export function behindGateway(insideKey: string, clock: Clock): MiddlewareHandler<Inside> {
  const tokens = insideTokens(insideKey, clock);
  return async (c, next) => {
    const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const read = token === undefined ? null : await tokens.read(token);
    if (read === null) return problem(c, 401, 'not_from_gateway', 'Only the gateway may ask this service.');
    const { tenantId, clientId, userId } = read.caller;
    identify({ tenantId, userId, ...(clientId === null ? {} : { clientId }) });
    c.set('caller', read.caller);
    return next();
  };
}

import { currentRequest, identify, isFromOwnPage } from 'fairway-kit';
import { problem } from 'fairway-kit/hono';
import type { Context, MiddlewareHandler } from 'hono';
import { toHeaders } from '../common/origin.ts';
import type { Identities, Identity } from './identity.ts';

export interface WithIdentity {
  Variables: { identity: Identity };
}

/** Lets pass who is signed in. */
export function signedIn(identities: Identities): MiddlewareHandler<WithIdentity> {
  return async (c, next) => {
    let identity: Identity | null;
    try {
      identity = await identities.find(c.req.header('cookie'));
    } catch {
      c.header('retry-after', '1');
      return problem(c, 503, 'service_away', 'Nobody can be recognised now. Try again.');
    }
    if (identity === null) return problem(c, 401, 'not_signed_in', 'Sign in first.');
    identify({ userId: identity.userId });
    c.set('identity', identity);
    return next();
  };
}

/** Refuses what a page of somebody else has a browser write, and keeps answers of the API out of caches and frames. */
export const protect: MiddlewareHandler<WithIdentity> = async (c, next) => {
  const isReading = ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
  if (!isReading && !isFromOwnPage(c.req.header()))
    return problem(c, 403, 'origin_wrong', 'The request comes from a page of another origin.');
  await next();
  const headers = c.res.headers;
  const set = (name: string, value: string) => headers.has(name) || headers.set(name, value);
  set('x-content-type-options', 'nosniff');
  set('referrer-policy', 'no-referrer');
  set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  set('cache-control', 'no-store');
  if (protoOf(c) === 'https') set('strict-transport-security', 'max-age=63072000; includeSubDomains');
  return undefined;
};

/** How the browser came, for auth: links and cookies depend on it. */
export const seenBy = (c: Context): Record<string, string> =>
  toHeaders({ host: hostOf(c), proto: protoOf(c), address: currentRequest()?.address ?? '' });

export const ownOrigin = (c: Context): string => `${protoOf(c)}://${hostOf(c)}`;

const hostOf = (c: Context): string => c.req.header('x-forwarded-host') ?? c.req.header('host') ?? '';
const protoOf = (c: Context): string => c.req.header('x-forwarded-proto') ?? 'http';

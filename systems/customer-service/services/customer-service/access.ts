import { identify, isFromOwnPage } from 'fairway-kit';
import { problem } from 'fairway-kit/hono';
import type { MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { may, type Permission } from './domain/roles.ts';
import { isActive, type Session } from './domain/session.ts';
import type { Caller } from './tokens.ts';
import type { Web, World } from './world.ts';

export const accessCookie = 'access_token';

/** Lets through who has a good token, a session that has not ended, and a role that may do this (null: any role). */
export function allow(world: World, permission: Permission | null): MiddlewareHandler<Web> {
  const { tokens, limits, cookieLogin } = world;
  return async (c, next) => {
    const cookie = cookieLogin ? getCookie(c, accessCookie) : undefined;
    const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (bearer === undefined && c.req.method !== 'GET' && !isFromOwnPage(c.req.header()))
      return problem(c, 403, 'origin_wrong', 'The request comes from a page of another origin.');
    const token = bearer ?? cookie;
    const caller = token === undefined ? null : await tokens.verify(token);
    if (caller === null || !(await hasSession(world, caller))) {
      c.header('www-authenticate', 'Bearer');
      return problem(c, 401, 'token_refused', 'Log in: the request bears no token that is good now.');
    }
    identify({ userId: caller.userId });
    if (permission !== null && !may(caller.role, permission))
      return problem(c, 403, 'role_refused', `The role ${caller.role} may not do this (${permission}).`);
    const { allowed, retryAfter } = await limits.user.take(caller.userId);
    if (!allowed) {
      c.header('retry-after', String(Math.ceil(retryAfter / 1_000)));
      return problem(c, 429, 'too_many_requests', 'Too many requests of this user.');
    }
    c.set('caller', caller);
    return next();
  };
}

/** A token outlives the end of its session: so the session is asked for, of the cache first. */
async function hasSession(
  { cache, repository, clock }: World,
  { sessionId, userId }: Caller,
): Promise<boolean> {
  const copy = await cache.find<Session>('session', sessionId);
  if (copy !== null && copy.value === null) return false;
  if (copy?.value?.userId === userId && isActive(copy.value, clock.now())) return true;
  const session = await repository.session(sessionId); // a copy that is over may be an old one
  if (session === null || session.userId !== userId || !isActive(session, clock.now())) return false;
  await cache.keepRead('session', sessionId, { version: session.version, value: session });
  return true;
}

import { getCookie } from 'hono/cookie';
import type { MiddlewareHandler } from 'hono';
import { problem } from 'fairway-kit/hono';
import type { Web } from '../common/app.ts';
import { equalTexts } from './equal.ts';
import type { OpenSession, Sessions } from './sessions.ts';

export const sessionCookie = 'journal_session';
export const csrfCookie = 'journal_csrf';
const csrfHeader = 'x-csrf-token';

export interface SessionWeb extends Web {
  Variables: { session: OpenSession };
}

/** On every answer, also the refusals and those of the probes. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

export function loggedIn(sessions: Sessions): MiddlewareHandler<SessionWeb> {
  return async (c, next) => {
    const session = await sessions.find(getCookie(c, sessionCookie));
    if (!session.ok) return problem(c, 502, session.code, session.detail);
    if (session.value === null) return problem(c, 401, 'not_logged_in', 'Log in with POST /auth/login.');
    c.set('session', session.value);
    return next();
  };
}

/**
 * Unsafe requests must repeat the session's token in a header, which a page of somebody else cannot know, and must not
 * come from such a page at all.
 */
export function noForgery(sessions: Sessions): MiddlewareHandler<SessionWeb> {
  return async (c, next) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return next();
    if (!isSameOrigin((name) => c.req.header(name))) {
      return problem(c, 403, 'origin_wrong', 'The request comes from a page of another origin.');
    }
    const given = c.req.header(csrfHeader) ?? '';
    if (equalTexts(given, sessions.csrfTokenOf(c.get('session')))) return next();
    return problem(c, 403, 'csrf_wrong', `The header ${csrfHeader} must hold the csrfToken of GET /auth/me.`);
  };
}

/** Programs send no Origin; browsers do, and it must be the host that they asked. */
export function isSameOrigin(header: (name: string) => string | undefined): boolean {
  const origin = header('origin');
  if (origin === undefined) return true;
  const host = header('x-forwarded-host') ?? header('host');
  return URL.canParse(origin) && new URL(origin).host === host;
}

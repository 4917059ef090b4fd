import { type Context, Hono } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { Clock } from '../common/clock.ts';
import { shape, textField } from '../common/shape.ts';
import { problem } from '../common/web.ts';
import {
  csrfCookie,
  isSameOrigin,
  limited,
  loggedIn,
  noForgery,
  sessionCookie,
  type SessionWeb,
} from './guards.ts';
import type { RateLimit } from './rate-limit.ts';
import type { OpenSession, Sessions } from './sessions.ts';

const parse = shape({ email: textField({ most: 200 }), password: textField({ most: 200 }) });

/** Logging in and out, and who is logged in. */
export function authRoutes(options: {
  readonly sessions: Sessions;
  readonly rateLimit: RateLimit;
  readonly proxies: number;
  readonly clock: Clock;
}): Hono<SessionWeb> {
  const { sessions, rateLimit, proxies, clock } = options;
  const app = new Hono<SessionWeb>();
  const view = (session: OpenSession) => ({
    user: { id: session.userId, email: session.email, name: session.name },
    csrfToken: sessions.csrfTokenOf(session),
    expiresAt: new Date(session.expiresAt).toISOString(),
  });

  app.post('/login', limited(rateLimit, 'login', proxies), async (c) => {
    if (!isSameOrigin((name) => c.req.header(name))) {
      return problem(c, 403, 'origin_wrong', 'The request comes from a page of another origin.');
    }
    const login = parse(await c.req.text());
    if (!login.ok) return problem(c, 422, login.code, login.detail);
    const session = await sessions.open(login.value, c.get('trail'));
    if (!session.ok)
      return problem(c, session.code === 'login_wrong' ? 401 : 502, session.code, session.detail);
    const cookie = {
      ...cookieOptions(c),
      maxAge: Math.floor((session.value.expiresAt - clock.now()) / 1_000),
    };
    setCookie(c, sessionCookie, sessions.cookieOf(session.value), { ...cookie, httpOnly: true });
    // For the page's own scripts, which must put it into a header.
    setCookie(c, csrfCookie, sessions.csrfTokenOf(session.value), cookie);
    return c.json(view(session.value));
  });

  app.post('/logout', loggedIn(sessions), noForgery(sessions), async (c) => {
    const ended = await sessions.end(c.get('session'), c.get('trail'));
    if (!ended.ok) return problem(c, 502, ended.code, ended.detail);
    deleteCookie(c, sessionCookie, cookieOptions(c));
    deleteCookie(c, csrfCookie, cookieOptions(c));
    return c.body(null, 204);
  });

  app.get('/me', loggedIn(sessions), (c) => c.json(view(c.get('session'))));

  return app;
}

const cookieOptions = (c: Context<SessionWeb>) => ({
  path: '/',
  sameSite: 'Lax' as const,
  secure: c.req.header('x-forwarded-proto') === 'https',
});

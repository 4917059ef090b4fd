import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Web } from '../common/app.ts';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { Clock } from 'fairway-kit';
import { shape, textField } from '../common/shape.ts';
import { problem } from 'fairway-kit/hono';
import { csrfCookie, isSameOrigin, loggedIn, noForgery, sessionCookie, type SessionWeb } from './guards.ts';
import type { OpenSession, Sessions } from './sessions.ts';

const parse = shape({ email: textField({ most: 200 }), password: textField({ most: 200 }) });

/** Logging in and out, and who is logged in. */
export function authRoutes(options: {
  readonly sessions: Sessions;
  /** Lets an address try a password so often. */
  readonly limitLogins: MiddlewareHandler<Web>;
  readonly clock: Clock;
}): Hono<SessionWeb> {
  const { sessions, limitLogins, clock } = options;
  const app = new Hono<SessionWeb>();
  const view = (session: OpenSession) => ({
    user: { id: session.userId, email: session.email, name: session.name },
    csrfToken: sessions.csrfTokenOf(session),
    expiresAt: new Date(session.expiresAt).toISOString(),
  });

  app.post('/login', limitLogins, async (c) => {
    if (!isSameOrigin((name) => c.req.header(name))) {
      return problem(c, 403, 'origin_wrong', 'The request comes from a page of another origin.');
    }
    const login = parse(await c.req.text());
    if (!login.ok) return problem(c, 422, login.code, login.detail);
    const session = await sessions.open(login.value);
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
    const ended = await sessions.end(c.get('session'));
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

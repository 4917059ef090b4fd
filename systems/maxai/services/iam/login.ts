import { createHash, randomBytes } from 'node:crypto';
import { type Clock, identify, isPassword, type Log } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import type { Database } from 'fairway-kit/postgres';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { Inside } from '../common/caller.ts';
import type { Google } from './google.ts';
import type { Sessions } from './sessions.ts';
import { callerOf, findByEmail, shownUser, type User } from './users.ts';

export const sessionCookie = 'maxai_session';
const stateCookie = 'maxai_google_state';

const credentials = z.object({ email: z.email().max(200), password: z.string().min(1).max(200) });

/** Logging in: the only thing that the gateway lets through without a session. */
export function loginRoutes(parts: {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly google: Google;
  readonly secureCookies: boolean;
  readonly log: Log;
  readonly clock: Clock;
}): Hono<Inside> {
  const { database, sessions, google, secureCookies, log, clock } = parts;
  const app = new Hono<Inside>();

  async function begin(c: Context, user: User) {
    const { token, sessionId, expiresAt } = await sessions.begin(callerOf(user));
    identify({
      tenantId: user.tenant_id,
      userId: user.user_id,
      ...(user.client_id === null ? {} : { clientId: user.client_id }),
    });
    log.audit('logged in', { session: sessionId });
    setCookie(c, sessionCookie, token, cookieRules(secureCookies, new Date(expiresAt)));
    return { token, expiresAt: new Date(expiresAt).toISOString(), user: shownUser(user) };
  }

  app.post('/login', async (c) => {
    const read = await body(c, credentials);
    if (!read.ok) return read.response;
    const user = await findByEmail(database, read.value.email);
    const isRight = await isPassword(read.value.password, user?.password_hash ?? null);
    if (user === null || !isRight) return problem(c, 401, 'not_you', 'The address or the password is wrong.');
    return c.json(await begin(c, user));
  });

  app.get('/google', (c) => {
    // Whoever comes back must be who went: the state is known to his browser and to the address he comes back with.
    const state = randomBytes(24).toString('base64url');
    const expires = new Date(clock.now() + 600_000);
    setCookie(c, stateCookie, state, { ...cookieRules(secureCookies, expires), sameSite: 'Lax' });
    return c.redirect(google.authorizeUrl(hashed(state)));
  });

  app.get('/google/callback', async (c) => {
    const { code = '', state = '' } = c.req.query();
    const own = getCookie(c, stateCookie);
    if (own === undefined || state !== hashed(own) || code === '')
      return problem(c, 400, 'google_state', 'This log-in was not begun here. Begin it again.');
    const email = await google.emailOf(code);
    const user = email === null ? null : await findByEmail(database, email);
    if (user === null) return problem(c, 403, 'not_invited', 'Nobody here has this address of Google.');
    await begin(c, user);
    setCookie(c, stateCookie, '', { ...cookieRules(secureCookies, new Date(0)), sameSite: 'Lax' });
    return c.redirect('/');
  });

  return app;
}

const hashed = (state: string) => createHash('sha256').update(state).digest('base64url');

export const cookieRules = (secure: boolean, expires: Date) =>
  ({ httpOnly: true, sameSite: 'Strict', secure, path: '/', expires }) as const;

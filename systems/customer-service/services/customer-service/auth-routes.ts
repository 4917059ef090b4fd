import { randomUUID } from 'node:crypto';
import { body, limited, problem } from 'fairway-kit/hono';
import { type Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { z } from 'zod';
import { currentRequest, isPassword } from 'fairway-kit';
import { accessCookie, allow } from './access.ts';
import type { Session, User } from './domain/session.ts';
import { hashOf, newRefreshToken } from './tokens.ts';
import { bodies, trailFull, type Web, type World } from './world.ts';

const loginSchema = z.strictObject({
  email: z.string().max(254).toLowerCase(),
  password: z.string().min(1).max(1_000),
});
const refreshSchema = z.strictObject({ refreshToken: z.string().min(1).max(200) });

/** POST /login, /refresh, /logout. A refresh token is good once; a second use ends the session for both who have it. */
export function authRoutes(world: World): Hono<Web> {
  const { repository, cache, trail, clock, sessionLifetime } = world;
  const routes = new Hono<Web>();
  const slowly = limited(world.limits.login, () => currentRequest()?.address ?? 'unknown');

  routes.post('/login', slowly, async (c) => {
    const read = await body(c, loginSchema, bodies);
    if (!read.ok) return read.response;
    const { email, password } = read.value;
    const user = await repository.userByEmail(email);
    if (!(await isPassword(password, user?.passwordHash ?? null)) || user === null) {
      const by = { userId: user?.id ?? null, email };
      const isNoted = trail.note({ action: 'auth.login', subject: user?.id ?? null, outcome: 'refused', by });
      if (!isNoted) return trailFull(c);
      return problem(c, 401, 'login_refused', 'The address or the password is wrong.');
    }
    const now = clock.now();
    const session = {
      id: randomUUID(),
      userId: user.id,
      version: 1,
      expiresAt: now + sessionLifetime,
      revokedAt: null,
    };
    const refresh = newRefreshToken();
    const by = { userId: user.id, email };
    const entry = trail.entry({ action: 'auth.login', subject: session.id, by });
    await repository.openSession(session, refresh.hash, now, entry);
    trail.tell(entry);
    return grant(c, { user, session, refreshToken: refresh.token });
  });

  routes.post('/refresh', slowly, async (c) => {
    const read = await body(c, refreshSchema, bodies);
    if (!read.ok) return read.response;
    const now = clock.now();
    const next = newRefreshToken();
    const rotation = { hash: hashOf(read.value.refreshToken), nextHash: next.hash, now };
    const { entry, rotated } = await rotate({ ...rotation, expiresAt: now + sessionLifetime });
    trail.tell(entry);
    const { verdict, session } = rotated;
    const user = session === null ? null : await repository.userById(session.userId);
    if (verdict === 'reused' && session !== null) await keepEnded(session);
    if (verdict !== 'good' || session === null || user === null)
      return problem(c, 401, 'refresh_refused', 'Log in again: this refresh token is not good any more.');
    return grant(c, { user, session, refreshToken: next.token });
  });

  routes.post('/logout', allow(world, null), async (c) => {
    const caller = c.var.caller;
    const entry = trail.entry({ action: 'auth.logout', subject: caller.sessionId, by: caller });
    const ended = await repository.endSession(caller.sessionId, clock.now(), entry);
    trail.tell(entry);
    if (ended !== null) await keepEnded(ended);
    return c.body(null, 204);
  });

  async function rotate(rotation: Parameters<World['repository']['rotate']>[0]) {
    let entry = trail.entry({ action: 'auth.refresh', subject: null, by: { userId: null, email: null } });
    const rotated = await repository.rotate(rotation, ({ verdict, session }) => {
      entry = {
        ...entry,
        actorId: session?.userId ?? null,
        subject: session?.id ?? null,
        outcome: verdict === 'good' ? 'done' : 'refused',
        detail: verdict === 'good' ? null : verdict,
      };
      return entry;
    });
    return { entry, rotated };
  }

  const keepEnded = ({ id, version }: Session) => cache.keepWritten('session', id, { version, value: null });

  async function grant(
    c: Context,
    { user, session, refreshToken }: { user: User; session: Session; refreshToken: string },
  ) {
    await cache.keepWritten('session', session.id, { version: session.version, value: session });
    const { id, email, name, role } = user;
    const { token, seconds } = await world.tokens.issue({ userId: id, sessionId: session.id, email, role });
    if (world.cookieLogin)
      setCookie(c, accessCookie, token, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: seconds });
    c.header('cache-control', 'no-store');
    const answer = { accessToken: token, tokenType: 'Bearer', expiresIn: seconds, refreshToken };
    return c.json({ ...answer, user: { id, email, name, role } });
  }

  return routes;
}

import type { Log } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import { Hono } from 'hono';
import type { WithCaller } from '../common/caller.ts';
import type { Sessions } from './session.ts';

/** What is known of a user here, and the end of it. */
export function personalRoutes(world: {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly log: Log;
}): Hono<WithCaller> {
  const { database, sessions, log } = world;
  const app = new Hono<WithCaller>();

  app.get('/me/export', async (c) => {
    const { userId } = c.var.caller;
    const [user] = await database.query(
      `SELECT id, name, email, email_verified AS "emailVerified", image, two_factor_enabled AS "twoFactorEnabled",
              created_at AS "createdAt" FROM users WHERE id = $1`,
      [userId],
    );
    const accounts = await database.query(
      `SELECT provider_id AS provider, account_id AS "accountId", scope, created_at AS "createdAt"
       FROM accounts WHERE user_id = $1 ORDER BY created_at`,
      [userId],
    );
    const open = await database.query(
      `SELECT created_at AS "createdAt", expires_at AS "expiresAt", ip_address AS "address", user_agent AS "userAgent"
       FROM sessions WHERE user_id = $1 ORDER BY created_at`,
      [userId],
    );
    return c.json({ user: user ?? null, accounts, sessions: open });
  });

  // Last of all services: with the user goes whatever else still has his id.
  app.delete('/me', async (c) => {
    const { userId } = c.var.caller;
    await database.query('DELETE FROM users WHERE id = $1', [userId]);
    await sessions.forget(c.req.header('cookie') ?? '');
    log.audit('user deleted', {});
    return c.json({ deleted: true });
  });
  return app;
}

import type { Log } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import type { Database } from 'fairway-kit/postgres';
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { Inside } from '../common/caller.ts';
import { ofClient, ofTenant } from '../common/tenancy.ts';
import type { FlagBook } from './flags.ts';
import { cookieRules, sessionCookie } from './login.ts';
import type { Sessions } from './sessions.ts';
import { shownUser, userOf } from './users.ts';

const named = z.object({ name: z.string().trim().min(1).max(100) });

/** What somebody who is logged in asks about himself and his tenant, and what the other services ask in his name. */
export function accountRoutes(parts: {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly flags: FlagBook;
  readonly log: Log;
  readonly secureCookies: boolean;
}): Hono<Inside> {
  const { database, sessions, flags, log, secureCookies } = parts;
  const app = new Hono<Inside>();

  app.get('/api/auth/me', async (c) => {
    const user = await userOf(database, c.var.caller);
    return user === null ? problem(c, 404, 'user_gone', 'This user is no more.') : c.json(shownUser(user));
  });

  app.post('/api/auth/logout', async (c) => {
    const { tenantId, sessionId } = c.var.caller;
    await sessions.revoke(tenantId, sessionId);
    log.audit('logged out', { session: sessionId });
    setCookie(c, sessionCookie, '', cookieRules(secureCookies, new Date(0)));
    return c.body(null, 204);
  });

  app.get('/api/clients', async (c) => {
    const { tenantId, clientId } = c.var.caller;
    const clients = await ofTenant(database, tenantId).query(
      `SELECT client_id AS "clientId", name FROM clients WHERE tenant_id = $1 AND ${ofClient('$2')}
       ORDER BY name LIMIT 200`,
      [clientId],
    );
    return c.json({ clients });
  });

  app.post('/api/clients', async (c) => {
    const read = await body(c, named);
    if (!read.ok) return read.response;
    const [client] = await ofTenant(database, c.var.caller.tenantId).query(
      `INSERT INTO clients (tenant_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING
       RETURNING client_id AS "clientId", name`,
      [read.value.name],
    );
    if (client === undefined) return problem(c, 409, 'name_taken', 'There is a client with this name.');
    return c.json(client, 201);
  });

  app.get('/api/flags', async (c) => c.json({ flags: await flags.of(c.var.caller.tenantId) }));

  /** Asked by the gateway when the cache does not know a session. */
  app.get('/inside/sessions/:id', async (c) => {
    const lasts = await sessions.restore(c.var.caller.tenantId, c.req.param('id'));
    return lasts ? c.body(null, 204) : problem(c, 404, 'session_over', 'This session has ended.');
  });

  return app;
}

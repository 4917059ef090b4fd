import { currentRequest, type Log } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import type { Database } from 'fairway-kit/postgres';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { Inside } from '../common/caller.ts';
import { audited } from './audit.ts';
import type { FlagBook } from './flags.ts';
import type { Sessions } from './sessions.ts';
import { allTenants } from './users.ts';

const switched = z.object({ value: z.boolean() });
const isId = (text: string) => z.uuid().safeParse(text).success;

/** For operators of the platform, who look after every tenant. Each change is audited at the tenant it was made for. */
export function adminRoutes(parts: {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly flags: FlagBook;
  readonly log: Log;
}): Hono<Inside> {
  const { database, sessions, flags, log } = parts;
  const app = new Hono<Inside>();

  app.use(async (c, next) => {
    if (c.var.caller.role !== 'operator')
      return problem(c, 403, 'operators_only', 'Only operators of the platform may do this.');
    return next();
  });
  const ofTenants: MiddlewareHandler<Inside> = async (c, next) => {
    if (!isId(c.req.param('tenant') ?? ''))
      return problem(c, 404, 'tenant_unknown', 'There is no such tenant.');
    return next();
  };
  app.use('/tenants/:tenant/*', ofTenants);

  const record = async (c: Context<Inside>, tenantId: string, action: string, subject: string) => {
    const { userId } = c.var.caller;
    log.audit(action, { subject, of_tenant: tenantId });
    const correlationId = currentRequest()?.correlationId ?? 'none';
    await audited(database, { tenantId, userId, action, subject, correlationId });
  };

  app.get('/tenants', async (c) => c.json({ tenants: await allTenants(database) }));

  app.get('/tenants/:tenant/flags', async (c) => c.json({ flags: await flags.of(c.req.param('tenant')) }));

  app.put('/tenants/:tenant/flags/:flag', async (c) => {
    const read = await body(c, switched);
    if (!read.ok) return read.response;
    const { tenant, flag } = c.req.param();
    if (!(await flags.set(tenant, flag, read.value.value)))
      return problem(c, 404, 'flag_unknown', 'There is no flag of this name.');
    await record(c, tenant, 'flag changed', `${flag} = ${read.value.value}`);
    return c.json({ flags: await flags.of(tenant) });
  });

  app.get('/tenants/:tenant/sessions', async (c) =>
    c.json({ sessions: await sessions.list(c.req.param('tenant')) }),
  );

  app.delete('/tenants/:tenant/sessions', async (c) => {
    const { tenant } = c.req.param();
    const revoked = await sessions.revoke(tenant);
    await record(c, tenant, 'sessions revoked', 'all');
    return c.json({ revoked });
  });

  app.delete('/tenants/:tenant/sessions/:session', async (c) => {
    const { tenant, session } = c.req.param();
    const revoked = isId(session) ? await sessions.revoke(tenant, session) : 0;
    if (revoked === 0) return problem(c, 404, 'session_over', 'This session has ended.');
    await record(c, tenant, 'session revoked', session);
    return c.json({ revoked });
  });

  return app;
}

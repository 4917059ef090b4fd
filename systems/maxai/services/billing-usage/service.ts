import { count, type Host, postgresProtocols, url } from 'fairway-kit';
import { honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase, type Database } from 'fairway-kit/postgres';
import { Hono } from 'hono';
import { z } from 'zod';
import { behindGateway, type Inside, insideSettings } from '../common/caller.ts';
import { ofTenant } from '../common/tenancy.ts';
import { invoiceOf, plans } from './price.ts';

const settings = {
  ...insideSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 50, fallback: 4 }),
} as const;

const days = z.object({ days: z.coerce.number().int().min(1).max(366).default(30) });

/** What a tenant has used, and what it costs. The sums are made by the jobs; this only reads them. */
export const billingUsage = { name: 'billing-usage', settings, start, logFormat: 'request' } as const;

function start({ settings: given, clock, log, metrics }: Host<typeof settings>) {
  const database = createDatabase(
    { url: given.databaseUrl, poolSize: given.poolSize },
    { log, metrics, name: 'billing-usage' },
  );
  const app = new Hono<Inside>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));

  // The same for everybody: a shared cache may answer for half a minute.
  app.get('/api/plans', (c) => {
    c.header('cache-control', 'public, max-age=30');
    return c.json({ plans, unit: 'millionths of a dollar' });
  });
  app.use(behindGateway(given.insideKey, clock));

  app.get('/api/usage', async (c) => {
    const asked = days.safeParse(c.req.query());
    if (!asked.success) return problem(c, 422, 'query_wrong', '"days" is 1 to 366.');
    const usage = await ofTenant(database, c.var.caller.tenantId).query(
      `SELECT to_char(day, 'YYYY-MM-DD') AS day, meter, amount::float8 AS amount FROM usage_days
       WHERE tenant_id = $1 AND day > (now() AT TIME ZONE 'UTC')::date - $2::int ORDER BY day DESC, meter`,
      [asked.data.days],
    );
    return c.json({ usage });
  });

  app.get('/api/invoices/:month', async (c) => {
    const month = c.req.param('month');
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
      return problem(c, 422, 'month_wrong', 'Write a month as 2025-10.');
    const used = await usedIn(database, c.var.caller.tenantId, month);
    return c.json({ month, currency: 'usd', ...invoiceOf(used, 'standard') });
  });

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { database: () => database.ready() },
    close: () => database.close(),
  });
}

async function usedIn(database: Database, tenantId: string, month: string): Promise<Record<string, number>> {
  const rows = await ofTenant(database, tenantId).query<{ meter: string; amount: number }>(
    `SELECT meter, sum(amount)::float8 AS amount FROM usage_days
     WHERE tenant_id = $1 AND day >= $2::date AND day < $2::date + interval '1 month' GROUP BY meter`,
    [`${month}-01`],
  );
  return Object.fromEntries(rows.map(({ meter, amount }) => [meter, amount]));
}

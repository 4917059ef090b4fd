import { randomUUID } from 'node:crypto';
import {
  httpProtocols,
  postgresProtocols,
  runCheck,
  secret,
  sign,
  systemClock,
  url,
} from 'fairway-kit/check';
import pg from 'pg';

const settings = {
  ingress: url('WEBHOOK_INGRESS_URL', httpProtocols),
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  secret: secret('GHL_WEBHOOK_SECRET'),
} as const;

/** Tells the same event twice, as a vendor does when in doubt, and waits until it has been done once. */
await runCheck({
  settings,
  limit: 15_000,
  async work({ settings: given, signal, arm }) {
    const database = new pg.Client({ connectionString: given.databaseUrl, query_timeout: 5_000 });
    await database.connect();
    try {
      const tenants = await database.query<{ tenant_id: string }>(
        `SELECT tenant_id FROM tenants WHERE name = 'Checks'`,
      );
      const tenant = tenants.rows[0]?.tenant_id;
      if (tenant === undefined) throw new Error('there is no tenant of the checks');
      const id = `check-${randomUUID()}`;
      const body = JSON.stringify({ id, type: 'check', tenant_id: tenant });
      const request = { method: 'POST', path: '/webhooks/ghl', body };
      for (let time = 0; time < 2; time += 1) {
        const signature = sign({ ...request, secret: given.secret, clock: systemClock });
        const headers = { ...arm, ...signature, 'content-type': 'application/json' };
        const { status } = await fetch(new URL(request.path, given.ingress), {
          ...request,
          headers,
          signal,
        });
        if (status !== 202) throw new Error(`POST ${request.path} answered ${status}`);
      }
      const done = 'SELECT count(*)::int AS count FROM webhook_events WHERE tenant_id = $1 AND event_id = $2';
      for (;;) {
        const { rows } = await database.query<{ count: number }>(done, [tenant, id]);
        if (rows[0]?.count === 1) return 'told twice, done once';
        await systemClock.sleep(100, signal);
        signal.throwIfAborted();
      }
    } finally {
      await database.end();
    }
  },
});

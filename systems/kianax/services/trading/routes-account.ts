import type { Clock } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import type { Database } from 'fairway-kit/postgres';
import { Hono } from 'hono';
import { z } from 'zod';
import type { WithCaller } from '../common/caller.ts';
import { verifyChain } from './audit.ts';
import { append, entriesOf, lockSubject } from './audit-store.ts';
import { columns, type Order } from './book.ts';
import { tradesOf } from './routes-orders.ts';
import { seal } from './sealed.ts';

export interface AccountWorld {
  readonly database: Database;
  readonly clock: Clock;
  /** Seals the keys of brokers. */
  readonly secret: string;
}

const credentialsSchema = z.strictObject({
  broker: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'write the name of a broker in small letters'),
  key: z.string().min(4).max(200),
  secret: z.string().min(4).max(500),
});

/** Keys of brokers, the audit, and all that is known of a user. */
export function accountRoutes({ database, clock, secret }: AccountWorld): Hono<WithCaller> {
  const app = new Hono<WithCaller>();

  app.put('/broker', async (c) => {
    const read = await body(c, credentialsSchema, { largest: 10_000 });
    if (!read.ok) return read.response;
    const { userId } = c.var.caller;
    const { broker, ...credentials } = read.value;
    const lastFour = credentials.key.slice(-4);
    await database.transaction(async (tx) => {
      const subject = await lockSubject(tx, userId);
      await tx.query(
        `INSERT INTO broker_credentials (user_id, broker, sealed, last_four) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, broker) DO UPDATE SET sealed = $3, last_four = $4, updated_at = now()`,
        [userId, broker, seal(credentials, { userId, broker }, secret), lastFour],
      );
      await append(tx, subject, clock.now(), [{ action: 'broker.connected', details: { broker } }]);
    });
    return c.json({ broker, lastFour });
  });

  app.get('/broker', async (c) => c.json({ brokers: await brokersOf(database, c.var.caller.userId) }));

  app.delete('/broker/:broker', async (c) => {
    const { userId } = c.var.caller;
    const broker = c.req.param('broker');
    const removed = await database.transaction(async (tx) => {
      const subject = await lockSubject(tx, userId);
      const rows = await tx.query(
        'DELETE FROM broker_credentials WHERE user_id = $1 AND broker = $2 RETURNING broker',
        [userId, broker],
      );
      if (rows.length > 0)
        await append(tx, subject, clock.now(), [{ action: 'broker.removed', details: { broker } }]);
      return rows.length;
    });
    return removed > 0 ? c.body(null, 204) : problem(c, 404, 'no_broker', `You have no keys of ${broker}.`);
  });

  app.get('/audit', async (c) => {
    const entries = await entriesOf(database, c.var.caller.userId);
    return c.json({ entries: entries.toReversed().slice(0, 100).map(shown) });
  });

  app.get('/audit/verify', async (c) => c.json(verifyChain(await entriesOf(database, c.var.caller.userId))));

  app.get('/me/export', async (c) => {
    const { userId } = c.var.caller;
    const [orders, trades, brokers, audit] = await Promise.all([
      database.query<Order>(`SELECT ${columns} FROM orders WHERE user_id = $1 ORDER BY created_at`, [userId]),
      tradesOf(database, userId, 1_000_000),
      brokersOf(database, userId),
      entriesOf(database, userId),
    ]);
    return c.json({ orders, trades, brokers, audit });
  });

  // The audit is kept, as the law of trading asks; it says nothing of who it was once its subject is gone.
  app.delete('/me', async (c) => {
    const { userId } = c.var.caller;
    const kept = await database.transaction(async (tx) => {
      const subject = await lockSubject(tx, userId);
      await append(tx, subject, clock.now(), [{ action: 'account.deleted', details: {} }]);
      for (const table of ['trades', 'orders', 'broker_credentials', 'audit_subjects'])
        await tx.query(`DELETE FROM ${table} WHERE user_id = $1`, [userId]);
      const [row] = await tx.query<{ entries: number }>(
        'SELECT count(*)::integer AS entries FROM trading_audit WHERE user_id = $1',
        [subject],
      );
      return row?.entries ?? 0;
    });
    return c.json({ deleted: true, kept: { auditEntriesUnderPseudonym: kept } });
  });
  return app;
}

const brokersOf = (database: Database, userId: string) =>
  database.query(
    `SELECT broker, last_four AS "lastFour", updated_at AS "updatedAt" FROM broker_credentials
     WHERE user_id = $1 ORDER BY broker`,
    [userId],
  );

/** Of a link, its first characters are enough to look at; the whole is in the export. */
const shown = ({
  sequence,
  at,
  action,
  details,
  hash,
}: {
  sequence: number;
  at: string;
  action: string;
  details: string;
  hash: string;
}) => ({
  sequence,
  at,
  action,
  details: JSON.parse(details) as unknown,
  hash: hash.slice(0, 12),
});

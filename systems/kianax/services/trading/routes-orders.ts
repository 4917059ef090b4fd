import type { Client, Clock, Flags, Log, Metrics } from 'fairway-kit';
import { body, problem } from 'fairway-kit/hono';
import type { Database } from 'fairway-kit/postgres';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { WithCaller } from '../common/caller.ts';
import { askQuote, type Quote, symbolSchema } from '../common/quote.ts';
import { columns, type Order, placeOrder } from './book.ts';
import type { Broker } from './broker.ts';
import { commissionCents, sentenceOf } from './orders.ts';

export interface OrderWorld {
  readonly database: Database;
  readonly broker: Broker;
  readonly marketData: Client;
  readonly notification: Client;
  readonly flags: Flags;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

const orderSchema = z.strictObject({
  symbol: symbolSchema,
  side: z.enum(['buy', 'sell']),
  quantity: z.int().min(1).max(10_000),
  limitCents: z.int().positive().max(100_000_000).nullable().default(null),
});

/** Orders, trades and what is held. */
export function orderRoutes(world: OrderWorld): Hono<WithCaller> {
  const { database, broker, marketData, flags, clock, metrics } = world;
  const trades = metrics.counter('trades_total', 'Orders that were filled.', ['side']);
  const revenue = metrics.counter('revenue_cents_total', 'Commissions of filled orders.', ['experiment']);
  const app = new Hono<WithCaller>();

  app.post('/orders', async (c) => {
    const { userId } = c.var.caller;
    if (!(await flags.boolean('trading_enabled', true, userId)))
      return problem(c, 503, 'trading_paused', 'Trading is paused. Nothing was ordered.');
    const key = c.req.header('idempotency-key') ?? '';
    if (!/^[\w.:-]{1,200}$/.test(key))
      return problem(c, 400, 'idempotency_key_missing', 'Send a key of your own as Idempotency-Key.');
    const read = await body(c, orderSchema, { largest: 10_000 });
    if (!read.ok) return read.response;

    let quote: Quote | null;
    try {
      quote = await askQuote(marketData, read.value.symbol);
    } catch {
      return away(c, 'market_data_away', 'There are no prices now. Send the same order again.');
    }
    const isInExperiment = await flags.boolean('pricing_experiment', false, userId);
    const placing = {
      userId,
      key,
      request: read.value,
      quoteCents: quote?.priceCents ?? null,
      commissionCents: commissionCents(isInExperiment),
    };
    const placed = await placeOrder({ database, broker, clock }, placing);
    if (placed.kind === 'other_request')
      return problem(c, 422, 'idempotency_key_used', 'This key stands for another order.');
    const { order, settled } = placed;
    if (settled && order.status === 'filled') {
      trades({ side: order.side });
      revenue({ experiment: String(isInExperiment) }, order.commissionCents);
    }
    if (settled) await tell(world, c, order);
    return c.json({ order: shown(order) }, settled ? 201 : 200);
  });

  app.get('/orders', async (c) => {
    const rows = await database.query<Order>(
      `SELECT ${columns} FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT 50`,
      [c.var.caller.userId],
    );
    return c.json({ orders: rows.map(shown) });
  });

  app.get('/trades', async (c) => c.json({ trades: await tradesOf(database, c.var.caller.userId, 50) }));

  app.get('/positions', async (c) => {
    const positions = await database.query(
      `SELECT symbol, sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END)::integer AS quantity
       FROM trades WHERE user_id = $1 GROUP BY symbol
       HAVING sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) <> 0 ORDER BY symbol`,
      [c.var.caller.userId],
    );
    return c.json({ positions });
  });
  return app;
}

export function tradesOf(database: Database, userId: string, most: number): Promise<object[]> {
  return database.query(
    `SELECT id, order_id AS "orderId", symbol, side, quantity, price_cents::float8 AS "priceCents",
            commission_cents::float8 AS "commissionCents", traded_at AS "tradedAt"
     FROM trades WHERE user_id = $1 ORDER BY traded_at DESC LIMIT $2`,
    [userId, most],
  );
}

function away(c: Context, code: string, detail: string): Response {
  c.header('retry-after', '1');
  return problem(c, 503, code, detail);
}

const shown = (order: Order) => ({
  ...order,
  sentence: order.reason === null ? null : sentenceOf(order.reason),
});

/** A message that is lost changes no order: it is written to the log, and the order is in the list. */
async function tell({ notification, log }: OrderWorld, c: Context<WithCaller>, order: Order): Promise<void> {
  const { id, side, quantity, symbol, status, reason } = order;
  const verb = side === 'buy' ? 'Bought' : 'Sold';
  const title =
    status === 'filled'
      ? `${verb} ${quantity} ${symbol}`
      : `${symbol} was not ${side === 'buy' ? 'bought' : 'sold'}`;
  const sentence = reason === null ? 'Your order was filled.' : sentenceOf(reason);
  const headers = { authorization: c.req.header('authorization') ?? '' };
  const message = { about: `order:${id}`, title, body: sentence };
  await notification
    .call('POST', '/notifications', { headers, body: message, idempotent: false })
    .catch((reason: unknown) => log.warning('the user was not told', { order: id, reason }));
}

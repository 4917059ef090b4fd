import type { Clock } from 'fairway-kit';
import type { Database, Queries } from 'fairway-kit/postgres';
import { append, lockSubject } from './audit-store.ts';
import type { Broker } from './broker.ts';
import { decide, isSameOrder, type OrderRequest } from './orders.ts';

/** An order as it is kept. */
export interface Order extends OrderRequest {
  readonly id: string;
  readonly status: 'pending' | 'filled' | 'rejected';
  /** Why it was rejected; see `sentenceOf`. */
  readonly reason: string | null;
  readonly commissionCents: number;
  readonly createdAt: Date;
}

export interface Placing {
  readonly userId: string;
  /** The same key is the same order. */
  readonly key: string;
  readonly request: OrderRequest;
  readonly quoteCents: number | null;
  readonly commissionCents: number;
}

export type Placed =
  /** `settled` is false when an earlier request with the key had settled it. */
  | { readonly kind: 'order'; readonly order: Order; readonly settled: boolean }
  | { readonly kind: 'other_request' };

/**
 * Writes the order, has the broker fill it, writes what came of it. Each step may be repeated: a broker that is away leaves
 * the order pending, and the same request goes on from there. Rejects when the broker or the database is away.
 */
export async function placeOrder(
  { database, broker, clock }: { database: Database; broker: Broker; clock: Clock },
  placing: Placing,
): Promise<Placed> {
  const { userId } = placing;
  const { isNew, ...order } = await database.transaction((tx) => enter(tx, placing, clock.now()));
  if (!isSameOrder(order, placing.request)) return { kind: 'other_request' };
  if (order.status !== 'pending') return { kind: 'order', order, settled: isNew };
  const fill = await broker.fill(userId, order, placing.quoteCents);
  return database.transaction(async (tx) => {
    const subject = await lockSubject(tx, userId);
    const [current] = await tx.query<Order>(`SELECT ${columns} FROM orders WHERE id = $1 FOR UPDATE`, [
      order.id,
    ]);
    if (current === undefined) throw new Error('the order is gone');
    if (current.status !== 'pending') return { kind: 'order', order: current, settled: false };
    const settled = await settle(tx, { userId, subject, order: current, fill, now: clock.now() });
    return { kind: 'order', order: settled, settled: true };
  });
}

/** Writes a new order, already rejected when it cannot be filled; or finds the one that the key stands for. */
async function enter(tx: Queries, placing: Placing, now: number): Promise<Order & { isNew: boolean }> {
  const { userId, key, request, quoteCents, commissionCents } = placing;
  const subject = await lockSubject(tx, userId);
  const [found] = await tx.query<Order>(
    `SELECT ${columns} FROM orders WHERE user_id = $1 AND idempotency_key = $2`,
    [userId, key],
  );
  if (found !== undefined) return { ...found, isNew: false };
  const { symbol, side, quantity, limitCents } = request;
  const decision = decide(request, quoteCents, await held(tx, userId, symbol));
  const reason = decision.take ? null : decision.reason;
  const [order] = await tx.query<Order>(
    `INSERT INTO orders (user_id, idempotency_key, symbol, side, quantity, limit_cents, commission_cents, status, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${columns}`,
    [
      userId,
      key,
      symbol,
      side,
      quantity,
      limitCents,
      commissionCents,
      reason === null ? 'pending' : 'rejected',
      reason,
    ],
  );
  if (order === undefined) throw new Error('the order was not written');
  await append(tx, subject, now, [
    { action: 'order.placed', details: { order: order.id, symbol, side, quantity, limitCents } },
    ...(reason === null ? [] : [{ action: 'order.rejected', details: { order: order.id, reason } } as const]),
  ]);
  return { ...order, isNew: true };
}

async function settle(
  tx: Queries,
  {
    userId,
    subject,
    order,
    fill,
    now,
  }: {
    userId: string;
    subject: string;
    order: Order;
    fill: Awaited<ReturnType<Broker['fill']>>;
    now: number;
  },
): Promise<Order> {
  const { id, symbol, side, quantity, commissionCents } = order;
  const status = fill.filled ? 'filled' : 'rejected';
  const reason = fill.filled ? null : 'broker_refused';
  await tx.query('UPDATE orders SET status = $2, reason = $3 WHERE id = $1', [id, status, reason]);
  if (!fill.filled) {
    await append(tx, subject, now, [{ action: 'order.rejected', details: { order: id, reason } }]);
    return { ...order, status, reason };
  }
  const { priceCents, reference } = fill;
  await tx.query(
    `INSERT INTO trades (user_id, order_id, symbol, side, quantity, price_cents, commission_cents, broker_reference)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [userId, id, symbol, side, quantity, priceCents, commissionCents, reference],
  );
  await append(tx, subject, now, [
    { action: 'order.filled', details: { order: id, symbol, side, quantity, priceCents, commissionCents } },
  ]);
  return { ...order, status, reason };
}

/** Shares that may still be sold: bought less sold, less those in sales that are under way. */
async function held(tx: Queries, userId: string, symbol: string): Promise<number> {
  const [row] = await tx.query<{ held: number }>(
    `SELECT (coalesce((SELECT sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) FROM trades
                       WHERE user_id = $1 AND symbol = $2), 0)
           - coalesce((SELECT sum(quantity) FROM orders
                       WHERE user_id = $1 AND symbol = $2 AND side = 'sell' AND status = 'pending'), 0))::integer AS held`,
    [userId, symbol],
  );
  return row?.held ?? 0;
}

/** Counts of cents fit into a double by far; the driver gives a bigint as text. */
export const columns = `id, symbol, side, quantity, limit_cents::float8 AS "limitCents", status, reason,
  commission_cents::float8 AS "commissionCents", created_at AS "createdAt"`;

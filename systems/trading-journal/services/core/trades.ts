import { Hono } from 'hono';
import type { Database } from 'fairway-kit/postgres';
import { decimalField, momentField, numberField, oneOf, orElse, shape, textField } from '../common/shape.ts';
import { problem } from 'fairway-kit/hono';
import { isId, pageOf } from './paging.ts';
import type { Change, Outcome, UserWeb, Writes } from './writes.ts';

const parse = shape({
  symbol: textField({ most: 20, pattern: /^[A-Z0-9.:-]{1,20}$/, expects: 'a symbol such as AAPL' }),
  side: oneOf('buy', 'sell'),
  quantity: decimalField,
  price: decimalField,
  profitCents: orElse(numberField(-1e13, 1e13, 'whole'), null),
  executedAt: momentField,
});

const columns = `id, symbol, side, quantity::text, price::text, profit_cents::float8 AS "profitCents",
  executed_at AS "executedAt", import_id AS "importId"`;

/** Trades that were entered by hand or imported. */
export function tradeRoutes(database: Database, writes: Writes): Hono<UserWeb> {
  const app = new Hono<UserWeb>();

  app.get('/', async (c) => {
    const page = pageOf(c.req.query());
    if (!page.ok) return problem(c, 422, page.code, page.detail);
    const rows = await database.query(
      `SELECT ${columns} FROM trades WHERE user_id = $1 AND executed_at < $2 ORDER BY executed_at DESC, id LIMIT $3`,
      [c.get('userId'), page.value.before, page.value.limit],
    );
    return c.json({ trades: rows });
  });

  app.get('/:id', async (c) => {
    const id = c.req.param('id');
    const rows = isId(id)
      ? await database.query(`SELECT ${columns} FROM trades WHERE user_id = $1 AND id = $2`, [
          c.get('userId'),
          id,
        ])
      : [];
    return rows[0] === undefined
      ? problem(c, 404, 'trade_not_found', 'There is no such trade.')
      : c.json(rows[0]);
  });

  app.post('/', writes.post('trade.create', createTrade));

  app.delete('/:id', (c) =>
    writes.remove('trade.delete', (change) => deleteTrade(change, c.req.param('id')))(c),
  );

  return app;
}

async function createTrade({ tx, userId, emit }: Change, body: string): Promise<Outcome> {
  const trade = parse(body);
  if (!trade.ok) return { status: 422, ...trade };
  const { symbol, side, quantity, price, profitCents, executedAt } = trade.value;
  const rows = await tx.query<{ id: string }>(
    `INSERT INTO trades (user_id, symbol, side, quantity, price, profit_cents, executed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${columns}`,
    [userId, symbol, side, quantity, price, profitCents, executedAt],
  );
  const created = rows[0] ?? { id: '' };
  await emit('trade.created', { id: created.id });
  return { status: 201, body: created, subject: `trade ${created.id}` };
}

async function deleteTrade({ tx, userId }: Change, id: string): Promise<Outcome> {
  const deleted =
    isId(id) &&
    (await tx.query('DELETE FROM trades WHERE user_id = $1 AND id = $2 RETURNING id', [userId, id]));
  if (deleted === false || deleted.length === 0)
    return { status: 404, code: 'trade_not_found', detail: 'There is no such trade.' };
  return { status: 200, body: { deleted: id }, subject: `trade ${id}` };
}

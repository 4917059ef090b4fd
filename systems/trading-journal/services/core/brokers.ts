import { problem } from 'fairway-kit/hono';
import type { Database } from 'fairway-kit/postgres';
import { Hono } from 'hono';
import { type DataKeys, keepKey } from '../common/broker-keys.ts';
import { oneOf, shape, textField } from '../common/shape.ts';
import { isId } from './paging.ts';
import type { Change, Outcome, UserWeb, Writes } from './writes.ts';

const parse = shape({
  broker: oneOf('binance'),
  key: textField({ most: 200, pattern: /^[\x21-\x7e]{16,200}$/, expects: '16 to 200 visible characters' }),
});

/** Keys of brokers: given once, used by the workers, never shown again but for their last characters. */
export function brokerRoutes(database: Database, writes: Writes, dataKeys: DataKeys | null): Hono<UserWeb> {
  const app = new Hono<UserWeb>();

  app.get('/', async (c) => {
    const keys = await database.query(
      `SELECT id, broker, ending, created_at AS "createdAt" FROM broker_keys
       WHERE user_id = $1 ORDER BY created_at DESC LIMIT 100`,
      [c.get('userId')],
    );
    return c.json({ brokers: keys });
  });

  app.post('/', (c) => {
    if (dataKeys === null)
      return problem(c, 503, 'data_key_missing', 'No keys can be kept here: DATA_KEY is not set.');
    return writes.post('broker.create', (change, body) => createKey(change, dataKeys, body))(c);
  });

  app.delete('/:id', (c) =>
    writes.remove('broker.delete', (change) => deleteKey(change, c.req.param('id')))(c),
  );

  return app;
}

async function createKey({ tx, userId }: Change, dataKeys: DataKeys, body: string): Promise<Outcome> {
  const request = parse(body);
  if (!request.ok) return { status: 422, ...request };
  const { broker, key } = request.value;
  const id = await keepKey(tx, dataKeys, { userId, broker, key });
  return { status: 201, body: { id, broker, ending: key.slice(-4) }, subject: `broker ${id}` };
}

async function deleteKey({ tx, userId }: Change, id: string): Promise<Outcome> {
  const deleted = isId(id)
    ? await tx.query('DELETE FROM broker_keys WHERE user_id = $1 AND id = $2 RETURNING id', [userId, id])
    : [];
  if (deleted.length === 0) return { status: 404, code: 'broker_not_found', detail: 'There is no such key.' };
  return { status: 200, body: { deleted: id }, subject: `broker ${id}` };
}

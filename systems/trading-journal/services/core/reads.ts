import { Hono } from 'hono';
import type { AskAi } from '../common/ai-client.ts';
import type { Database } from 'fairway-kit/postgres';
import { problem } from 'fairway-kit/hono';
import type { UserWeb } from './writes.ts';

/** What a user may look at besides his own entries: who changed what, his latest digest, and indicators of a symbol. */
export function readRoutes(options: {
  readonly database: Database;
  /** Null while only heuristics are allowed: then no call leaves. */
  readonly askAi: AskAi | null;
}): Hono<UserWeb> {
  const { database, askAi } = options;
  const app = new Hono<UserWeb>();

  app.get('/audit', async (c) => {
    const rows = await database.query(
      `SELECT id::float8, at, action, subject, request_id AS "requestId" FROM audit
       WHERE user_id = $1 ORDER BY audit.id DESC LIMIT 100`,
      [c.get('userId')],
    );
    return c.json({ audit: rows });
  });

  app.get('/digest', async (c) => {
    const rows = await database.query(
      `SELECT week, object_key AS "objectKey", summary, created_at AS "createdAt" FROM digests WHERE user_id = $1`,
      [c.get('userId')],
    );
    return rows[0] === undefined
      ? problem(c, 404, 'digest_not_found', 'There is no digest yet.')
      : c.json(rows[0]);
  });

  app.get('/indicators', async (c) => {
    const rows = await database.query<{ price: string }>(
      `SELECT price::text FROM trades WHERE user_id = $1 AND symbol = $2 ORDER BY executed_at DESC, id LIMIT 250`,
      [c.get('userId'), c.req.query('symbol') ?? ''],
    );
    if (rows.length < 2) return problem(c, 422, 'too_few_trades', 'Indicators need two trades of "symbol".');
    const closes = rows.map(({ price }) => price).toReversed();
    if (askAi === null) return c.json({ by: 'heuristics', last: closes.at(-1) });
    const answer = await askAi('/v1/indicators', { closes }, c.req.raw.signal);
    if (answer.ok) return c.json({ by: 'ai', ...answer.value });
    c.header('retry-after', '30');
    return problem(c, 503, answer.code, answer.detail);
  });

  return app;
}

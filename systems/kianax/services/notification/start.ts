import { type Host, type Parts, type Service } from 'fairway-kit';
import { body, honoHandler, onUnforeseen, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { z } from 'zod';
import { forCallers, type WithCaller } from '../common/caller.ts';
import { channels } from '../common/channels.ts';
import { cacheSettings, callerSettings, databaseSettings } from '../common/settings.ts';

const settings = { ...databaseSettings, ...cacheSettings, ...callerSettings };

export const notification: Service<typeof settings> = { name: 'notification', settings, start };

const message = z.strictObject({
  /** What it is about: the same thing is told once. */
  about: z.string().min(1).max(200),
  title: z.string().min(1).max(200),
  body: z.string().max(2_000),
});
const columns = 'id, about, title, body, created_at AS "createdAt", read_at AS "readAt"';

/** Keeps what users are told, and publishes it: the row is the truth, what is published only comes sooner. */
function start(host: Host<typeof settings>): Promise<Parts> {
  const { log, metrics, clock } = host;
  const { databaseUrl, poolSize, redisUrl, jwtSecret } = host.settings;
  const database = createDatabase({ url: databaseUrl, poolSize }, { log, metrics, name: 'notification' });
  const cache = createRedis({ url: redisUrl, use: 'store' }, { log, name: 'notification' });
  const told = metrics.counter('notifications_total', 'What users were told.');

  const app = new Hono<WithCaller>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.use(forCallers(jwtSecret, clock));

  // For the other services; the gateway does not offer it to browsers.
  app.post('/notifications', async (c) => {
    const read = await body(c, message, { largest: 10_000 });
    if (!read.ok) return read.response;
    const { userId } = c.var.caller;
    const { about, title } = read.value;
    const [row] = await database.query(
      `INSERT INTO notifications (user_id, about, title, body) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id, about) DO NOTHING RETURNING ${columns}`,
      [userId, about, title, read.value.body],
    );
    if (row === undefined) return c.body(null, 204);
    told();
    await cache.redis
      .publish(channels.notifications, JSON.stringify({ userId, notification: row }))
      .catch((reason: unknown) => log.warning('it was not published', { reason }));
    return c.json(row, 201);
  });

  app.get('/notifications', async (c) => {
    const notifications = await database.query(
      `SELECT ${columns} FROM notifications WHERE user_id = $1 ORDER BY created_at DESC LIMIT 50`,
      [c.var.caller.userId],
    );
    return c.json({ notifications });
  });

  app.post('/notifications/:id/read', async (c) => {
    const id = z.uuid().safeParse(c.req.param('id'));
    const [row] = await database.query(
      'UPDATE notifications SET read_at = coalesce(read_at, now()) WHERE user_id = $1 AND id = $2 RETURNING id',
      [c.var.caller.userId, id.data ?? null],
    );
    return row === undefined
      ? problem(c, 404, 'no_notification', 'There is no such message.')
      : c.body(null, 204);
  });

  app.get('/me/export', async (c) => {
    const { userId } = c.var.caller;
    const sql = `SELECT ${columns} FROM notifications WHERE user_id = $1 ORDER BY created_at`;
    return c.json({ notifications: await database.query(sql, [userId]) });
  });
  app.delete('/me', async (c) => {
    await database.query('DELETE FROM notifications WHERE user_id = $1', [c.var.caller.userId]);
    return c.json({ deleted: true });
  });

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { database: database.ready, schema: () => database.query('SELECT 1 FROM notifications LIMIT 1') },
    async close() {
      await Promise.all([database.close(), cache.close()]);
    },
  });
}

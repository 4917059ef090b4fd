import type { Redis } from 'ioredis';
import type { Clock } from 'fairway-kit';
import type { Database } from 'fairway-kit/postgres';
import { channels, type JournalEvent } from '../common/jobs.ts';
import type { Metrics } from 'fairway-kit';

const batch = 200;
const lagBounds = [10, 50, 100, 250, 500, 1_000, 3_000, 10_000];

/**
 * Announces the open rows of the outbox in their order and marks them. Several cores do it side by side: a row that one
 * of them holds is skipped by the others. An event may be announced twice, never lost: the mark comes after.
 */
export function createRelay(options: {
  readonly database: Database;
  readonly redis: Redis;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): () => Promise<void> {
  const { database, redis, clock, metrics } = options;
  const lag = metrics.histogram(
    'event_delivery_lag_ms',
    'From the commit of an event to its announcement.',
    lagBounds,
  );

  const relayBatch = () =>
    database.transaction(async (tx) => {
      const rows = await tx.query<JournalEvent>(
        `SELECT id::text, topic, payload, extract(epoch FROM created_at)::float8 * 1000 AS "createdAt" FROM outbox
         WHERE delivered_at IS NULL ORDER BY outbox.id LIMIT $1 FOR UPDATE SKIP LOCKED`,
        [batch],
      );
      await Promise.all(rows.map((event) => redis.publish(channels.events, JSON.stringify(event))));
      if (rows.length > 0) {
        await tx.query('UPDATE outbox SET delivered_at = now() WHERE id = ANY($1::bigint[])', [
          rows.map(({ id }) => id),
        ]);
      }
      return rows;
    });

  return async () => {
    for (;;) {
      const announced = await relayBatch();
      for (const { createdAt } of announced) lag(Math.max(0, clock.now() - createdAt));
      if (announced.length < batch) return;
    }
  };
}

import { z } from 'zod';
import { count, name, positive, text, token } from './names.ts';
import { object } from './object.ts';
import { duration } from './units.ts';

export const queueSchema = object('Queue', {
  /** What its jobs do. */
  role: text.optional(),
  /** Redis that holds it. */
  store: name.optional(),
  /** Attempts after the first. */
  retries: count.optional(),
  /** Wait before the first repeated attempt. */
  backoff: duration.optional(),
  /** By how much the wait grows each time. */
  backoffFactor: z.number().min(1, 'write 1 or more').optional(),
  /** Queue for jobs that failed for good. */
  deadLetters: token.optional(),
  /** Waiting jobs that are too many. */
  alertDepth: positive.optional(),
  /** Jobs at once per replica. */
  concurrency: positive.optional(),
  /** Jobs of one user at once. */
  perUser: positive.optional(),
  /** What one job of a user may cover. */
  perUserWindow: duration.optional(),
  /** Field by which jobs are spread over shards. */
  shardBy: text.optional(),
});

export const outboxSchema = object('Outbox', {
  /** Postgres that holds the table. */
  store: name,
  /** Table of events that are still to be delivered. */
  table: text.optional(),
  /** How often it is read. */
  every: duration.optional(),
  /** How delivery is told: by reading again and again, or by the database. */
  by: z.enum(['polling', 'listen']).optional(),
});

import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Database } from 'fairway-kit/postgres';
import { type JobKind, type JobTicket, type QueueName, queueNames, queueOf } from '../common/jobs.ts';

const batch = 200;

export interface Dispatch {
  /** Puts open jobs that have no queue entry into their queue. */
  readonly run: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * The rows of `jobs` are the truth, queue entries only remind of them. A row that was not touched for a while is put in
 * again, so a Redis that forgot everything is filled anew. An entry that is still there is not doubled: it has the id
 * of its row.
 */
export function createDispatch(options: {
  readonly database: Database;
  readonly redis: Redis;
  readonly retries: number;
  readonly backoffMillis: number;
  readonly remindMillis: number;
  readonly onQueueError: (reason: Error) => void;
}): Dispatch {
  const { database, redis, retries, backoffMillis, remindMillis, onQueueError } = options;
  const queues = new Map<QueueName, Queue<JobTicket>>();
  const open = (name: QueueName) => {
    const queue = queues.get(name) ?? new Queue<JobTicket>(name, { connection: redis });
    if (!queues.has(name)) queue.on('error', onQueueError);
    queues.set(name, queue);
    return queue;
  };
  const entryOptions = {
    attempts: 1 + retries,
    backoff: { type: 'exponential', delay: backoffMillis },
    removeOnComplete: true,
    removeOnFail: true,
  };

  const put = async (name: QueueName, jobs: readonly { id: string; kind: JobKind }[]) => {
    const entries = jobs.map(({ id, kind }) => ({
      name: kind,
      data: { id },
      opts: { ...entryOptions, jobId: id },
    }));
    const queue = open(name);
    try {
      await queue.addBulk(entries);
    } catch (reason) {
      // One that could not be opened never will be: the next try begins with a new one.
      queues.delete(name);
      void queue.close().catch(onQueueError);
      throw reason;
    }
  };

  return {
    async run() {
      if (redis.status !== 'ready') throw new Error('Redis cannot be reached'); // a queue would wait for it
      // One transaction: if Redis is lost on the way, the rows stay as they were.
      await database.transaction(async (tx) => {
        const rows = await tx.query<{ id: string; kind: JobKind }>(
          `UPDATE jobs SET enqueued_at = now(), touched_at = now() WHERE id IN (
             SELECT id FROM jobs WHERE state IN ('queued', 'running')
               AND (enqueued_at IS NULL OR touched_at < now() - $1 * interval '1 millisecond')
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
           RETURNING id, kind`,
          [remindMillis, batch],
        );
        for (const name of queueNames) {
          const mine = rows.filter(({ kind }) => queueOf[kind] === name);
          if (mine.length > 0) await put(name, mine);
        }
      });
    },

    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

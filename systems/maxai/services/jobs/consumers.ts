import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import { jobCounters, type Log, messageOf, type Metrics } from 'fairway-kit';
import type { Redis } from 'ioredis';
import { deadLetters, type QueueName, queueNames } from '../common/queues.ts';
import { Hopeless } from './webhooks.ts';

/** Does a job; rejects when it may work the next time, with `Hopeless` when it never will. */
export type Handlers = Readonly<Record<QueueName, (job: Job) => Promise<void>>>;

export interface Consumers {
  readonly queues: Readonly<Record<QueueName, Queue>>;
  /** Takes no more jobs; resolves when the running ones are done. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One worker of BullMQ per queue. None takes a job before it is resumed for the first time: old and new revision run side
 * by side, and what one does the other must leave. A job that fails for good is copied to `<queue>_dlq` and stays there.
 */
export function createConsumers(options: {
  readonly redis: Redis;
  readonly handlers: Handlers;
  readonly concurrency: Readonly<Record<QueueName, number>>;
  readonly log: Log;
  readonly metrics: Metrics;
}): Consumers {
  const { redis, handlers, concurrency, log, metrics } = options;
  const connection = { connection: redis, skipVersionCheck: true };
  const counted = jobCounters(metrics);
  const each = queueNames.map((name) => {
    const queue = new Queue(name, connection);
    const dead = new Queue(deadLetters(name), connection);
    const worker = new Worker(name, handlers[name], {
      ...connection,
      concurrency: concurrency[name],
      autorun: false,
    });
    const quietly = (reason: Error) => log.debug('queue', { reason }); // the connection itself tells that it was lost
    queue.on('error', quietly);
    dead.on('error', quietly);
    worker.on('error', quietly);
    worker.on('completed', () => counted.completed(name));
    return { name, queue, dead, worker };
  });
  for (const { name, dead, worker } of each) {
    worker.on('failed', (job, reason) => {
      if (job === undefined) return;
      const isLast = reason instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1);
      log.warning('job failed', {
        queue: name,
        job: job.id,
        attempt: job.attemptsMade,
        is_last: isLast,
        reason,
      });
      if (!isLast) return;
      counted.failed(name);
      const letter = { ...job.data, failure: messageOf(reason) } as object;
      dead.add(job.name, letter, job.id === undefined ? {} : { jobId: job.id }).catch((failure: unknown) => {
        log.error('a dead letter was lost; the failed job itself is kept', {
          queue: name,
          job: job.id,
          reason: failure,
        });
      });
    });
  }
  metrics.gauge('queue_depth', 'Jobs that wait, are delayed or run.', () =>
    Promise.all(each.flatMap(({ queue, dead }) => [depthOf(queue), depthOf(dead)])),
  );

  let isRunning = false;
  return {
    queues: Object.fromEntries(each.map(({ name, queue }) => [name, queue])) as Record<QueueName, Queue>,
    async pause() {
      if (isRunning) await Promise.all(each.map(({ worker }) => worker.pause()));
    },
    async resume() {
      for (const { worker } of each) {
        if (isRunning) await worker.resume();
        // Runs until it is closed; what goes wrong on the way is told by its error event.
        else worker.run().catch((reason: unknown) => log.debug('queue', { reason }));
      }
      isRunning = true;
    },
    async close() {
      await Promise.all(each.map(({ worker }) => worker.close()));
      await Promise.all(each.flatMap(({ queue, dead }) => [queue.close(), dead.close()]));
    },
  };
}

/** What never will work is not tried again. */
export const orGiveUp = (reason: unknown): never => {
  throw reason instanceof Hopeless ? new UnrecoverableError(reason.message) : reason;
};

async function depthOf(queue: Queue): Promise<{ labels: { queue: string }; value: number }> {
  const counts = await queue.getJobCounts('waiting', 'delayed', 'active', 'prioritized');
  return { labels: { queue: queue.name }, value: Object.values(counts).reduce((sum, one) => sum + one, 0) };
}

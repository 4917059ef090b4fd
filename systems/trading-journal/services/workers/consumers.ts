import { DelayedError, type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  type Clock,
  contextOf,
  jobCounters,
  type Log,
  messageOf,
  type Metrics,
  withRequest,
} from 'fairway-kit';
import { deadLetters, type JobTicket, type QueueName, queueNames } from '../common/jobs.ts';
import type { BookedJob, Book } from './book.ts';

/** Does a job; rejects when it may work the next time, with `Hopeless` when it never will. */
export type Handler = (job: BookedJob) => Promise<void>;

export class Hopeless extends Error {}

export interface Consumers {
  /** Takes no more jobs, as before the first `resume`; resolves when the running ones are done. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Opens all dead letters of a queue again; gives how many. */
  replay(queue: QueueName): Promise<number>;
  close(): Promise<void>;
}

const laterMillis = 500;

/** One BullMQ worker per queue. What fails for the last time goes to `<queue>_dlq`. */
export function createConsumers(options: {
  readonly redis: Redis;
  readonly book: Book;
  readonly handle: Handler;
  readonly concurrency: Readonly<Record<QueueName, number>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}): Consumers {
  const { redis, concurrency, log, metrics } = options;
  const count = jobCounters(metrics);
  const onError = (reason: Error) => log.debug('queue', { reason });
  const queues = queueNames.map((name) => {
    const open = new Queue<JobTicket>(name, { connection: redis });
    const dead = new Queue<JobTicket>(deadLetters(name), { connection: redis });
    const worker = new Worker<JobTicket>(name, processor({ ...options, count, name }, dead), {
      connection: redis,
      concurrency: concurrency[name],
      autorun: false,
      lockDuration: 30_000,
    });
    open.on('error', onError);
    dead.on('error', onError);
    worker.on('error', onError);
    return { name, open, dead, worker };
  });
  metrics.gauge('queue_depth', 'Jobs that wait, are delayed or run.', async () => {
    const counts = queues.flatMap(({ open, dead }) => [depthOf(open), depthOf(dead)]);
    return Promise.all(counts);
  });

  let isRunning = false;

  return {
    resume() {
      // A worker runs until it is closed; what goes wrong on the way is told by its error event.
      for (const { worker } of queues) void (isRunning ? worker.resume() : worker.run()).catch(onError);
      isRunning = true;
      return Promise.resolve();
    },
    async pause() {
      if (isRunning) await Promise.all(queues.map(({ worker }) => worker.pause()));
    },
    async replay(name) {
      const dead = queues.find((each) => each.name === name)?.dead;
      const letters = (await dead?.getJobs(['waiting', 'delayed', 'prioritized'])) ?? [];
      for (const letter of letters) {
        await options.book.reopen(letter.data.id);
        await letter.remove();
      }
      return letters.length;
    },
    async close() {
      await Promise.all(queues.map(({ worker }) => worker.close()));
      await Promise.all(queues.flatMap(({ open, dead }) => [open.close(), dead.close()]));
    },
  };
}

function processor(
  {
    book,
    handle,
    clock,
    log,
    count,
    name,
  }: Parameters<typeof createConsumers>[0] & {
    readonly count: ReturnType<typeof jobCounters>;
    readonly name: QueueName;
  },
  dead: Queue<JobTicket>,
): (entry: Job<JobTicket>, token?: string) => Promise<void> {
  return async (entry, token) => {
    const claimed = await book.claim(entry.data.id);
    if (claimed.claim === 'none') return;
    if (claimed.claim === 'later') {
      await entry.moveToDelayed(clock.now() + laterMillis, token);
      throw new DelayedError();
    }
    const { job } = claimed;
    const about = { job_id: job.id, kind: job.kind, trace_id: job.traceparent.slice(3, 35) };
    try {
      await withRequest(contextOf(causeOf(job)), () => handle(job));
      count.completed(name);
      log.info('job done', about);
    } catch (reason) {
      const failure = messageOf(reason).slice(0, 500);
      const isLast = reason instanceof Hopeless || entry.attemptsMade + 1 >= (entry.opts.attempts ?? 1);
      log.warning('job failed', { ...about, attempt: entry.attemptsMade + 1, is_last: isLast, failure });
      if (!isLast) {
        await book.again(job);
        throw reason;
      }
      // First the letter, then the row: between the two the job is open and would only fail once more.
      await dead.add(job.kind, { id: job.id }, { jobId: job.id });
      await book.fail(job, failure);
      count.failed(name);
      throw new UnrecoverableError(failure);
    }
  };
}

/** The request that ordered the job: its trace goes on. */
const causeOf = ({ kind, traceparent }: BookedJob) => ({
  method: 'JOB',
  url: `/${kind}`,
  headers: { traceparent },
});

async function depthOf(queue: Queue): Promise<{ labels: { queue: string }; value: number }> {
  const counts = await queue.getJobCounts('waiting', 'delayed', 'active', 'prioritized');
  return {
    labels: { queue: queue.name },
    value: Object.values(counts).reduce((sum, count) => sum + count, 0),
  };
}

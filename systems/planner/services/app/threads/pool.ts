import { Worker } from 'node:worker_threads';
import type { Clock } from 'fairway-kit';

/** What is asked of a thread: the name of one of its functions and what it is given. */
export interface Task {
  readonly name: string;
  readonly given: unknown;
}

export type Reply = { readonly value: unknown } | { readonly problem: string };

export type PoolErrorCode = 'took_too_long' | 'too_many' | 'stopped' | 'broken';

/** The only errors that `run` rejects with; only `broken` is a mistake of ours. */
export class PoolError extends Error {
  readonly code: PoolErrorCode;
  constructor(code: PoolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Pool {
  /**
   * The answer of the next free thread. After `timeout` milliseconds (waiting included), or when `signal` is aborted, the
   * thread is ended and replaced: nothing goes on computing what nobody waits for.
   */
  run(task: Task, limits: { readonly timeout: number; readonly signal?: AbortSignal }): Promise<unknown>;
  close(): Promise<void>;
}

interface Job {
  readonly task: Task;
  readonly settle: (reply: Reply) => void;
  readonly fail: (error: PoolError) => void;
}

/**
 * Threads that take tasks in the order they come. They start with the pool and stay.
 *
 * @param options.program a module that calls `serveTasks`
 * @param options.mostWaiting beyond it a task is refused at once
 */
export function createPool(
  { program, threads, mostWaiting }: { program: URL; threads: number; mostWaiting: number },
  clock: Clock,
): Pool {
  const queue: Job[] = [];
  const free: Worker[] = [];
  const busy = new Map<Job, Worker>();
  let isClosed = false;
  for (let started = 0; started < threads; started++) free.push(start());

  function start(): Worker {
    const worker = new Worker(program);
    worker.unref();
    worker.on('message', (reply: Reply) => {
      const job = taskOf(worker);
      if (job === undefined) return;
      free.push(worker);
      job.settle(reply);
      next();
    });
    worker.on('error', (reason) => lose(worker, reason instanceof Error ? reason.message : String(reason)));
    worker.on('exit', (code) => replace(worker, code));
    return worker;
  }

  /** What a thread works on; it is no longer the thread's. */
  function taskOf(worker: Worker): Job | undefined {
    const job = [...busy].find(([, each]) => each === worker)?.[0];
    if (job !== undefined) busy.delete(job);
    return job;
  }

  /** A thread that ends of itself must not be given another task: it is replaced when it is gone. */
  function lose(worker: Worker, message: string): void {
    taskOf(worker)?.fail(new PoolError('broken', message));
  }

  function replace(gone: Worker, code: number): void {
    lose(gone, `the thread ended with ${code}`);
    const place = free.indexOf(gone);
    if (place !== -1) free.splice(place, 1);
    if (isClosed) return;
    free.push(start());
    next();
  }

  function next(): void {
    while (queue.length > 0 && free.length > 0) {
      const [job, worker] = [queue.shift(), free.shift()];
      if (job === undefined || worker === undefined) return;
      busy.set(job, worker);
      worker.postMessage(job.task);
    }
  }

  /** Its thread is ended if it has one; a thread that ends is replaced. */
  function giveUp(job: Job): void {
    const place = queue.indexOf(job);
    if (place !== -1) queue.splice(place, 1);
    const worker = busy.get(job);
    busy.delete(job);
    void worker?.terminate();
  }

  return {
    async run(task, { timeout, signal }) {
      if (isClosed) throw new PoolError('stopped', 'the pool is closed');
      if (free.length === 0 && queue.length >= mostWaiting)
        throw new PoolError('too_many', `${queue.length} wait already`);
      const done = new AbortController();
      try {
        return await new Promise<unknown>((resolve, reject) => {
          const settle = (reply: Reply) =>
            'value' in reply ? resolve(reply.value) : reject(new PoolError('broken', reply.problem));
          const job: Job = { task, settle, fail: reject };
          const stop = (code: PoolErrorCode, message: string) => {
            giveUp(job);
            reject(new PoolError(code, message));
          };
          signal?.addEventListener('abort', () => stop('stopped', 'nobody waits for it any more'), {
            once: true,
            signal: done.signal,
          });
          if (signal?.aborted === true) return stop('stopped', 'nobody waited for it');
          queue.push(job);
          next();
          void clock.sleep(timeout, done.signal).then(() => {
            if (!done.signal.aborted) stop('took_too_long', `${task.name} took longer than ${timeout} ms`);
          });
        });
      } finally {
        done.abort();
      }
    },
    async close() {
      isClosed = true;
      for (const job of [...queue, ...busy.keys()]) {
        giveUp(job);
        job.fail(new PoolError('stopped', 'the pool is closed'));
      }
      await Promise.all(free.map((worker) => worker.terminate()));
    },
  };
}

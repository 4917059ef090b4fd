import { PoolError } from './pool.ts';

/** Lets so many things be done at once; the others wait in the order they came. */
export interface Turns {
  /** Rejects with a PoolError when too many wait already, or when `signal` is aborted before the turn has come. */
  take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  waiting(): number;
}

export function createTurns({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }): Turns {
  const queue: (() => void)[] = [];
  let underWay = 0;

  function turn(signal: AbortSignal | undefined): Promise<void> {
    if (underWay < atOnce) {
      underWay++;
      return Promise.resolve();
    }
    if (queue.length >= mostWaiting)
      return Promise.reject(new PoolError('too_many', `${queue.length} wait already`));
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        queue.splice(queue.indexOf(begin), 1);
        reject(new PoolError('stopped', 'nobody waits for it any more'));
      };
      if (signal?.aborted === true) return reject(new PoolError('stopped', 'nobody waited for it'));
      signal?.addEventListener('abort', leave, { once: true });
      queue.push(begin);
    });
  }

  return {
    waiting: () => queue.length,
    async take(work, signal) {
      await turn(signal);
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) underWay--;
        else next();
      }
    },
  };
}

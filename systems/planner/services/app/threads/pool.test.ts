import { systemClock } from 'fairway-kit';
import { afterAll, expect, test } from 'vitest';
import { createPool, type Pool } from './pool.ts';

/** A thread that answers with the name of its task, or dies of it. */
const program = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ name }) => {
      if (name === 'throws') setImmediate(() => { throw new Error('out of its hands'); });
      else if (name === 'exits') process.exit(3);
      else if (name !== 'sleeps') parentPort.postMessage({ value: name });
    });
  `)}`,
);
const pools: Pool[] = [];
const poolOf = (mostWaiting = 100) => {
  const pool = createPool({ program, threads: 1, mostWaiting }, systemClock);
  pools.push(pool);
  return pool;
};
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

test.each(['throws', 'exits'])(
  'a thread that %s fails its own task at once, and the next ones are done',
  async (name) => {
    const pool = poolOf();
    const [dead, ...others] = await Promise.allSettled(
      [name, 'second', 'third'].map((each) => pool.run({ name: each, given: null }, { timeout: 5_000 })),
    );
    expect(dead).toMatchObject({ status: 'rejected', reason: { code: 'broken' } });
    expect(others).toMatchObject([{ value: 'second' }, { value: 'third' }]);
  },
);

test('too many tasks are refused at once, those before them are done', async () => {
  const pool = poolOf(1);
  const controller = new AbortController();
  const run = (name: string, signal?: AbortSignal) =>
    pool.run({ name, given: null }, { timeout: 5_000, ...(signal && { signal }) });
  const first = run('sleeps', controller.signal);
  const second = run('waits');
  await expect(run('refused')).rejects.toMatchObject({ code: 'too_many' });
  controller.abort();
  await expect(first).rejects.toMatchObject({ code: 'stopped' });
  expect(await second).toBe('waits');
});

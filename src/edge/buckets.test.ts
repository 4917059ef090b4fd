import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketMemory, createBuckets } from './buckets.ts';

const perMinute = { burst: 60, perRequestMillis: 1_000 };
const make = (slots = 1_024) => createBuckets(bucketMemory(slots), 'secret');

describe('a bucket of 60 a minute', () => {
  test('lets 60 through at once, and the 61st not', () => {
    const store = make();
    const taken = Array.from({ length: 61 }, () => store.take('a', perMinute, 5_000_000));
    expect(taken.map(({ isAllowed }) => isAllowed)).toEqual([
      ...Array.from({ length: 60 }, () => true),
      false,
    ]);
    expect(taken[0]).toEqual({ isAllowed: true, left: 59, waitMillis: 0, fullMillis: 1_000 });
    expect(taken[60]).toEqual({ isAllowed: false, left: 0, waitMillis: 1_000, fullMillis: 60_000 });
  });

  test('lets one more through each second', () => {
    const store = make();
    for (let count = 0; count < 60; count += 1) store.take('a', perMinute, 0);
    expect(store.take('a', perMinute, 999).isAllowed).toBe(false);
    expect(store.take('a', perMinute, 1_000).isAllowed).toBe(true);
    expect(store.take('a', perMinute, 1_001).isAllowed).toBe(false);
  });

  test('is another one for another name', () => {
    const store = make();
    for (let count = 0; count < 61; count += 1) store.take('a', perMinute, 0);
    expect(store.take('b', perMinute, 0).isAllowed).toBe(true);
  });

  test('is not locked for longer when the clock was set back', () => {
    const store = make();
    for (let count = 0; count < 60; count += 1) store.take('a', perMinute, 1e12);
    expect(store.take('a', perMinute, 1e6).isAllowed).toBe(true);
  });
});

test('never more than burst and filling allow, whatever the times', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 500 }),
      (waits, burst, perRequestMillis) => {
        const store = make();
        let now = 1_000_000;
        let allowed = 0;
        const began = now;
        for (const wait of waits) {
          now += wait;
          if (store.take('a', { burst, perRequestMillis }, now).isAllowed) allowed += 1;
          expect(allowed).toBeLessThanOrEqual(burst + Math.floor((now - began) / perRequestMillis));
        }
      },
    ),
  );
});

test('many names in little memory: the emptiest buckets are remembered', () => {
  const store = make(8);
  for (let count = 0; count < 60; count += 1) store.take('flood', perMinute, 0);
  for (let count = 0; count < 1_000; count += 1) store.take(`passer-by ${count}`, perMinute, 0);
  expect(store.take('flood', perMinute, 0).isAllowed).toBe(false);
});

test('threads share the buckets: together they get no more than one alone', async () => {
  const memory = bucketMemory(1_024);
  const file = new URL('./buckets.ts', import.meta.url).href;
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(file)}).then(({ createBuckets }) => {
      const store = createBuckets(workerData, 'secret');
      let allowed = 0;
      for (let count = 0; count < 5000; count += 1)
        if (store.take('a', { burst: 3000, perRequestMillis: 1000 }, 7_000_000).isAllowed) allowed += 1;
      parentPort.postMessage(allowed);
    });`;
  const counts = await Promise.all(
    Array.from({ length: 3 }, () => {
      const worker = new Worker(program, { eval: true, workerData: memory });
      return new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    }),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3_000);
});

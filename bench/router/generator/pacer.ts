import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMicros } from './task.ts';

/**
 * Wakes the generator's thread when a request is due. Timers of Node are exact to a millisecond, which is ten times what a
 * proxy takes; a thread that only waits is exact to about 60 microseconds.
 */
const { began, rate, total } = workerData as {
  readonly began: number;
  readonly rate: number;
  readonly total: number;
};
const nothing = new Int32Array(new SharedArrayBuffer(4));
for (let number = 0; number < total; number += 1) {
  const left = began + (number * 1_000_000) / rate - monotonicMicros();
  if (left > 0) Atomics.wait(nothing, 0, 0, left / 1_000);
  parentPort?.postMessage(null);
}

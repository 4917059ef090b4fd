import { Worker } from 'node:worker_threads';
import type { Plane } from '../plane.ts';
import { remotePlane } from '../remote.ts';

/**
 * Requests leave short-lived objects behind. With room for some thousand of them they are dead before they are looked at;
 * with Node's own size a third of the processor's time goes into copying those of requests in flight.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 96 };

/**
 * So many threads that route. They are apart from the main thread, so that reading tables, writing totals and the disk
 * hold up no request. A thread that breaks takes the process with it (`onBroken`): half a router must not look whole.
 */
export function startWorkers(count: number, onBroken: (reason: string) => void): readonly Plane[] {
  return Array.from({ length: count }, () => {
    const worker = new Worker(new URL('main.ts', import.meta.url), { resourceLimits });
    worker.on('error', (reason) => onBroken(reason instanceof Error ? (reason.stack ?? '') : String(reason)));
    worker.on('exit', (code) => onBroken(`a thread ended with ${code}`));
    return remotePlane({
      send: (message) => worker.postMessage(message),
      onMessage: (take) => worker.on('message', take),
      onClosed: (closed) => worker.once('exit', closed),
    });
  });
}

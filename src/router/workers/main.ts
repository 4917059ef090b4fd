/** One thread of the router: a data plane that does what the main thread says. Started by `startWorkers`. */
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { invariant } from '#kernel';
import { clockFrom, systemRandom } from '../clock.ts';
import type { Log } from '../log.ts';
import { createPlane } from '../plane.ts';
import { servePlane } from '../remote.ts';

const clock = clockFrom(Date.now, wait);
const log: Log = (facts) => {
  process.stdout.write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), ...facts })}\n`);
};
const port = parentPort;
invariant(port !== null, 'it is started as a thread');
servePlane(createPlane({ clock, random: systemRandom, log }), {
  send: (message) => port.postMessage(message),
  onMessage: (take) => port.on('message', take),
  onClosed: (closed) => port.on('close', closed),
});

import { randomBytes } from 'node:crypto';
import { type Clock, instant, type Millis, type Random } from '#kernel';

/** The clock of a program, from the system's parts that only a `main.ts` has. */
export const clockFrom = (
  now: () => number,
  wait: (length: Millis, value: undefined, options: { signal?: AbortSignal }) => Promise<void>,
): Clock => ({
  now: () => instant(now()),
  sleep: (length, signal) =>
    wait(length, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
});

/** Chance from the system, drawn in blocks: each request needs some for its ids. */
export const systemRandom: Random = (() => {
  let block = randomBytes(4_096);
  let at = 0;
  return () => {
    if (at === block.length) [block, at] = [randomBytes(4_096), 0];
    at += 4;
    return block.readUInt32LE(at - 4) / 4_294_967_296;
  };
})();

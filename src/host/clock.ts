import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, instant } from '#kernel';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => instant(Date.now()),
  async sleep(length, signal) {
    try {
      await wait(length, undefined, signal ? { signal } : {});
    } catch {
      // aborted: the sleeper looks at the signal
    }
  },
};

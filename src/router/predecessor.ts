import { type Clock, millis } from '#kernel';
import type { DrainRequest } from './contract.ts';
import { nothingSeen } from './look.ts';
import type { Look, Plane, TableChange } from './plane.ts';
import { PlaneGone } from './remote.ts';

/** How long a predecessor may take to answer before it is left out. */
const predecessorMillis = millis(1_000);

/** The process before, as long as it lives; afterwards what it counted last. */
export function createPredecessor(clock: Clock) {
  let plane: Plane | null = null;
  let last: Look = nothingSeen;
  let ended: () => void = () => undefined;
  let isGone: Promise<void> = Promise.resolve();
  /** What it answers; null when it is gone or too slow. */
  async function ask<T>(answer: (plane: Plane) => Promise<T>, isLimited: boolean): Promise<T | null> {
    if (plane === null) return null;
    const answered = answer(plane).catch((reason: unknown) => {
      if (!(reason instanceof PlaneGone)) throw reason;
      plane = null;
      last = { counts: last.counts, open: [] };
      ended();
      return null;
    });
    if (!isLimited) return answered;
    const inTime = new AbortController();
    const slow = clock.sleep(predecessorMillis, inTime.signal).then(() => null);
    return Promise.race([answered, slow]).finally(() => inTime.abort());
  }
  return {
    adopt(predecessor: Plane): (look: Look) => void {
      plane = predecessor;
      isGone = new Promise((resolve) => (ended = resolve));
      return (look) => {
        plane = null;
        last = { counts: look.counts, open: [] };
        ended();
      };
    },
    async look(): Promise<Look> {
      const seen = await ask((it) => it.look(), true);
      // Its last totals may have come meanwhile, and they are newer.
      if (seen !== null && plane !== null) last = seen;
      return last;
    },
    take: (change: TableChange) => ask((it) => it.take(change), true),
    drain: (request: DrainRequest, signal: AbortSignal) => ask((it) => it.drain(request, signal), false),
    close: (requestsMillis: number) => ask((it) => it.close(requestsMillis), false),
    gone: () => isGone,
  };
}

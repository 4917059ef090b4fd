import { type Clock, millis } from '#kernel';
import type { LiveRoute } from '../routes.ts';

/** Requests that wait for a replica while a service has none. */
export interface HoldQueue {
  /** Resolves at once when there is a replica, else when there is one, or when the time or the room is over. */
  wait(routeOf: () => LiveRoute | null, signal: AbortSignal): Promise<'ready' | 'served' | 'late' | 'full'>;
  /** Replicas may have come: looks again. */
  look(): void;
}

/** At most so many requests wait, each for so long. */
export function createHold(
  limits: () => { readonly requests: number; readonly millis: number },
  clock: Clock,
): HoldQueue {
  const waiting = new Set<() => void>();
  return {
    async wait(routeOf, signal) {
      if (hasReplica(routeOf())) return 'ready';
      const { requests, millis: most } = limits();
      if (waiting.size >= requests) return 'full';
      const isDone = new AbortController();
      const look = () => {
        if (hasReplica(routeOf())) isDone.abort();
      };
      waiting.add(look);
      await clock.sleep(millis(most), AbortSignal.any([isDone.signal, signal]));
      waiting.delete(look);
      return isDone.signal.aborted ? 'served' : 'late';
    },
    look() {
      for (const look of [...waiting]) look();
    },
  };
}

function hasReplica(route: LiveRoute | null): boolean {
  if (route === null) return false;
  return [route.stable, route.canary].some((arm) => arm !== null && arm.backends.length > 0);
}

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { lineOf, type TrafficSample } from '#api/browser';
import { call } from './call.ts';
import { follow } from './stream.ts';
import { createTrafficStore, type TrafficStore } from './traffic-store.ts';

/** Follows the traffic of an environment: what is kept of it first, then each sample as it comes. */
export function useTraffic(environment: string): TrafficStore {
  const [store, setStore] = useState(createTrafficStore);
  useEffect(() => {
    const own = createTrafficStore();
    setStore(own);
    return listen(environment, own);
  }, [environment]);
  return store;
}

/**
 * The newest sample, as of so many milliseconds ago at most: the component is drawn again with each that is taken, so it
 * must be a small one. Text that changes more than once a second cannot be read.
 */
export function useLatest(store: TrafficStore, pause = 0): TrafficSample | null {
  const source = useMemo(() => {
    let taken = store.latest();
    return {
      get: () => taken,
      subscribe: (watcher: () => void) =>
        paced(store, pause, () => {
          taken = store.latest();
          watcher();
        }),
    };
  }, [store, pause]);
  return useSyncExternalStore(source.subscribe, source.get);
}

/**
 * Calls back at once, and then with new samples, but not more often than once in so many milliseconds. It is a sample that
 * calls and no timer: all that is drawn anew is drawn in the same few frames.
 */
export function paced(store: TrafficStore, pause: number, run: () => void): () => void {
  let last = performance.now();
  run();
  let isEmpty = store.latest() === null;
  return store.subscribe(() => {
    const at = performance.now();
    // Samples are not exact: a little early is better than a whole sample late.
    if (!isEmpty && at - last < pause - 80) return;
    isEmpty = store.latest() === null;
    last = at;
    run();
  });
}

function listen(environment: string, store: TrafficStore): () => void {
  const params = { environment };
  let ended = false;
  /** What comes while the past is still being asked waits for it: the store takes samples in their order. */
  let waiting: TrafficSample[] | null = [];
  const catchUp = async () => {
    waiting ??= [];
    const since = store.latest()?.at ?? 0;
    const past = await call('GET /v1/environments/{environment}/traffic', { params, query: { since } }).catch(
      () => null,
    );
    if (ended) return;
    store.add([...(past?.samples ?? []), ...(waiting ?? [])]);
    waiting = null;
  };
  const stop = follow({
    address: () => lineOf('GET /v1/environments/{environment}/traffic/events', { params }).path,
    // Each time it is open again: what came in between is asked for.
    opened: () => void catchUp(),
    heard: (data) => {
      const sample = JSON.parse(data) as TrafficSample;
      if (waiting === null) store.add([sample]);
      else waiting.push(sample);
    },
  });
  return () => {
    ended = true;
    stop();
  };
}

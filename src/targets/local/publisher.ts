import { type Clock, canonicalJson, fail, millis, ok, type Result } from '#kernel';
import type { RouterTable } from '#router';
import type { RouterClient } from './router-client.ts';
import { createTurns } from './turns.ts';

/** Keeps the router's table equal to what it should be. */
export interface Publisher {
  /**
   * Brings the router up to date and resolves when it has acknowledged. Several asks at once share one push.
   * Failures: `router_absent`, `route_stale` (facts: version, present), and those of the router.
   */
  publish(): Promise<Result<null>>;
  /** The same in the background, a moment later when it fails. */
  nudge(): void;
  /** Forgets what the router has: its process began anew. */
  forget(): void;
  /** Newest version that the present router has acknowledged; 0 when none. */
  acknowledged(): number;
  /** After this nothing is pushed any more. Resolves when the last push is over. */
  stop(): Promise<void>;
}

export function createPublisher(options: {
  clock: Clock;
  router: () => RouterClient | null;
  /** What the router should have now; null when nothing is routed yet. */
  wanted: () => Omit<RouterTable, 'generation'> | null;
}): Publisher {
  const inTurn = createTurns();
  const stopped = new AbortController();
  let waiting: Promise<Result<null>> | null = null;
  let generation = 0;
  let held: { readonly router: RouterClient; readonly version: number; readonly text: string } | null = null;
  let retry: Promise<void> = Promise.resolve();
  let isRetrying = false;
  let isDue = false;

  function publish(): Promise<Result<null>> {
    waiting ??= inTurn(() => {
      waiting = null; // who asks from now on may know of a newer change
      return push();
    });
    return waiting;
  }

  async function push(): Promise<Result<null>> {
    const table = options.wanted();
    if (table === null || stopped.signal.aborted) return ok(null);
    const router = options.router();
    if (router === null || !router.isRunning()) return fail('router_absent');
    const text = canonicalJson(table);
    if (held?.router === router && held.text === text) return ok(null);
    const done = await setTable(router, table);
    if (!done.ok) return done;
    held = { router, version: table.version, text };
    return ok(null);
  }

  /** A router that served a controller before us knows a higher generation: ours must grow from there. */
  async function setTable(
    router: RouterClient,
    table: Omit<RouterTable, 'generation'>,
  ): Promise<Result<null>> {
    if (held?.router !== router) {
      const known = await catchUp(router, table.version);
      if (!known.ok) return known;
    }
    generation += 1;
    const first = await router.setTable({ ...table, generation });
    if (first.ok) return ok(null);
    const before = generation;
    const known = await catchUp(router, table.version);
    if (!known.ok) return known;
    if (generation === before) return first;
    generation += 1;
    const second = await router.setTable({ ...table, generation });
    return second.ok ? ok(null) : second;
  }

  async function catchUp(router: RouterClient, version: number): Promise<Result<null>> {
    const state = await router.state();
    if (!state.ok) return state;
    if (state.value.version > version) return fail('route_stale', { version, present: state.value.version });
    generation = Math.max(generation, state.value.generation);
    return ok(null);
  }

  function nudge(): void {
    isDue = true;
    if (isRetrying || stopped.signal.aborted) return;
    isRetrying = true;
    retry = catchUpInBackground().finally(() => {
      isRetrying = false;
    });
  }

  /** A change during a push is pushed next: the push may have looked before it. */
  async function catchUpInBackground(): Promise<void> {
    while (isDue && !stopped.signal.aborted) {
      isDue = false;
      const done = await publish();
      if (done.ok || done.error.code === 'route_stale') continue;
      isDue = true;
      await options.clock.sleep(millis(200), stopped.signal);
    }
  }

  return {
    publish,
    nudge,
    forget() {
      held = null;
    },
    acknowledged: () => (held !== null && held.router === options.router() ? held.version : 0),
    async stop() {
      stopped.abort();
      await retry;
      await inTurn(async () => undefined);
    },
  };
}

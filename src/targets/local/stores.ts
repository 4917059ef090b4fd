import type { StoreSpec } from '#core/system';
import { type Clock, fail, millis, ok, type Random, type Result, seconds } from '#kernel';
import type { StoreCopies, StoreView } from '#ports';
import type {
  EmbeddedStoreOptions,
  ExchangeableStore,
  ExchangeAsk,
  StoreBinding,
  StoreEvent,
  StoreHealth,
} from '#stores';

export type StoreMaker = (options: EmbeddedStoreOptions) => ExchangeableStore;

/** Makes what copies one store and brings it back; given by the host, like the stores themselves. */
export type CopiesMaker = (options: {
  readonly spec: StoreSpec;
  readonly folder: string;
  readonly clock: Clock;
}) => StoreCopies;

/** The stores of an environment: started together, looked at once a second, started again when they fail. */
export interface StoreKeeper {
  readonly bindings: ReadonlyMap<string, StoreBinding>;
  /** Starts what the specs say and stops what they no longer say. Failures: those of the stores. */
  ensure(specs: readonly StoreSpec[], signal: AbortSignal): Promise<Result<null>>;
  /** Takes stores that run already into the list without starting any. */
  know(specs: readonly StoreSpec[]): void;
  /** Looks at each store and starts again what has failed; runs until the signal is aborted. */
  watch(signal: AbortSignal): Promise<void>;
  views(): readonly StoreView[];
  /**
   * Puts restored data in the place of a store's; meanwhile nobody else starts it. Says where the former ones lie. Failures:
   * `store_not_known` (facts: store), those of the store.
   */
  exchange(name: string, ask: ExchangeAsk, signal: AbortSignal): Promise<Result<{ readonly former: string }>>;
  /** Stops all; with `erase` their data goes too. */
  close(erase: boolean, signal: AbortSignal): Promise<Result<null>>;
}

export function keepStores(options: {
  make: StoreMaker;
  folderOf: (name: string) => string;
  clock: Clock;
  random: Random;
  told?: ((event: StoreEvent) => void) | undefined;
}): StoreKeeper {
  const { make, folderOf, clock, random } = options;
  const tell = options.told === undefined ? {} : { tell: options.told };
  const stores = new Map<string, ExchangeableStore>();
  const exchanging = new Set<string>();
  const bindings = new Map<string, StoreBinding>();
  const healths = new Map<string, StoreHealth>();

  function know(specs: readonly StoreSpec[]): void {
    for (const spec of specs) {
      const isNew = JSON.stringify(stores.get(spec.name)?.spec) !== JSON.stringify(spec);
      if (isNew) stores.set(spec.name, make({ spec, folder: folderOf(spec.name), clock, random, ...tell }));
    }
  }

  async function start(store: ExchangeableStore, signal: AbortSignal): Promise<Result<null>> {
    const { name } = store.spec;
    if (healths.get(name)?.state !== 'failed') healths.set(name, { state: 'starting', detail: 'it starts' });
    const binding = await store.ensure(signal);
    if (!binding.ok) {
      healths.set(name, { state: 'failed', detail: `it did not start (${binding.error.code})` });
      return binding;
    }
    bindings.set(name, binding.value);
    healths.set(name, { state: 'ready', address: binding.value.address });
    return ok(null);
  }

  async function stop(store: ExchangeableStore, erase: boolean, signal: AbortSignal): Promise<Result<null>> {
    const stopped = await store.stop(signal);
    if (!stopped.ok) return stopped;
    bindings.delete(store.spec.name);
    healths.set(store.spec.name, { state: 'stopped', detail: 'it was stopped' });
    return erase ? store.erase() : ok(null);
  }

  async function exchange(store: ExchangeableStore, ask: ExchangeAsk, signal: AbortSignal) {
    const { name } = store.spec;
    exchanging.add(name);
    healths.set(name, { state: 'starting', detail: 'its data are exchanged for restored ones' });
    try {
      const done = await store.exchange(ask, signal);
      if (done.ok) bindings.set(name, done.value.binding);
      healths.set(name, await store.health());
      return done.ok ? ok({ former: done.value.former }) : done;
    } finally {
      exchanging.delete(name);
    }
  }

  return {
    bindings,
    exchange(name, ask, signal) {
      const store = stores.get(name);
      if (store === undefined) return Promise.resolve(fail('store_not_known', { store: name }));
      return exchange(store, ask, signal);
    },
    async ensure(specs, signal) {
      const names = new Set(specs.map(({ name }) => name));
      for (const [name, store] of stores) {
        if (names.has(name)) continue;
        const stopped = await stop(store, false, signal);
        if (!stopped.ok) return stopped;
        stores.delete(name);
        healths.delete(name);
      }
      know(specs);
      return firstFailure(await Promise.all([...stores.values()].map((store) => start(store, signal))));
    },
    know,
    async watch(signal) {
      while (!signal.aborted) {
        await clock.sleep(seconds(1), signal);
        await Promise.all(
          [...stores].map(async ([name, store]) => {
            const health = await store.health();
            if (signal.aborted || !stores.has(name) || exchanging.has(name)) return;
            healths.set(name, health);
            if (health.state === 'failed' || health.state === 'stopped') await start(store, signal);
          }),
        );
        // A store that fails again and again is not asked in a tight loop.
        if ([...healths.values()].some(({ state }) => state === 'failed'))
          await clock.sleep(millis(2_000), signal);
      }
    },
    views: () => [...stores.values()].map((store) => viewOf(store.spec, healths.get(store.spec.name))),
    async close(erase, signal) {
      const done = firstFailure(
        await Promise.all([...stores.values()].map((store) => stop(store, erase, signal))),
      );
      if (done.ok) stores.clear();
      return done;
    },
  };
}

function viewOf(spec: StoreSpec, health: StoreHealth | undefined): StoreView {
  const about = { store: spec.name, kind: spec.kind };
  if (health === undefined) return { ...about, state: 'stopped', detail: 'it is not started', address: null };
  if (health.state !== 'ready')
    return { ...about, state: health.state, detail: health.detail, address: null };
  const standbys = health.standbys === undefined ? {} : { standbys: health.standbys };
  return { ...about, state: 'ready', detail: null, address: health.address, ...standbys };
}

const firstFailure = (results: readonly Result<null>[]): Result<null> =>
  results.find((result) => !result.ok) ?? ok(null);

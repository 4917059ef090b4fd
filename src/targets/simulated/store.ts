import { type Clock, fail, millis, type Random, type Result } from '#kernel';
import type { Commit, Store } from '#ports';
import { exponential, happens } from './draws.ts';

/** What goes wrong with a store. Shares of calls between 0 and 1, times in milliseconds. */
export interface StoreFaults {
  /** Commits that fail before anything was written. */
  readonly failsBefore: number;
  /** Commits that are written while the answer says they failed: what became of them is unknown. */
  readonly failsAfter: number;
  readonly slow: number;
  readonly slowMillis: number;
  /** Leases that somebody else has right after they were granted, and for how long. */
  readonly leaseTaken: number;
  readonly takenMillis: number;
}

export const noStoreFaults: StoreFaults = {
  failsBefore: 0,
  failsAfter: 0,
  slow: 0,
  slowMillis: 2_000,
  leaseTaken: 0,
  takenMillis: 5_000,
};

export interface FaultyStore extends Store {
  /** From now on with these faults, and no others. */
  disturb(faults: Partial<StoreFaults>): void;
  heal(): void;
}

/** A store between the control plane and a real one that does what its faults say. */
export function faultyStore(
  store: Store,
  {
    clock,
    random,
    faults: first = {},
  }: { readonly clock: Clock; readonly random: Random; readonly faults?: Partial<StoreFaults> },
): FaultyStore {
  let faults: StoreFaults = { ...noStoreFaults, ...first };

  async function delay(): Promise<void> {
    if (happens(random, faults.slow)) await clock.sleep(millis(exponential(random, faults.slowMillis)));
  }

  async function commit(asked: Commit): ReturnType<Store['commit']> {
    await delay();
    if (happens(random, faults.failsBefore)) return unavailable('it was not reached');
    const done = await store.commit(asked);
    return done.ok && happens(random, faults.failsAfter) ? unavailable('the answer was lost') : done;
  }

  return {
    ...store,
    commit,
    async acquire(name, owner, length, now) {
      await delay();
      const granted = await store.acquire(name, owner, length, now);
      if (granted.ok && happens(random, faults.leaseTaken)) {
        await store.giveUp(name, owner);
        await store.acquire(name, 'somebody else', millis(faults.takenMillis), clock.now());
      }
      return granted;
    },
    disturb(next) {
      faults = { ...noStoreFaults, ...next };
    },
    heal() {
      faults = noStoreFaults;
    },
  };
}

const unavailable = (reason: string): Result<never> =>
  fail('store_unavailable', { store: 'simulated', reason });

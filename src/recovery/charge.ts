import { type Clock, type Failure, millis, seconds } from '#kernel';
import type { Store } from '#ports';

/** Being in charge of the recovery of an environment: of several control planes on one store only one is. */
export interface Charge {
  readonly lease: string;
  /** Takes the lease, or prolongs it when it is time; null when it is ours, else why not. */
  hold(): Promise<Failure | null>;
  epoch(): number;
  /** Prolongs it while something goes on. */
  during<T>(work: () => Promise<T>): Promise<T>;
  giveUp(): Promise<void>;
}

const leaseLength = seconds(15);

export function createCharge(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly environment: string;
}): Charge {
  const { store, clock, owner } = options;
  const lease = `recovery/${options.environment}`;
  let epoch = 0;
  let until = 0;

  async function hold(): Promise<Failure | null> {
    const now = clock.now();
    // A clock that was set back must not make an ended lease last.
    const isFresh = now < until - leaseLength / 2 && now > until - 2 * leaseLength;
    if (isFresh) return null;
    const taken = await store.acquire(lease, owner, leaseLength, now);
    if (!taken.ok) return taken.error;
    epoch = taken.value.epoch;
    until = taken.value.expires;
    return null;
  }

  return {
    lease,
    hold,
    epoch: () => epoch,
    async during(work) {
      const over = new AbortController();
      const prolonging = prolong(over.signal);
      try {
        return await work();
      } finally {
        over.abort();
        await prolonging;
      }
    },
    async giveUp() {
      until = 0;
      await store.giveUp(lease, owner).catch(() => undefined); // it ends by itself soon
    },
  };

  async function prolong(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await hold().catch(() => undefined); // the next commit says so, too
      await clock.sleep(millis(leaseLength / 5), signal);
    }
  }
}

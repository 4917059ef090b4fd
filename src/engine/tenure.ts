import { type Clock, type Failure, millis } from '#kernel';
import type { Store } from '#ports';

const leaseLength = millis(15_000);

/** Being in charge of an environment, by a lease of the store; only one controller is, and every change says under which epoch. */
export interface Tenure {
  /** Renews when it is time; whether the lease is ours now. */
  hold(): Promise<boolean>;
  /** Grows each time the lease changes hands or was let go. */
  epoch(): number;
  /** Why the lease is not ours: who holds it and until when, or that the store does not answer. */
  refusal(): Failure | null;
  giveUp(): Promise<void>;
}

export function createTenure(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly name: string;
  readonly owner: string;
}): Tenure {
  const { store, clock, name, owner } = options;
  let epoch = 0;
  let until = 0;
  let refusal: Failure | null = null;
  return {
    async hold() {
      const now = clock.now();
      // A clock that was set back must not make an ended lease last.
      const isFresh = now < until - leaseLength / 2 && now > until - 2 * leaseLength;
      if (refusal === null && isFresh) return true;
      const lease = await store.acquire(name, owner, leaseLength, now);
      refusal = lease.ok ? null : lease.error;
      if (lease.ok) {
        epoch = lease.value.epoch;
        until = lease.value.expires;
        return true;
      }
      return lease.error.code !== 'lease_held' && clock.now() < until;
    },
    epoch: () => epoch,
    refusal: () => refusal,
    async giveUp() {
      until = 0;
      await store.giveUp(name, owner);
    },
  };
}

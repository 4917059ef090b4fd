import type { ChargeView } from '#api';
import { type Clock, type Failure, type Instant, instant } from '#kernel';
import type { Store } from '#ports';

/**
 * The part of a shared store that belongs to one system: names of streams, rows and leases begin with its name, so that
 * systems with environments of the same name do not meet.
 */
export function scopedStore(store: Store, system: string): Store {
  const inside = (name: string) => `${system}/${name}`;
  const outside = (name: string) => (name.startsWith(`${system}/`) ? name.slice(system.length + 1) : name);
  const row = <T extends { readonly key: string }>(each: T): T => ({ ...each, key: outside(each.key) });
  const entry = <T extends { readonly stream: string }>(each: T): T => ({
    ...each,
    stream: outside(each.stream),
  });
  const told = ({ code, facts }: Failure): Failure => {
    const { lease } = facts;
    return { code, facts: typeof lease === 'string' ? { ...facts, lease: outside(lease) } : facts };
  };
  return {
    async commit(commit) {
      const { stream, rows, fence } = commit;
      const done = await store.commit({
        ...commit,
        stream: inside(stream),
        rows: rows.map((each) => ({ ...each, key: inside(each.key) })),
        fence: fence === null ? null : { ...fence, lease: inside(fence.lease) },
      });
      return done.ok ? done : { ok: false, error: told(done.error) };
    },
    read: async (stream, after, limit) => (await store.read(inside(stream), after, limit)).map(entry),
    async last(stream) {
      const found = await store.last(inside(stream));
      return found === null ? null : entry(found);
    },
    async row(kind, key) {
      const found = await store.row(kind, inside(key));
      return found === null ? null : row(found);
    },
    rows: async (kind, prefix) => (await store.rows(kind, inside(prefix))).map(row),
    verify: (stream) => store.verify(inside(stream)),
    async acquire(name, owner, length, now) {
      const lease = await store.acquire(inside(name), owner, length, now);
      return lease.ok
        ? { ok: true, value: { ...lease.value, name } }
        : { ok: false, error: told(lease.error) };
    },
    giveUp: (name, owner) => store.giveUp(inside(name), owner),
    close: () => store.close(),
  };
}

export interface WatchedStore {
  readonly store: Store;
  /** Who holds the lease of an environment, as the store said last; null: nobody, as far as is known here. */
  readonly inCharge: (environment: string) => ChargeView | null;
}

/** Remembers what the store says of leases: the engine asks for each of them about once a second. */
export function watchLeases(store: Store, owner: string, clock: Clock): WatchedStore {
  const holders = new Map<string, { owner: string; until: Instant }>();
  return {
    store: {
      ...store,
      async acquire(name, asker, length, now) {
        const lease = await store.acquire(name, asker, length, now);
        if (lease.ok)
          holders.set(name, { owner: lease.value.owner, until: instant(Math.floor(lease.value.expires)) });
        else if (lease.error.code === 'lease_held') holders.set(name, holderOf(lease.error.facts));
        return lease;
      },
      async giveUp(name, asker) {
        holders.delete(name);
        await store.giveUp(name, asker);
      },
    },
    inCharge(environment) {
      const holder = holders.get(`environment/${environment}`);
      if (holder === undefined || holder.until <= clock.now()) return null;
      return { owner: holder.owner, until: holder.until, ours: holder.owner === owner };
    },
  };
}

function holderOf(facts: Failure['facts']): { owner: string; until: Instant } {
  return { owner: String(facts['owner']), until: instant(Math.floor(Number(facts['expires']))) };
}

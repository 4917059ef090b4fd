import { between, type Counts, type Evidence, type Reading, readingOf } from '#core/gate';
import type { Observation } from '#ports';

/** What each revision has answered between one look and the next. */
export interface Meter {
  /** By `keyOf`; those that answered nothing are left out, and at the first look all. */
  look(
    seen: Pick<Observation, 'unread'> & { readonly counts: readonly Counts[] },
  ): ReadonlyMap<string, Measured>;
}

export interface Measured {
  readonly service: string;
  readonly revision: string;
  readonly evidence: Evidence;
}

export const keyOf = ({ service, revision }: { readonly service: string; readonly revision: string }) =>
  `${service} ${revision}`;

/** The router remembers hundreds of revisions; those not seen for the longest time are forgotten first. */
const mostKnown = 1_000;

/**
 * A revision that appears after the first look began since: all its totals are new. One that could not be read before may have
 * been there for long: what it shows first is where its counting begins. One that is missed for some looks goes on where it was.
 */
export function createMeter(): Meter {
  const known = new Map<string, Reading>();
  const unread = new Set<string>();
  let isFirst = true;

  function added(now: Counts, key: string): Evidence | null {
    const before = known.get(key);
    if (before !== undefined) return isSame(before, now) ? null : between(before, now);
    return isFirst || unread.has(key) ? null : between(nothing, now);
  }

  return {
    look(seen) {
      for (const each of seen.unread) if (!known.has(keyOf(each))) unread.add(keyOf(each));
      const measured = new Map<string, Measured>();
      for (const now of seen.counts) {
        const key = keyOf(now);
        const evidence = added(now, key);
        if (evidence !== null && evidence.requests > 0)
          measured.set(key, { service: now.service, revision: now.revision, evidence });
        known.delete(key);
        known.set(key, readingOf({ ...now, replicas: [] }));
        unread.delete(key);
      }
      for (const key of known.keys()) if (known.size > mostKnown) known.delete(key);
      isFirst = false;
      return measured;
    },
  };
}

const nothing: Reading = { epoch: '', requests: 0, failures: 0, buckets: [], replicas: [] };

function isSame(before: Reading, now: Counts): boolean {
  return before.epoch === now.epoch && before.requests === now.requests && before.failures === now.failures;
}

import { bucketCount, bucketOf } from '#core/gate';
import type { RouterState } from './contract.ts';

type RevisionCounts = RouterState['counts'][number];

/** Monotonic totals. An answer goes into a bucket only when it did not fail. */
interface Totals {
  requests: number;
  failures: number;
  readonly buckets: Float64Array;
}

/** Monotonic totals of one revision since the process began, and the same of each of its replicas. */
export interface Tally {
  readonly service: string;
  readonly revision: string;
  /** The replica answered with this status, `millis` after the request came; the body may still follow. */
  answered(replica: string, status: number, millis: number): void;
  /** The request got no answer; null: no replica could be asked. */
  unanswered(replica: string | null): void;
  /** The request still waits, or its caller went away waiting: it is as slow as it has got. */
  waited(replica: string, millis: number): void;
  /** A request that was counted already came to a bad end. */
  brokeOff(replica: string | null): void;
  read(): RevisionCounts;
  /** Lets go of the oldest replicas that are in no table any more, once there are very many. */
  prune(isRouted: (replica: string) => boolean): void;
}

/** So many replicas of a revision, and so many revisions, are remembered at most beside those of the table. */
const [rememberedReplicas, rememberedRevisions] = [200, 500];

const noTotals = (): Totals => ({ requests: 0, failures: 0, buckets: new Float64Array(bucketCount) });

export function createTally(service: string, revision: string): Tally {
  const whole = noTotals();
  const replicas = new Map<string, Totals>();
  let told: RevisionCounts | null = null;
  const of = (replica: string): Totals => {
    let totals = replicas.get(replica);
    if (totals === undefined) replicas.set(replica, (totals = noTotals()));
    return totals;
  };
  return {
    service,
    revision,
    answered(replica, status, millis) {
      const bucket = status >= 500 ? -1 : bucketOf(millis);
      add(whole, bucket);
      add(of(replica), bucket);
    },
    unanswered(replica) {
      add(whole, -1);
      if (replica !== null) add(of(replica), -1);
    },
    waited(replica, millis) {
      const bucket = bucketOf(millis);
      add(whole, bucket);
      add(of(replica), bucket);
    },
    brokeOff(replica) {
      whole.failures += 1;
      if (replica !== null) of(replica).failures += 1;
    },
    read() {
      // Most services are quiet most of the time: what they were told is told again.
      if (told?.requests !== whole.requests || told.failures !== whole.failures)
        told = {
          service,
          revision,
          ...plain(whole),
          replicas: [...replicas].map(([replica, totals]) => ({ replica, ...plain(totals) })),
        };
      return told;
    },
    prune(isRouted) {
      for (const replica of replicas.keys()) {
        if (replicas.size <= rememberedReplicas) return;
        if (isRouted(replica)) continue;
        replicas.delete(replica);
        told = null;
      }
    },
  };
}

/** One request more; bucket −1: it failed. */
function add(totals: Totals, bucket: number): void {
  totals.requests += 1;
  if (bucket < 0) totals.failures += 1;
  else totals.buckets[bucket] = (totals.buckets[bucket] ?? 0) + 1;
}

/** As they are told: without the empty buckets behind the last that is not. */
function plain({ requests, failures, buckets }: Totals) {
  let length = buckets.length;
  while (length > 0 && buckets[length - 1] === 0) length -= 1;
  return { requests, failures, buckets: Array.from(buckets.subarray(0, length)) };
}

export interface Counters {
  of(service: string, revision: string): Tally;
  read(): RouterState['counts'];
  /** Lets go of the oldest revisions that are in no table any more, once there are very many. */
  prune(
    isRouted: (service: string, revision: string) => boolean,
    isRoutedReplica: (replica: string) => boolean,
  ): void;
}

export function createCounters(): Counters {
  const tallies = new Map<string, Tally>();
  return {
    of(service, revision) {
      const key = `${service}\n${revision}`;
      const known = tallies.get(key) ?? createTally(service, revision);
      tallies.set(key, known);
      return known;
    },
    read: () => [...tallies.values()].map((tally) => tally.read()),
    prune(isRouted, isRoutedReplica) {
      for (const [key, tally] of tallies) {
        tally.prune(isRoutedReplica);
        const { service, revision } = tally;
        if (tallies.size > rememberedRevisions && !isRouted(service, revision)) tallies.delete(key);
      }
    },
  };
}

/** Milliseconds on a clock that never goes back; only differences mean something. */
export const stopwatch = (): number => performance.now();

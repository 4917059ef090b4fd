import { bucketBounds } from '#core/gate';
import type { RouterState } from './contract.ts';

/** Monotonic totals of one revision since the process began. */
export class Tally {
  readonly service: string;
  readonly revision: string;
  requests = 0;
  failures = 0;
  readonly buckets: number[] = Array.from({ length: bucketBounds.length + 1 }, () => 0);

  constructor(service: string, revision: string) {
    this.service = service;
    this.revision = revision;
  }

  /** The revision answered with this status, `millis` after the request came; the body may still follow. */
  answered(status: number, millis: number): void {
    this.requests += 1;
    if (status >= 500) this.failures += 1;
    const bucket = bucketOf(millis);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
  }

  /** The request got no answer from the revision. */
  unanswered(): void {
    this.requests += 1;
    this.failures += 1;
  }

  /** An answer already counted as good broke off. */
  brokeOff(): void {
    this.failures += 1;
  }
}

function bucketOf(millis: number): number {
  let index = 0;
  // Most answers fall into the first few buckets: a search would not be quicker.
  while (index < bucketBounds.length && millis > (bucketBounds[index] ?? 0)) index += 1;
  return index;
}

export interface Counters {
  of(service: string, revision: string): Tally;
  read(): RouterState['counts'];
  /** Lets go of the oldest revisions that are in no table any more, once there are very many. */
  prune(isRouted: (service: string, revision: string) => boolean): void;
}

/** So many revisions are remembered; more than any environment keeps warm or looks back at. */
const remembered = 500;

export function createCounters(): Counters {
  const tallies = new Map<string, Tally>();
  return {
    of(service, revision) {
      const key = `${service}\n${revision}`;
      const known = tallies.get(key) ?? new Tally(service, revision);
      tallies.set(key, known);
      return known;
    },
    read: () =>
      [...tallies.values()].map(({ service, revision, requests, failures, buckets }) => ({
        service,
        revision,
        requests,
        failures,
        buckets: [...buckets],
      })),
    prune(isRouted) {
      for (const [key, { service, revision }] of tallies) {
        if (tallies.size <= remembered) return;
        if (!isRouted(service, revision)) tallies.delete(key);
      }
    },
  };
}

/** Milliseconds on a clock that never goes back; only differences mean something. */
export const stopwatch = (): number => performance.now();

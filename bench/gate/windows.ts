import { bucketUpperMillis, type Evidence, type Tick } from '#core/gate';
import { sum } from './traffic.ts';

/** A whole rollout as the other gates read it: minute by minute, and the sums of each second. */
export interface Recording {
  readonly minutes: readonly Minute[];
  /** Requests and failures up to the end of each second; the first entry is 0. */
  readonly canaryRequests: readonly number[];
  readonly canaryFailures: readonly number[];
  readonly stableRequests: readonly number[];
  readonly stableFailures: readonly number[];
}

export interface Minute {
  readonly stable: Evidence;
  readonly canary: Evidence;
}

export function createRecorder() {
  const minutes: Minute[] = [];
  let pending: Tick[] = [];
  const totals = { canaryRequests: [0], canaryFailures: [0], stableRequests: [0], stableFailures: [0] };
  const grow = (series: number[], by: number) => series.push((series.at(-1) ?? 0) + by);
  return {
    add(tick: Tick): void {
      grow(totals.canaryRequests, tick.canary.requests);
      grow(totals.canaryFailures, tick.canary.failures);
      grow(totals.stableRequests, tick.stable.requests);
      grow(totals.stableFailures, tick.stable.failures);
      pending.push(tick);
      if (pending.length < 60) return;
      minutes.push({
        stable: sum(pending.map(({ stable }) => stable)),
        canary: sum(pending.map(({ canary }) => canary)),
      });
      pending = [];
    },
    recording: (): Recording => ({ minutes, ...totals }),
  };
}

/** Share of the requests that failed; NaN without requests, as a query for a rate gives it. */
export const errorRate = ({ requests, failures }: Evidence): number => failures / requests;

/** Quantile in milliseconds, linear inside the bucket, as Prometheus' `histogram_quantile` gives it; NaN without answers. */
export function quantileMillis({ buckets }: Evidence, share: number): number {
  const sought = share * buckets.reduce((all, count) => all + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets.entries()) {
    if (count > 0 && seen + count >= sought) {
      const lower = bucket === 0 ? 0 : bucketUpperMillis(bucket - 1);
      return lower + ((bucketUpperMillis(bucket) - lower) * (sought - seen)) / count;
    }
    seen += count;
  }
  return Number.NaN;
}

import { bucketOf, type ReplicaCounts } from '#core/gate';
import type { Series, Sheet } from './sheet.ts';

/** What one source has told so far, counted by us: totals that only grow, and the sheet they were last counted from. */
export interface Tally {
  readonly totals: Totals;
  readonly last: Sheet | null;
  /** Which process told it, as the target knows processes; a new one begins its counters anew. */
  readonly process: string;
}
export type Totals = Omit<ReplicaCounts, 'replica'>;

export const nothing: Totals = { requests: 0, failures: 0, buckets: [] };

/**
 * How a total that went back is understood.
 *
 * - `anew`: the program began anew, all it tells has happened since (one process tells its own counters).
 * - `unknown`: something that was added up is gone. What remains is no new traffic, so counting goes on from there.
 */
export type WentBack = 'anew' | 'unknown';

/** A source seen for the first time: what it tells is new when the program began while we watched, history otherwise. */
export function firstTally(sheet: Sheet, process: string, isNew: boolean): Tally {
  const before: Tally = { totals: nothing, last: null, process };
  return isNew ? advance(before, sheet, process, 'anew') : { ...before, last: sheet };
}

/** Adds what happened since the last sheet. A series that is gone keeps what it had; one that is new counts whole. */
export function advance(tally: Tally, sheet: Sheet, process: string, wentBack: WentBack): Tally {
  const last = tally.process === process && isSameRun(tally.last, sheet) ? tally.last : null;
  const more = (now: Series, before: Series | undefined) => increase(now, before, wentBack);
  const { requests, failures, buckets } = tally.totals;
  const totals = {
    requests: requests + more(sheet.requests, last?.requests),
    failures: failures + more(sheet.failures, last?.failures),
    buckets: addTo(buckets, answers(sheet, last, wentBack)),
  };
  // A label set that vanished for a while (a Prometheus that misses one scrape) is known when it comes back.
  return { totals, last: last === null ? sheet : remembered(last, sheet), process };
}

function isSameRun(last: Sheet | null, { began }: Sheet): boolean {
  return last === null || last.began === null || began === null || last.began === began;
}

function remembered(last: Sheet, now: Sheet): Sheet {
  return {
    requests: both(last.requests, now.requests),
    failures: both(last.failures, now.failures),
    latency: both(last.latency, now.latency),
    began: now.began ?? last.began,
  };
}

/** Labels that change all the time must not fill the memory: beyond so many series those that are gone are forgotten. */
const mostRemembered = 20_000;

function both<T>(last: Readonly<Record<string, T>>, now: Readonly<Record<string, T>>) {
  const joined = { ...last, ...now };
  return Object.keys(joined).length > mostRemembered ? now : joined;
}

function increase(now: Series, before: Series | undefined, wentBack: WentBack): number {
  let sum = 0;
  for (const [key, total] of Object.entries(now)) sum += grown(total, before?.[key], wentBack);
  return sum;
}

function grown(now: number, before: number | undefined, wentBack: WentBack): number {
  if (before === undefined) return now;
  return now >= before ? now - before : wentBack === 'anew' ? now : 0;
}

/** Answers since the last sheet in our buckets: what a bucket grew by beyond the one below it, at its upper bound. */
function answers(sheet: Sheet, last: Sheet | null, wentBack: WentBack): number[] {
  const counts: number[] = [];
  for (const [key, group] of Object.entries(sheet.latency)) {
    const before = new Map(last?.latency[key]?.map(({ le, total }) => [le, total]));
    let below = 0;
    for (const { le, total } of group) {
      const upTo = grown(total, before.get(le), wentBack);
      const bucket = bucketOf(le * 1_000);
      if (upTo > below) counts[bucket] = (counts[bucket] ?? 0) + upTo - below;
      below = Math.max(below, upTo);
    }
  }
  return counts;
}

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    requests: a.requests + b.requests,
    failures: a.failures + b.failures,
    buckets: addTo(a.buckets, b.buckets),
  };
}

function addTo(buckets: readonly number[], more: readonly number[]): readonly number[] {
  const length = Math.max(buckets.length, more.length);
  return Array.from({ length }, (_, bucket) => (buckets[bucket] ?? 0) + (more[bucket] ?? 0));
}

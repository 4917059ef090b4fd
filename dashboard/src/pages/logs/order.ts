import type { LogLineView } from '#api/browser';
import { timeIn } from './line.ts';

/** How often lines that have waited are let go, in milliseconds: longer than between two looks at a replica's file. */
export const settleEvery = 300;
/** A page that nobody looks at has few turns: so many wait at most. */
const mostWaiting = 20_000;

/** Holds lines back for a moment and lets them go in the order of their time. */
export interface Order {
  add(line: LogLineView): void;
  /** Lets go what was here already at the last call, and what is older than that; whether there was any. */
  settle(): boolean;
  /** Lets go everything: the stream has ended, or has a gap here. */
  empty(): void;
}

interface Waiting {
  readonly line: LogLineView;
  readonly at: number;
}

/**
 * The files of replicas are read one after the other, so their lines come mixed up by a fraction of a second. Lines of one
 * replica stay in their order; one that says no time belongs to the line before it.
 */
export function createOrder(letGo: (line: LogLineView) => void): Order {
  const lastOf = new Map<string, number>();
  let newest = 0;
  let waiting: Waiting[] = [];
  /** The newest time of what has waited since the last call. */
  let limit = Number.NEGATIVE_INFINITY;

  function release(until: number): boolean {
    const sorted = waiting.toSorted((a, b) => a.at - b.at);
    const kept = sorted.findIndex(({ at }) => at > until);
    const due = kept < 0 ? sorted : sorted.slice(0, kept);
    waiting = kept < 0 ? [] : sorted.slice(kept);
    for (const { line } of due) letGo(line);
    return due.length > 0;
  }

  const empty = () => void release(Number.POSITIVE_INFINITY);

  return {
    add(line) {
      const before = lastOf.get(line.replica);
      const at = Math.max(timeIn(line.text) ?? before ?? newest, before ?? 0);
      lastOf.set(line.replica, at);
      newest = Math.max(newest, at);
      waiting.push({ line, at });
      if (waiting.length >= mostWaiting) empty();
    },
    settle() {
      const hasAny = release(limit);
      limit = waiting.reduce((latest, { at }) => Math.max(latest, at), Number.NEGATIVE_INFINITY);
      return hasAny;
    },
    empty,
  };
}

import type { Entry } from './line.ts';

/** Rows above and below those that are seen, so that fast scrolling meets no empty room. */
const spare = 4;

export interface Window {
  readonly first: number;
  readonly rows: number;
}

/** Which rows are drawn; `top` null: the newest ones. */
export function windowOf(length: number, top: number | null, height: number, row: number): Window {
  const rows = Math.ceil(height / row) + 2 * spare;
  const first = top === null ? length - rows : Math.floor(top / row) - spare;
  const from = Math.max(0, Math.min(first, length - rows));
  return { first: from, rows: Math.min(rows, length - from) };
}

/** How many entries have come after one; they are in the order of their numbers. */
export function newerThan(entries: readonly Entry[], number: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.number ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return entries.length - low;
}

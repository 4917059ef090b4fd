import { type Entry, testOf, type Wanted } from './line.ts';

/** So many of the newest lines are kept. */
export const capacity = 50_000;
/** Room is made for so many at once: a copy of the list for each line would be most of the work. */
const slack = 10_000;

/** The newest lines, and of them those that are wanted. Adding costs next to nothing; `advance` sorts out in portions. */
export interface Keeper {
  /** Those that are wanted, oldest first. Grows in place; `cut` tells when its beginning was taken off. */
  readonly shown: readonly Entry[];
  /** How many are kept. */
  readonly kept: number;
  /** How many were said to be missing. */
  readonly missing: number;
  /** How many came since the beginning. */
  readonly came: number;
  add(line: Omit<Entry, 'number' | 'isGap'>): void;
  /** Says that lines are missing here; 0: nobody knows how many. */
  addGap(lines: number, sentence: string): void;
  /** From now on others are wanted; those that are kept are looked at again by `advance`. */
  want(wanted: Wanted): void;
  /** Looks at so many more lines; whether there are still others. */
  advance(lines: number): boolean;
  clear(): void;
}

export function createKeeper(first: Wanted): Keeper {
  let all: Entry[] = [];
  let shown: Entry[] = [];
  let isWanted = testOf(first);
  let looked = 0;
  let came = 0;
  let missing = 0;
  let number = 0;

  function push(entry: Omit<Entry, 'number'>): void {
    number += 1;
    all.push({ number, ...entry });
    if (all.length >= capacity + slack) makeRoom();
  }

  function makeRoom(): void {
    const gone = all.length - capacity;
    all = all.slice(gone);
    looked = Math.max(0, looked - gone);
    const oldest = all[0]?.number ?? number;
    const first = shown.findIndex((entry) => entry.number >= oldest);
    shown = first < 0 ? [] : shown.slice(first);
  }

  return {
    get shown() {
      return shown;
    },
    get kept() {
      return all.length;
    },
    get missing() {
      return missing;
    },
    get came() {
      return came;
    },
    add(line) {
      came += 1;
      push({ ...line, isGap: false });
    },
    addGap(lines, sentence) {
      missing += lines;
      push({ service: '', replica: '', revision: '', text: sentence, isGap: true });
    },
    want(wanted) {
      isWanted = testOf(wanted);
      shown = [];
      looked = 0;
    },
    advance(lines) {
      const until = Math.min(all.length, looked + lines);
      for (; looked < until; looked += 1) {
        const entry = all[looked];
        if (entry !== undefined && isWanted(entry)) shown.push(entry);
      }
      return looked < all.length;
    },
    clear() {
      all = [];
      shown = [];
      looked = 0;
      missing = 0;
    },
  };
}

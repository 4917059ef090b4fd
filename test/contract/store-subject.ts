import { createHash } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import { canonicalJson, type Clock, type Instant, instant, type Json } from '#kernel';
import type { Commit, JournalEntry, RowWrite, Store } from '#ports';

/** A clock that stands still until it is set. */
export function settableClock(start = 1_700_000_000_000): Clock & { set(now: Instant): void } {
  let now = instant(start);
  return {
    now: () => now,
    sleep: () => Promise.resolve(),
    set: (moment) => {
      now = moment;
    },
  };
}

/** A journal entry as it lies in the store, for changing it behind the store's back. */
export interface RawEntry {
  readonly sequence: number;
  readonly at: number;
  readonly type: string;
  /** Canonical JSON. */
  readonly data: string;
  readonly hash: string;
}

export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens another over the same contents. */
  reopen(): Promise<Store>;
  /** Replaces the entries of a stream by others without telling the store. */
  tamper(stream: string, change: (entries: readonly RawEntry[]) => readonly RawEntry[]): void;
  /** Closes what is open and removes what was written. */
  dispose(): Promise<void>;
}

/** The store under test, anew for each test, and the words the tests use. */
export interface Subject {
  readonly store: Store;
  readonly clock: ReturnType<typeof settableClock>;
  readonly tamper: OpenedStore['tamper'];
  reopen(): Promise<void>;
  /** Appends entries of these types. */
  append(stream: string, expected: number, ...types: string[]): ReturnType<Store['commit']>;
  write(...rows: RowWrite[]): ReturnType<Store['commit']>;
}

/** To be called inside a `describe`: opens a store before each of its tests and disposes of it afterwards. */
export function subjectOf(open: (clock: Clock) => Promise<OpenedStore>): Subject {
  let clock: ReturnType<typeof settableClock>;
  let opened: OpenedStore;
  let store: Store;
  beforeEach(async () => {
    clock = settableClock();
    opened = await open(clock);
    store = opened.store;
  });
  afterEach(async () => opened.dispose());
  return {
    get store() {
      return store;
    },
    get clock() {
      return clock;
    },
    tamper: (stream, change) => opened.tamper(stream, change),
    async reopen() {
      store = await opened.reopen();
    },
    async append(stream, expected, ...types) {
      const entries = types.map((type) => ({ type, at: clock.now(), data: { type } }));
      return store.commit(commitOf({ stream, expected, entries }));
    },
    async write(...rows) {
      const last = await store.last('rows');
      return store.commit(commitOf({ stream: 'rows', expected: last?.sequence ?? 0, rows }));
    },
  };
}

export function rowWrite(expected: number, value: Json | null, key = 'shop'): RowWrite {
  return { kind: 'release', key, expected, format: 1, value };
}

export function commitOf(parts: Partial<Commit> & { stream: string }): Commit {
  return { expected: 0, entries: [], rows: [], fence: null, ...parts };
}

/** The port's own words for the hash, computed independently of the implementations. */
export function chained(previous: string, line: Omit<JournalEntry, 'hash' | 'at'> & { at: number }): string {
  return createHash('sha256')
    .update(`${previous}${canonicalJson(line)}`)
    .digest('hex');
}

export function summary(entries: readonly JournalEntry[]): string[] {
  return entries.map(({ sequence, type }) => `${sequence} ${type}`);
}

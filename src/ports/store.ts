import type { Failure, Instant, Json, Millis, Result } from '#kernel';

/** One line of the journal. `hash` covers the line and the hash before it, so that a change in the past shows. */
export interface JournalEntry {
  readonly stream: string;
  /** 1, 2, 3, … without a gap within a stream. */
  readonly sequence: number;
  readonly at: Instant;
  readonly type: string;
  readonly data: Json;
  /** SHA-256 (hex) over the previous hash and the canonical JSON of {stream, sequence, at, type, data}. */
  readonly hash: string;
}

export interface NewEntry {
  readonly type: string;
  readonly at: Instant;
  readonly data: Json;
}

/** A document beside the journal, derived from it. `version` is 1 when first written and grows by 1. */
export interface Row {
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  /** Version of the document's format, chosen by who writes it; readers convert older ones. */
  readonly format: number;
  readonly value: Json;
}

export interface RowWrite {
  readonly kind: string;
  readonly key: string;
  /** The version that must be there now; 0 when there must be none. */
  readonly expected: number;
  readonly format: number;
  /** null deletes the row. */
  readonly value: Json | null;
}

/** Journal entries and rows that are written together or not at all. */
export interface Commit {
  readonly stream: string;
  /** Sequence of the stream's last entry as the writer knows it. */
  readonly expected: number;
  readonly entries: readonly NewEntry[];
  readonly rows: readonly RowWrite[];
  /** When given, the commit is refused unless this lease is held with this epoch at this moment. */
  readonly fence: { readonly lease: string; readonly epoch: number } | null;
}

export interface Lease {
  readonly name: string;
  readonly owner: string;
  /** Grows by 1 each time the lease changes hands or is taken again after its end. */
  readonly epoch: number;
  readonly expires: Instant;
}

/**
 * The control plane's memory. Failures: `store_conflict` (another writer was first), `store_fenced` (the lease is not
 * ours any more), `lease_held` (facts: owner, expires), `store_unavailable` (disk full, file locked, …).
 */
export interface Store {
  commit(commit: Commit): Promise<Result<{ readonly sequence: number; readonly hash: string }, Failure>>;
  /** Entries after `after`, oldest first, at most `limit`. */
  read(stream: string, after: number, limit: number): Promise<readonly JournalEntry[]>;
  /** The last entry; null for an empty stream. */
  last(stream: string): Promise<JournalEntry | null>;
  row(kind: string, key: string): Promise<Row | null>;
  /** Rows of a kind whose key begins with `prefix`, by key. */
  rows(kind: string, prefix: string): Promise<readonly Row[]>;
  /** Checks the hash chain; the sequence of the first entry that does not fit, or null. */
  verify(stream: string): Promise<number | null>;
  /** Takes or prolongs a lease. The same owner keeps its epoch while the lease has not ended. */
  acquire(name: string, owner: string, length: Millis, now: Instant): Promise<Result<Lease, Failure>>;
  /** Gives a lease back before its end; nothing happens when it is not ours. */
  giveUp(name: string, owner: string): Promise<void>;
  close(): Promise<void>;
}

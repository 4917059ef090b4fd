import { type Clock, err, invariant, type Json, ok } from '#kernel';
import type { Commit, Row, RowWrite, Store } from '#ports';
import { chain, emptyHead, firstMisfit, type Head, type StoredEntry, toJournalEntry } from './chain.ts';
import { rowConflict, StoreUnavailable, streamConflict, unavailable } from './failure.ts';
import { fenceFailure, grantLease, type StoredLease } from './lease.ts';
import { checkName, compareNames } from './name.ts';

/** What a memory store holds. Kept apart from the store, so that it can outlive one as a disk does. */
export interface MemoryContents {
  readonly streams: Map<string, StoredStream>;
  /** By kind, then key. */
  readonly rows: Map<string, Map<string, StoredRow>>;
  readonly leases: Map<string, StoredLease>;
}

interface StoredStream {
  head: Head;
  readonly entries: StoredEntry[];
}

interface StoredRow {
  readonly version: number;
  readonly format: number;
  readonly value: string;
}

export function emptyMemory(): MemoryContents {
  return { streams: new Map(), rows: new Map(), leases: new Map() };
}

/** A store that forgets everything with the process, for tests and simulations. `clock` tells whether a fence holds. */
export function createMemoryStore(options: { clock: Clock; contents?: MemoryContents }): Store {
  const { clock, contents = emptyMemory() } = options;
  let open = true;
  const read = <T>(look: () => T): Promise<T> =>
    open ? Promise.resolve(look()) : Promise.reject(new StoreUnavailable(closed().error));
  const entriesOf = (stream: string) => contents.streams.get(checkName(stream))?.entries ?? [];

  return {
    async commit(commit) {
      return open ? commitTo(contents, commit, clock) : closed();
    },
    read(stream, after, limit) {
      return read(() => page(entriesOf(stream), after, limit).map((entry) => toJournalEntry(stream, entry)));
    },
    last(stream) {
      return read(() => {
        const entry = entriesOf(stream).at(-1);
        return entry === undefined ? null : toJournalEntry(stream, entry);
      });
    },
    row(kind, key) {
      return read(() => {
        const stored = contents.rows.get(checkName(kind))?.get(checkName(key));
        return stored === undefined ? null : toRow(kind, key, stored);
      });
    },
    rows(kind, prefix) {
      return read(() =>
        [...(contents.rows.get(checkName(kind)) ?? [])]
          .filter(([key]) => key.startsWith(prefix))
          .sort(([a], [b]) => compareNames(a, b))
          .map(([key, stored]) => toRow(kind, key, stored)),
      );
    },
    async verify(stream) {
      return await firstMisfit(checkName(stream), (after, limit) => {
        if (!open) throw new StoreUnavailable(closed().error);
        const { entries, head } = contents.streams.get(stream) ?? { entries: [], head: emptyHead };
        return { entries: page(entries, after, limit), head };
      });
    },
    async acquire(name, owner, length, now) {
      if (!open) return closed();
      checkName(owner);
      const granted = grantLease(contents.leases.get(checkName(name)) ?? null, { name, owner, length, now });
      if (granted.ok) contents.leases.set(name, granted.value);
      return granted;
    },
    async giveUp(name, owner) {
      const present = contents.leases.get(name);
      if (open && present?.owner === owner) contents.leases.set(name, { ...present, owner: null });
    },
    async close() {
      open = false;
    },
  };
}

const closed = () => unavailable('memory', 'it was closed');

function commitTo(
  contents: MemoryContents,
  commit: Commit,
  clock: Clock,
): Awaited<ReturnType<Store['commit']>> {
  const stream = checkName(commit.stream);
  if (commit.fence !== null) {
    const lease = contents.leases.get(checkName(commit.fence.lease)) ?? null;
    const fenced = fenceFailure(commit.fence, lease, clock.now());
    if (fenced !== null) return err(fenced);
  }
  const present = contents.streams.get(stream) ?? { head: emptyHead, entries: [] };
  const { head, entries } = present;
  if (head.sequence !== commit.expected) return streamConflict(stream, commit.expected, head.sequence);
  const added = chain(stream, head, commit.entries);

  const written = new Map<string, Written>(); // applied only when all of them fit
  for (const write of commit.rows) {
    const id = JSON.stringify([checkName(write.kind), checkName(write.key)]);
    const row = written.has(id) ? written.get(id)?.row : contents.rows.get(write.kind)?.get(write.key);
    const found = row?.version ?? 0;
    if (found !== write.expected) return rowConflict(write, found);
    written.set(id, { write, row: nextRow(write) });
  }
  for (const { write, row } of written.values()) applyRow(contents, write, row);
  for (const entry of added) entries.push(entry);
  const { sequence, hash } = added.at(-1) ?? head;
  present.head = { sequence, hash };
  contents.streams.set(stream, present);
  return ok({ sequence, hash });
}

/** Entries lie in order; without gaps (the rule) the first one wanted is found at once. */
function page(entries: readonly StoredEntry[], after: number, limit: number): readonly StoredEntry[] {
  let start = Math.min(after, entries.length);
  while (start > 0 && (entries[start - 1]?.sequence ?? 0) > after) start -= 1;
  return entries.slice(start, start + limit);
}

interface Written {
  readonly write: RowWrite;
  readonly row: StoredRow | undefined;
}

function nextRow({ value, expected, format }: RowWrite): StoredRow | undefined {
  invariant(Number.isSafeInteger(format), `a row's format is a whole number, not ${format}`);
  return value === null ? undefined : { version: expected + 1, format, value: JSON.stringify(value) };
}

function applyRow(contents: MemoryContents, { kind, key }: RowWrite, row: StoredRow | undefined): void {
  const ofKind = contents.rows.get(kind) ?? new Map<string, StoredRow>();
  contents.rows.set(kind, ofKind);
  if (row === undefined) ofKind.delete(key);
  else ofKind.set(key, row);
}

function toRow(kind: string, key: string, { version, format, value }: StoredRow): Row {
  return { kind, key, version, format, value: JSON.parse(value) as Json };
}

import { createHash } from 'node:crypto';
import { canonicalJson, instant, type Json } from '#kernel';
import type { JournalEntry, NewEntry } from '#ports';
import { checkName } from './name.ts';

/** A journal entry as it is kept: its data is canonical JSON text. */
export interface StoredEntry {
  readonly sequence: number;
  readonly at: number;
  readonly type: string;
  readonly data: string;
  readonly hash: string;
}

/** Where a stream ends: its last entry's sequence and hash, kept beside the entries so that a lost tail shows. */
export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

/** The head of a stream without entries; its hash is what the first entry is chained to. */
export const emptyHead: Head = { sequence: 0, hash: '0'.repeat(64) };

/** Chains new entries to the end of a stream. */
export function chain(stream: string, head: Head, entries: readonly NewEntry[]): readonly StoredEntry[] {
  let previous = head;
  return entries.map(({ at, type, data }) => {
    const unhashed = {
      sequence: previous.sequence + 1,
      at,
      type: checkName(type),
      data: canonicalJson(data),
    };
    const entry = { ...unhashed, hash: hashOf(stream, previous.hash, unhashed) };
    previous = entry;
    return entry;
  });
}

/** A run of entries together with the stream's head at the same moment. */
export interface Page {
  readonly entries: readonly StoredEntry[];
  readonly head: Head;
}

const pageLength = 500;

/**
 * Follows the chain of a stream from its beginning; the sequence of the first entry that does not fit (altered,
 * missing, exchanged, inserted, or lost at the end), or null. It finds changes by somebody who did not recompute every
 * later hash and the head; against that, note the last hash elsewhere.
 */
export async function firstMisfit(
  stream: string,
  readPage: (after: number, limit: number) => Page,
): Promise<number | null> {
  let previous = emptyHead;
  for (;;) {
    const { entries, head } = readPage(previous.sequence, pageLength);
    for (const entry of entries) {
      const sequence = previous.sequence + 1;
      if (entry.sequence !== sequence || entry.hash !== hashOf(stream, previous.hash, entry)) return sequence;
      previous = entry;
    }
    if (entries.length < pageLength) return misfitAtEnd(previous, head);
    await new Promise((resolve) => setImmediate(resolve)); // a long chain must not stop the rest of the program
  }
}

function misfitAtEnd(last: Head, head: Head): number | null {
  if (last.sequence === head.sequence) return last.hash === head.hash ? null : Math.max(1, last.sequence);
  return Math.min(last.sequence, head.sequence) + 1;
}

/** SHA-256 over the previous hash and the entry's canonical JSON, put together from its already canonical data. */
function hashOf(stream: string, previous: string, entry: Omit<StoredEntry, 'hash'>): string {
  const { sequence, at, type, data } = entry;
  const start = canonicalJson({ at });
  const end = canonicalJson({ sequence, stream, type });
  // keys in canonical order: at, data, sequence, stream, type
  const line = `${start.slice(0, -1)},"data":${data},${end.slice(1)}`;
  return createHash('sha256').update(previous).update(line).digest('hex');
}

export function toJournalEntry(stream: string, stored: StoredEntry): JournalEntry {
  const { sequence, at, type, data, hash } = stored;
  return { stream, sequence, at: instant(at), type, data: JSON.parse(data) as Json, hash };
}

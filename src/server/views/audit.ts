import { setImmediate as others } from 'node:timers/promises';
import type { AuditView, ChainView } from '#api/browser';
import type { Engine } from '#engine';
import type { Failure } from '#kernel';
import { type AuditStream, auditLine } from './audit-lines.ts';

export interface Audit {
  /** The newest first. */
  of(streams: readonly AuditStream[], limit: number): Promise<readonly AuditView[]>;
  /** Follows the chain of each stream that has entries. However many ask at a time, they are read once. */
  chains(streams: readonly AuditStream[]): Promise<readonly ChainView[]>;
}

/** What is known of a stream: its lines, the newest first, of the entries after `from` up to `to`. */
interface Known {
  lines: readonly AuditView[];
  from: number;
  to: number;
  reading: Promise<unknown>;
}

const pageSize = 1_000;
/** Beyond them the oldest are forgotten, and read again where somebody asks for so many. */
const mostKept = 4_000;

/**
 * Reads journals from their end back to as many lines as are asked for. Few of the entries of a long rollout are lines, so
 * what was read is remembered: asked again, only what is new is read.
 */
export function createAudit(
  engine: Pick<Engine, 'entries' | 'last' | 'verify'>,
  explain: (failure: Failure) => string,
): Audit {
  const all = new Map<string, Known>();
  let following: Promise<readonly ChainView[]> | null = null;

  async function linesOf(stream: AuditStream, limit: number): Promise<readonly AuditView[]> {
    const known = all.get(stream.stream) ?? { lines: [], from: -1, to: -1, reading: Promise.resolve() };
    all.set(stream.stream, known);
    const done = known.reading.catch(() => undefined).then(() => read(stream, known, limit)); // one after another
    known.reading = done;
    await done;
    return known.lines.slice(0, limit);
  }

  async function read(stream: AuditStream, known: Known, limit: number): Promise<void> {
    const last = (await engine.last(stream.stream))?.sequence ?? 0;
    // Shorter than before: the journal was brought back from a copy.
    if (known.to < 0 || last < known.to) Object.assign(known, { lines: [], from: last, to: last });
    while (known.to < last) {
      const upTo = Math.min(last, known.to + pageSize);
      known.lines = [...(await page(stream, known.to, upTo)), ...known.lines];
      known.to = upTo;
    }
    while (known.from > 0 && known.lines.length < limit) {
      const from = Math.max(0, known.from - pageSize);
      known.lines = [...known.lines, ...(await page(stream, from, known.from))];
      known.from = from;
    }
    const excess = known.lines[mostKept];
    if (excess !== undefined) {
      known.lines = known.lines.slice(0, mostKept);
      known.from = excess.sequence;
    }
  }

  /** Lines of the entries after `from` up to `to`, the newest first. */
  async function page(stream: AuditStream, from: number, to: number): Promise<AuditView[]> {
    const entries = await engine.entries(stream.stream, from, to - from);
    await others(); // a long journal is read for a second: whatever else waits goes first
    const lines = await Promise.all(entries.toReversed().map((entry) => auditLine(stream, entry, explain)));
    return lines.filter((line) => line !== null);
  }

  async function follow(streams: readonly AuditStream[]): Promise<readonly ChainView[]> {
    const chains: ChainView[] = [];
    for (const stream of streams) {
      const chain = await chainOf(stream);
      if (chain !== null) chains.push(chain);
    }
    return chains;
  }

  /** null: nothing was ever written. Rejects where the store cannot be read at all. */
  async function chainOf({ stream, environment, kind }: AuditStream): Promise<ChainView | null> {
    const name = kind === 'recovery' ? `${environment ?? ''}, recovery` : (environment ?? 'access');
    const newest = await engine.last(stream).catch((reason: unknown) => ({ reason }));
    const misfit = await engine.verify(stream);
    if (newest === null) return misfit === null ? null : { name, environment, entries: 0, hash: '', misfit };
    if ('hash' in newest) return { name, environment, entries: newest.sequence, hash: newest.hash, misfit };
    // What cannot be read is often the very thing that was changed: then the chain, which is followed over plain text, tells.
    if (misfit === null) throw newest.reason;
    return { name, environment, entries: misfit, hash: '', misfit };
  }

  return {
    chains(streams) {
      following ??= follow(streams).finally(() => (following = null));
      return following;
    },
    async of(streams, limit) {
      const lines = await Promise.all(streams.map((stream) => linesOf(stream, limit)));
      return lines.flat().toSorted(newestFirst).slice(0, limit);
    },
  };
}

/** Entries of one instant stay in the order in which they were written. */
function newestFirst(a: AuditView, b: AuditView): number {
  return b.at - a.at || b.sequence - a.sequence;
}

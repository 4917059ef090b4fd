import { after, type Instant, minutes } from '#kernel';
import { type Histories, type Lineage, lineageFrom } from './lineage.ts';
import { type LogPlace, logPlaceOf } from './place.ts';
import type { CopyRecord, LogRecord } from './records.ts';
import { parseLogName, pieceName } from './wal.ts';

/** The log behind a copy, as far as piece follows piece. */
export interface Chain {
  readonly lineage: Lineage;
  /** History files first, then the pieces in order, from the copy's first one to the last before a gap. */
  readonly log: readonly LogRecord[];
  /** The piece that the chain ends with; null: none behind what the copy brings itself. */
  readonly top: LogRecord | null;
  /** Position of the piece that the chain ends with. */
  readonly end: number;
  /** A piece that is missing although a later one is there. */
  readonly gap: { readonly missing: string; readonly before: string } | null;
}

interface Placed {
  readonly record: LogRecord;
  readonly timeline: number;
  readonly position: number;
}

/** Null where the copy's kind has no log. `upTo`: no piece behind this position is needed. */
export function chainFrom(
  copy: CopyRecord,
  { copies, log, histories }: ChainSource,
  upTo = Number.POSITIVE_INFINITY,
): Chain | null {
  const place = logPlaceOf(copy);
  if (place === null) return null;
  const { pieces, history } = sorted(candidates(copy, place, copies, log));
  const lineage = lineageFrom(
    place,
    pieces,
    history.map(({ timeline }) => timeline),
    histories,
  );
  const found = byPosition(pieces, lineage, place.first, upTo);
  let end = place.last;
  while (found.has(end + 1)) end++;
  const beyond = [...found.keys()].filter((position) => position > end);
  const inOrder = [...found].filter(([position]) => position <= end).toSorted(([a], [b]) => a - b);
  const nextPiece = beyond.length === 0 ? undefined : found.get(least(beyond));
  return {
    lineage,
    log: [
      ...history.filter(
        ({ timeline }) => timeline <= lineage.timeline || !hasPieces(timeline, pieces, histories),
      ),
      ...inOrder.flatMap(([, records]) => records),
    ].map(({ record }) => record),
    top: end === place.last ? null : (found.get(end)?.at(-1)?.record ?? null),
    end,
    gap:
      nextPiece === undefined
        ? null
        : {
            missing: pieceName(timelineAt(lineage, place, end + 1), end + 1),
            before: nextPiece[0]?.record.name ?? '',
          },
  };
}

export interface ChainSource {
  /** Every copy of the store. */
  readonly copies: readonly CopyRecord[];
  readonly log: readonly LogRecord[];
  readonly histories: Histories;
}

/**
 * The server gives the same names again when a store was made anew: what was stored after a copy of the next one was made
 * is not of this one, and of two pieces of one name the first behind the copy is meant. A piece may also have been handed
 * over twice: either will do.
 */
function candidates(
  copy: CopyRecord,
  place: LogPlace,
  copies: readonly CopyRecord[],
  log: readonly LogRecord[],
): readonly LogRecord[] {
  const others = copies.filter((other) => {
    const { systemId = null } = logPlaceOf(other) ?? {};
    return other.from > copy.from && systemId !== null && systemId !== place.systemId;
  });
  const until = place.systemId === null ? Number.POSITIVE_INFINITY : least(others.map(({ from }) => from));
  const named = new Map<string, LogRecord>();
  for (const record of log) {
    if (record.at >= until) continue;
    const other = named.get(record.name);
    if (other === undefined || isBetter(record, other, copy.from)) named.set(record.name, record);
  }
  return [...named.values()];
}

const clockSteps = minutes(5);

function isBetter(one: LogRecord, other: LogRecord, begin: Instant): boolean {
  const isBehind = ({ at }: LogRecord) => after(at, clockSteps) >= begin;
  if (isBehind(one) !== isBehind(other)) return isBehind(one);
  return isBehind(one) ? one.at < other.at : one.at > other.at;
}

function sorted(log: readonly LogRecord[]) {
  const pieces: Placed[] = [];
  const history: { readonly record: LogRecord; readonly timeline: number }[] = [];
  for (const record of log) {
    const name = parseLogName(record.name);
    if (name?.kind === 'history') history.push({ record, timeline: name.timeline });
    if (name?.kind === 'piece' && !name.isPartial)
      pieces.push({ record, timeline: name.timeline, position: name.position });
  }
  return { pieces, history: history.toSorted((a, b) => a.timeline - b.timeline) };
}

function byPosition(
  pieces: readonly Placed[],
  lineage: Lineage,
  first: number,
  upTo: number,
): ReadonlyMap<number, readonly Placed[]> {
  const found = new Map<number, Placed[]>();
  for (const piece of pieces.toSorted((a, b) => a.timeline - b.timeline)) {
    if (piece.position < first || piece.position > upTo || !lineage.has(piece)) continue;
    const same = found.get(piece.position);
    if (same === undefined) found.set(piece.position, [piece]);
    else same.push(piece);
  }
  return found;
}

/** Of a timeline that was seen only by its history file, without its content, nobody can say that it is out of reach. */
function hasPieces(timeline: number, pieces: readonly Placed[], histories: Histories): boolean {
  const isKnown = histories[`${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`] !== undefined;
  return isKnown || pieces.some((piece) => piece.timeline === timeline);
}

function timelineAt(lineage: Lineage, { timeline }: LogPlace, position: number): number {
  for (let each = lineage.timeline; each > timeline; each--)
    if (lineage.has({ timeline: each, position })) return each;
  return timeline;
}

const least = (numbers: readonly number[]): number =>
  numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

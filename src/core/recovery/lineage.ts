import type { LogPlace } from './place.ts';
import { type History, parseHistory, positionOf } from './wal.ts';

/** A piece of the log, found by its name. */
export interface Piece {
  readonly timeline: number;
  readonly position: number;
}

/** The timelines one of which came from the other, from that of a copy to the newest that can be reached from it. */
export interface Lineage {
  readonly timeline: number;
  /** Whether this piece belongs to it; where a timeline was left for the next, both have the piece. */
  has(piece: Piece): boolean;
}

/** Contents of history files by name (`00000002.history`): with them the way of the timelines is known, not guessed. */
export type Histories = Readonly<Record<string, string>>;

/**
 * After each promotion the log goes on under a higher timeline. The newest one that came from the copy's wins; timelines
 * that were left before the copy was made cannot be reached from it.
 */
export function lineageFrom(
  place: LogPlace,
  pieces: readonly Piece[],
  known: readonly number[],
  histories: Histories,
): Lineage {
  const candidates = new Set([...pieces.map(({ timeline }) => timeline), ...known]);
  const newestFirst = [...candidates]
    .filter((timeline) => timeline > place.timeline)
    .toSorted((a, b) => b - a);
  for (const timeline of newestFirst) {
    const text = histories[`${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`];
    const lineage =
      text === undefined ? guessed(place, timeline, pieces) : recorded(place, timeline, parseHistory(text));
    if (lineage !== null) return lineage;
  }
  return { timeline: place.timeline, has: ({ timeline }) => timeline === place.timeline };
}

/** As its history file tells; null: it did not come from the copy. */
function recorded(place: LogPlace, timeline: number, history: History): Lineage | null {
  const own = history.find((one) => one.timeline === place.timeline);
  if (own === undefined) return null;
  const isInside = place.stop === null ? place.last <= positionOf(own.until) : place.stop <= own.until;
  if (!isInside) return null;
  const parts = history.map((one, index) => ({
    timeline: one.timeline,
    from: positionOf(history[index - 1]?.until ?? 0n),
    until: positionOf(one.until),
  }));
  const begin = parts.at(-1)?.until ?? 0;
  return {
    timeline,
    has: (piece) =>
      piece.timeline === timeline
        ? piece.position >= begin
        : parts.some(
            (part) =>
              part.timeline === piece.timeline && part.from <= piece.position && piece.position <= part.until,
          ),
  };
}

/** Without the file: it began with its first piece, and before that any lower timeline may have been the one. */
function guessed(place: LogPlace, timeline: number, pieces: readonly Piece[]): Lineage | null {
  const begin = pieces.reduce(
    (least, piece) => (piece.timeline === timeline ? Math.min(least, piece.position) : least),
    Number.POSITIVE_INFINITY,
  );
  if (!Number.isFinite(begin) || begin < place.last) return null;
  return {
    timeline,
    has: (piece) =>
      piece.timeline === timeline ||
      (piece.timeline < timeline && piece.timeline >= place.timeline && piece.position <= begin),
  };
}

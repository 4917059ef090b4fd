import { isSegment, type Position, positionOf, segmentAt, segmentName, segmentOf } from './pieces.ts';

/** A timeline that was left for the next one at a position. */
export interface Ancestor {
  readonly timeline: number;
  readonly until: Position;
}

/** Of each timeline but the first: those before it, the oldest first. */
export type Histories = ReadonlyMap<number, readonly Ancestor[]>;

/** The content of a `.history` file: a timeline, a position and a reason in each line. */
export function readHistory(text: string): readonly Ancestor[] {
  return text.split('\n').flatMap((line) => {
    const [, timeline, until] = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line) ?? [];
    if (timeline === undefined || until === undefined) return [];
    return [{ timeline: Number(timeline), until: positionOf(until) }];
  });
}

/** Where a copy ends: the log that follows on it begins here. */
export interface CopyEnd {
  readonly timeline: number;
  readonly stop: Position;
  readonly segmentBytes: number;
}

/** Which pieces of a log follow on a copy without a hole. */
export interface LogPath {
  /** The timeline they lead to. */
  readonly timeline: number;
  /** Timelines it came from, itself included. */
  readonly timelines: ReadonlySet<number>;
  readonly pieces: readonly string[];
  /** The first one that is missing in front of others that are there; null: none is. */
  readonly missing: string | null;
}

/**
 * The path from a copy along the newest timeline that came from it: those it came from end where they were left, and
 * what was written on them later belongs to nobody any more.
 */
export function logPath(copy: CopyEnd, histories: Histories, log: readonly string[]): LogPath {
  const newest = [...histories]
    .filter(([, ancestors]) => comesFrom(ancestors, copy))
    .reduce((highest, [timeline]) => Math.max(highest, timeline), copy.timeline);
  const ancestors = newest === copy.timeline ? [] : (histories.get(newest) ?? []);
  const { segmentBytes } = copy;
  const timelines = new Set([...ancestors.map(({ timeline }) => timeline), newest]);
  const names = new Set(log.filter(isSegment));
  /** A piece in which a timeline was left is there twice; the later one goes on behind that place. */
  const pieceOf = (number: bigint) => {
    const left = ancestors.filter(({ until }) => segmentAt(until, segmentBytes) > number);
    const candidates = left.length === 0 ? [newest] : left.map(({ timeline }) => timeline).slice(0, 1);
    const fallBack = ancestors.filter(({ until }) => segmentAt(until, segmentBytes) === number);
    return [...candidates, ...fallBack.map(({ timeline }) => timeline).toReversed()].map((timeline) =>
      segmentName({ timeline, number }, segmentBytes),
    );
  };
  const first = segmentAt(copy.stop - 1n, segmentBytes) + 1n;
  const last = [...names]
    .map((name) => segmentOf(name, segmentBytes))
    .filter(({ timeline, number }) => timelines.has(timeline) && reaches(ancestors, timeline, number, copy))
    .reduce((highest, { number }) => (number > highest ? number : highest), first - 1n);
  const pieces: string[] = [];
  for (let number = first; number <= last; number += 1n) {
    const names_ = pieceOf(number);
    const found = names_.find((name) => names.has(name));
    if (found === undefined) return { timeline: newest, timelines, pieces, missing: names_[0] ?? null };
    pieces.push(found);
  }
  return { timeline: newest, timelines, pieces, missing: null };
}

const comesFrom = (ancestors: readonly Ancestor[], { timeline, stop }: CopyEnd) =>
  ancestors.some((ancestor) => ancestor.timeline === timeline && ancestor.until >= stop);

/** Whether a piece lies on the path: what was written on a timeline behind the place where it was left does not. */
function reaches(
  ancestors: readonly Ancestor[],
  timeline: number,
  number: bigint,
  { segmentBytes }: CopyEnd,
): boolean {
  const left = ancestors.find((ancestor) => ancestor.timeline === timeline);
  return left === undefined || number <= segmentAt(left.until, segmentBytes);
}

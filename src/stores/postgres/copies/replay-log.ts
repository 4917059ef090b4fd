import { type Instant, instant } from '#kernel';

/** What a server that replays has told in its log so far. */
export interface Replay {
  /** Pieces it has taken, by name. */
  readonly restored: readonly string[];
  /** Commit time of the last transaction it replayed. */
  readonly last: Instant | null;
  /** What it could not read in the log, in its own words: there it stopped. */
  readonly unreadable: { readonly words: string; readonly piece: string | null } | null;
  /** Why it gave up, in its own words. */
  readonly fatal: string | null;
  readonly isReady: boolean;
}

export const nothingTold: Replay = {
  restored: [],
  last: null,
  unreadable: null,
  fatal: null,
  isReady: false,
};

const LINE = /^\S+ \S+ \S+ \[\d+\] (LOG|FATAL|PANIC|ERROR|WARNING): +(.*)$/;
const UNREADABLE = new RegExp(
  [
    'invalid (?:record|magic|info|resource|block|contrecord|xl|page|long)',
    'incorrect (?:resource manager|prev-link)',
    'record with (?:incorrect|invalid)',
    'unexpected (?:pageaddr|timeline|rmid)',
    'out-of-(?:sequence|order) ',
    'there is no contrecord flag',
    'contrecord is requested',
    'WAL file is from different',
    'archive file ".*" has wrong size',
  ].join('|'),
);

/** What is known after one more line. The lines are PostgreSQL 18's in English (xlogrecovery.c, xlogreader.c). */
export function hear(replay: Replay, line: string): Replay {
  const [, level, words = ''] = LINE.exec(line) ?? [];
  if (level === undefined) return replay;
  if (level === 'FATAL' || level === 'PANIC') return { ...replay, fatal: replay.fatal ?? words };
  const piece = /^restored log file "([0-9A-F]{24})" from archive/.exec(words)?.[1];
  if (piece !== undefined) return { ...replay, restored: [...replay.restored, piece] };
  const time = /^last completed transaction was at log time (\S+ [\d:.]+)(?:\+00| UTC)/.exec(words)?.[1];
  if (time !== undefined) return { ...replay, last: timeOf(time) };
  if (words.startsWith('database system is ready to accept connections')) return { ...replay, isReady: true };
  if (level === 'LOG' && replay.unreadable === null && UNREADABLE.test(words))
    return { ...replay, unreadable: { words, piece: replay.restored.at(-1) ?? null } };
  return replay;
}

/** Rounded down to the millisecond: `2026-11-22 01:30:00.123456`. */
function timeOf(text: string): Instant | null {
  const at = Date.parse(`${text.replace(' ', 'T').replace(/(\.\d{3})\d+$/, '$1')}Z`);
  return Number.isNaN(at) ? null : instant(at);
}

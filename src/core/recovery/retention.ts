import type { BackupPolicy } from '#core/system';
import { type Instant, type Millis, millis } from '#kernel';
import { agesBy } from './age.ts';
import { periodOf } from './due.ts';
import { isAhead, isoText, type RecoveryFinding } from './finding.ts';
import { logPlaceOf } from './place.ts';
import type { CopyRecord, Hold, LogRecord } from './records.ts';
import { parseLogName } from './wal.ts';

export interface RetentionQuestion {
  /** Name of the store. */
  readonly of: string;
  readonly policy: BackupPolicy;
  /** Copies of this store that count: those that are known to be damaged are not given. */
  readonly copies: readonly CopyRecord[];
  readonly log: readonly LogRecord[];
  readonly holds: readonly Hold[];
  /** Moments that have to stay restorable, such as the begin of a release that may still be taken back. */
  readonly releasePins: readonly Instant[];
  readonly now: Instant;
}

export interface Expendable {
  readonly copies: readonly CopyRecord[];
  readonly log: readonly LogRecord[];
  /** Why each of the other copies stays. */
  readonly kept: readonly { readonly copy: CopyRecord; readonly because: readonly KeptBecause[] }[];
  /** Why each of the other files of the log stays. */
  readonly keptLog: readonly { readonly log: LogRecord; readonly because: LogKeptBecause }[];
  readonly findings: readonly RecoveryFinding[];
}

export type KeptBecause =
  /** The newest one of all. */
  | 'last good'
  | 'hold'
  /** A release that may still be taken back began behind it. */
  | 'release'
  /** Younger than copies are kept. */
  | 'young'
  /** The first of its period, which is kept longer. */
  | 'long term'
  /** The log that any moment is restored from begins at it. */
  | 'point in time'
  /** Nothing says how long copies are kept. */
  | 'no policy'
  /** It lies ahead of the clock, which must have jumped back. */
  | 'ahead of the clock';

export type LogKeptBecause = 'needed' | 'history of timelines' | 'hold' | 'unknown name' | 'no place known';

/** Which copies and files of the log of a store may be deleted. */
export function expendable(question: RetentionQuestion): Expendable {
  const { of, copies, log, now } = question;
  const ahead = copies.filter(({ from }) => isAhead(from, now));
  const present = copies
    .filter(({ from }) => !isAhead(from, now))
    .toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
  const reasons = reasonsFor(question, present);
  for (const copy of ahead) reasons.set(copy, ['ahead of the clock']);
  const isKept = (copy: CopyRecord) => (reasons.get(copy) ?? []).length > 0;
  const logReasons = logReasonsFor(question, copies, reasons);
  return {
    copies: present.filter((copy) => !isKept(copy)),
    log: log.filter((record) => !logReasons.has(record)),
    kept: copies.filter(isKept).map((copy) => ({ copy, because: reasons.get(copy) ?? [] })),
    keptLog: log.flatMap((record) => {
      const because = logReasons.get(record);
      return because === undefined ? [] : [{ log: record, because }];
    }),
    findings: clockFindings(of, ahead, now),
  };
}

/** A finding when copies lie ahead of the clock; none otherwise. */
export function clockFindings(
  of: string,
  copies: readonly CopyRecord[],
  now: Instant,
): readonly RecoveryFinding[] {
  const [newest] = copies.filter(({ from }) => isAhead(from, now)).toSorted((a, b) => b.from - a.from);
  if (newest === undefined) return [];
  const facts = { of, copy: newest.id, made: isoText(newest.from), now: isoText(now) };
  return [{ code: 'recovery_clock_jumped', facts, severity: 'error' }];
}

type Reasons = Map<CopyRecord, KeptBecause[]>;

function reasonsFor(
  { of, policy, holds, releasePins, now }: RetentionQuestion,
  present: readonly CopyRecord[],
): Reasons {
  const reasons: Reasons = new Map();
  const keep = (copy: CopyRecord | undefined, because: KeptBecause) => {
    if (copy === undefined) return;
    const others = reasons.get(copy) ?? [];
    if (!others.includes(because)) reasons.set(copy, [...others, because]);
  };
  const { full, longTerm, pointInTime } = policy;
  const begins = present.map(({ from }) => from);
  const age = agesBy(begins, longestGap(policy), now);
  // Any moment is restored from the copy before it: while that is promised, copies are not thinned out.
  const young = full === null ? 0 : Math.max(full.keep, pointInTime ?? 0);
  const newest = present.toSorted((a, b) => a.until - b.until).at(-1);
  keep(newest, 'last good');
  for (const copy of present) {
    if (age(copy.from) < young) keep(copy, 'young');
    if (full === null && longTerm === null) keep(copy, 'no policy');
    if (holds.some((hold) => hold.of === of && (hold.copy === null || hold.copy === copy.id)))
      keep(copy, 'hold');
  }
  for (const first of longTerm === null ? [] : firstOfPeriods(present, longTerm.every))
    if (longTerm !== null && age(first.from) < longTerm.keep) keep(first, 'long term');
  if (pointInTime !== null) {
    const old = present.filter(({ until }) => age(until) >= pointInTime);
    // Until a copy is old enough, the oldest is where the log begins.
    keep(newestOf(old) ?? present[0], 'point in time');
  }
  for (const pin of releasePins) keep(newestOf(present.filter(({ until }) => until <= pin)), 'release');
  return reasons;
}

/** Between two copies, when all is well; those of the long term lie further apart. */
function longestGap({ full, longTerm }: BackupPolicy): Millis | null {
  if (full === null && longTerm === null) return null;
  return millis(2 * Math.max(full?.every ?? 0, longTerm?.every ?? 0));
}

function firstOfPeriods(
  inOrder: readonly CopyRecord[],
  every: Parameters<typeof periodOf>[1],
): readonly CopyRecord[] {
  const firsts = new Map<number, CopyRecord>();
  for (const copy of inOrder) {
    const period = periodOf(copy.from, every);
    if (!firsts.has(period)) firsts.set(period, copy);
  }
  return [...firsts.values()];
}

const newestOf = (copies: readonly CopyRecord[]): CopyRecord | undefined =>
  copies.toSorted((a, b) => a.until - b.until).at(-1);

/**
 * The log stays from the first piece of the oldest copy on that it is needed behind. A copy that is only kept for the long
 * term or by a hold stands alone. Pieces are compared by their position: a timeline that was left may lie further ahead.
 */
function logReasonsFor(
  { of, log, policy, holds, now }: RetentionQuestion,
  copies: readonly CopyRecord[],
  reasons: Reasons,
): ReadonlyMap<LogRecord, LogKeptBecause> {
  const isHeld = holds.some((hold) => hold.of === of && hold.copy === null);
  const anchors: readonly KeptBecause[] =
    policy.pointInTime === null
      ? ['last good', 'release', 'young', 'no policy']
      : ['last good', 'release', 'point in time', 'no policy'];
  const behind = copies.filter((copy) => reasons.get(copy)?.some((one) => anchors.includes(one)));
  const begin = Math.min(...behind.map(({ from }) => from));
  const places = copies
    .filter((copy) => reasons.has(copy) && copy.from >= begin)
    .map((copy) => logPlaceOf(copy)?.first ?? null);
  const known = places.filter((first) => first !== null);
  const least = places.length === 0 || known.length < places.length ? null : Math.min(...known);
  const because = (record: LogRecord): LogKeptBecause | null => {
    if (isHeld) return 'hold';
    const name = parseLogName(record.name);
    if (name === null) return 'unknown name';
    if (name.kind === 'history') return 'history of timelines';
    if (least === null) return 'no place known';
    return name.position >= least || isAhead(record.at, now) ? 'needed' : null;
  };
  return new Map(
    log.flatMap((record) => {
      const reason = because(record);
      return reason === null ? [] : [[record, reason] as const];
    }),
  );
}

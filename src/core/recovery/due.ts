import type { BackupPolicy, RecoveryPolicy } from '#core/system';
import { after, days, type Instant, type Millis, millis } from '#kernel';
import { isAhead } from './finding.ts';
import type { CopyRecord, DrillRecord } from './records.ts';

export interface Due {
  /** When the next one is to be made: not after now when it is due; null: none is scheduled. */
  readonly nextAt: Instant | null;
}

export interface DueCopy extends Due {
  /** `longTerm`: the first of its period, which is kept longer; null: none is due. */
  readonly due: 'full' | 'longTerm' | null;
}

/**
 * Which scheduled copy of a store is due. Counted from the beginning of the newest one, whoever asked for it, so that the
 * time a copy takes does not shift the schedule. Copies that lie ahead of the clock do not count.
 */
export function dueCopy(policy: BackupPolicy, copies: readonly CopyRecord[], now: Instant): DueCopy {
  const interval = intervalOf(policy);
  if (interval === null) return { due: null, nextAt: null };
  const begins = copies.map(({ from }) => from).filter((from) => !isAhead(from, now));
  const nextAt = begins.length === 0 ? now : after(latest(begins), interval);
  if (nextAt > now) return { due: null, nextAt };
  const { full, longTerm } = policy;
  if (full === null) return { due: 'longTerm', nextAt };
  if (longTerm === null) return { due: 'full', nextAt };
  const period = periodOf(now, longTerm.every);
  const isFirst = begins.every((from) => periodOf(from, longTerm.every) !== period);
  return { due: isFirst ? 'longTerm' : 'full', nextAt };
}

export interface DueDrill extends Due {
  readonly due: boolean;
}

/** The first drill is not left to the end of its period, and not made while a system comes up for the first time. */
const firstAfter = days(1);
/** One that failed is tried again sooner. */
const againAfter = days(1);

/** Whether a drill is due. `firstCopyAt`: since when there is something that could be restored; null: nothing is. */
export function dueDrill(
  policy: RecoveryPolicy,
  drills: readonly DrillRecord[],
  firstCopyAt: Instant | null,
  now: Instant,
): DueDrill {
  const { drillEvery } = policy;
  if (drillEvery === null || firstCopyAt === null) return { due: false, nextAt: null };
  const newest = newestDrill(drills, now);
  const nextAt =
    newest === null
      ? after(firstCopyAt, shorter(firstAfter, drillEvery))
      : after(newest.at, newest.ok ? drillEvery : shorter(againAfter, drillEvery));
  return { due: nextAt <= now, nextAt };
}

/** Restored stores that nobody put to use take room, and old data lie about in them. */
const sideKept = days(7);

/** When a store that was restored beside the running one is removed. */
export function sideGoesAt({ restoredAt }: { readonly restoredAt: Instant }): Instant {
  return after(restoredAt, sideKept);
}

/** The last one that was made; those ahead of the clock do not count. */
export function newestDrill(drills: readonly DrillRecord[], now: Instant): DrillRecord | null {
  return (
    drills
      .filter(({ at }) => !isAhead(at, now))
      .toSorted((a, b) => a.at - b.at)
      .at(-1) ?? null
  );
}

/** The time between two copies as declared; null: none are scheduled. */
export function intervalOf({ full, longTerm }: BackupPolicy): Millis | null {
  if (full === null || longTerm === null) return full?.every ?? longTerm?.every ?? null;
  return shorter(full.every, longTerm.every);
}

/** Periods are counted from 1970-01-01T00:00:00Z: which copy is the first of one does not depend on when it is asked. */
export function periodOf(moment: Instant, every: Millis): number {
  return Math.floor(moment / every);
}

const shorter = (one: Millis, other: Millis): Millis => millis(Math.min(one, other));
const latest = (moments: readonly Instant[]): Instant => moments.reduce((a, b) => (b > a ? b : a));

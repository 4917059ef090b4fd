import { after, millis, type Result, seconds } from '#kernel';
import type { Access } from '../../supervisor/index.ts';
import { type Group, standbyAccess, standbyStore, wholeStandbys, withStandby } from './group.ts';
import { lookAtStandby, type StandbyLook } from './look.ts';

/** What the dead primary still sent lies in the standby's socket: it is read to the end before positions are compared. */
const DRAIN = seconds(2);
/** For what lies on a standby's own disk. No time is lost by it: whoever is promoted has to replay it anyway. */
const REPLAY = seconds(20);

/**
 * The standby that has most of the log, of all or `among` some; null when none answers. One that is not running is
 * started for it. Only a standby that answers is whole: it has replayed at least to the end of its base copy.
 */
export async function chooseFurthest(
  group: Group,
  primary: Access,
  among: readonly number[] | null,
  signal: AbortSignal,
): Promise<number | null> {
  const candidates = (await wholeStandbys(group.folder)).filter((number) => among?.includes(number) ?? true);
  const looks = await Promise.all(
    candidates.map(async (number) => {
      const look = await withStandby(group, number, () => drained(group, number, primary, signal));
      return look.ok ? [{ number, ...look.value }] : [];
    }),
  );
  const [furthest] = looks.flat().toSorted((a, b) => b.timeline - a.timeline || b.received - a.received);
  return furthest?.number ?? null;
}

async function drained(
  group: Group,
  number: number,
  primary: Access,
  signal: AbortSignal,
): Promise<Result<StandbyLook>> {
  const { clock } = group;
  const running = await standbyStore(group, number, primary).ensure(signal);
  if (!running.ok) return running;
  const access = (await standbyAccess(group, number, primary)) ?? primary;
  const begun = clock.now();
  for (;;) {
    const look = await lookAtStandby(access, signal);
    if (!look.ok || signal.aborted) return look;
    const { isStandby, isReceiving, hasReplayedAll } = look.value;
    if (!isReceiving && (hasReplayedAll || !isStandby)) return look;
    if (clock.now() >= after(begun, isReceiving ? DRAIN : REPLAY)) return look;
    await clock.sleep(millis(20), signal);
  }
}

/** Whether one of these standbys runs and answers now; none is started. */
export async function isOneAnswering(
  group: Group,
  numbers: readonly number[],
  primary: Access,
): Promise<boolean> {
  const looks = await Promise.all(
    numbers.map(async (number) => {
      const access = await standbyAccess(group, number, primary);
      return access !== null && (await lookAtStandby(access)).ok;
    }),
  );
  return looks.includes(true);
}

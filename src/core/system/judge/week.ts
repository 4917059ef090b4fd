import type { Window } from '../resolved.ts';

/*
 * When windows are open, minute by minute of a week. The clocks of two zones do not always change together: where zones
 * differ, a week of the northern winter and one of its summer are looked at.
 */

const day = 1_440;
const week = 7 * day;
const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const winter = Date.UTC(2026, 0, 15);
const summer = Date.UTC(2026, 6, 15);

/**
 * For each season that has to be looked at, which minutes of a week are in all of `open` (with none: every minute) and in
 * none of `closed`.
 */
export function openMinutes(open: readonly Window[], closed: readonly Window[]): readonly boolean[][] {
  const zones = new Set([...open, ...closed].map(({ zone }) => zone));
  const seasons = zones.size > 1 ? [winter, summer] : [null];
  return seasons.map((season) => {
    const minutesOf = (window: Window) => weekOf(window, season === null ? 0 : offsetOf(window.zone, season));
    const [opened, shut] = [open.map(minutesOf), closed.map(minutesOf)];
    return Array.from(
      { length: week },
      (_, minute) => opened.every((one) => one.has(minute)) && !shut.some((one) => one.has(minute)),
    );
  });
}

/** The longest time without an open minute, in minutes; the week goes round. Infinite when none is open. */
export function longestClosed(minutes: readonly boolean[]): number {
  const first = minutes.indexOf(true);
  if (first < 0) return Number.POSITIVE_INFINITY;
  let longest = 0;
  let run = 0;
  for (let step = 1; step <= minutes.length; step += 1) {
    run = minutes[(first + step) % minutes.length] === true ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Minutes of a week that begins on Monday at midnight, shifted by how far the zone is ahead. */
function weekOf({ days, from, until }: Window, ahead: number): ReadonlySet<number> {
  const minutes = new Set<number>();
  const length = until > from ? until - from : until - from + day;
  for (const name of days) {
    const begin = names.indexOf(name) * day + from - ahead;
    for (let minute = 0; minute < length; minute += 1) minutes.add((begin + minute + 2 * week) % week);
  }
  return minutes;
}

/** Minutes that the clocks of a zone are ahead of UTC: "GMT+05:30" is 330. */
function offsetOf(timeZone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hour, minute] = /([+-])(\d{2}):(\d{2})/.exec(text) ?? [];
  const offset = Number(hour ?? 0) * 60 + Number(minute ?? 0);
  return sign === '-' ? -offset : offset;
}

import type { Freeze, Weekday, Window } from '#core/system';
import { after, type Instant, millis } from '#kernel';

/** What a clock on the wall of a time zone shows. */
interface WallTime {
  readonly day: Weekday;
  /** ISO date. */
  readonly date: string;
  readonly minutes: number;
}

const week: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const minutesOfDay = 1_440;

/** More than any year has of edges; a rule that opens never ends here. */
const mostSteps = 2_000;

/**
 * The first moment, now or later, at which all windows are open and no freeze holds; null when there is none within some
 * years. Goes from edge to edge in wall time, so that a change of summer time moves an edge with the clock on the wall.
 */
export function opensAt(
  windows: readonly Window[],
  freezes: readonly Freeze[],
  now: Instant,
): Instant | null {
  let at = now;
  for (let i = 0; i < mostSteps; i++) {
    const wait = blockedFor(windows, freezes, at);
    if (wait === 0) return at;
    at = nextMinutes(at, wait);
  }
  return null;
}

/** Minutes to the next edge at which it may be open; 0: it is open. */
function blockedFor(windows: readonly Window[], freezes: readonly Freeze[], at: Instant): number {
  for (const window of windows) {
    const wall = wallTime(window.zone, at);
    if (!isOpen(window, wall)) return untilOpening(window, wall);
  }
  for (const freeze of freezes) {
    const wall = wallTime(freeze.kind === 'weekly' ? freeze.window.zone : freeze.zone, at);
    if (freeze.kind === 'dates') {
      if (freeze.from <= wall.date && wall.date <= freeze.until) return minutesOfDay - wall.minutes;
    } else if (isOpen(freeze.window, wall)) return untilClosing(freeze.window, wall);
  }
  return 0;
}

/** Over midnight, a window belongs to the day on which it opens. */
function isOpen({ days, from, until }: Window, { day, minutes }: WallTime): boolean {
  const opensOn = (each: Weekday) => days.includes(each);
  if (from < until) return opensOn(day) && minutes >= from && minutes < until;
  return (opensOn(day) && minutes >= from) || (opensOn(dayBefore(day)) && minutes < until);
}

function untilOpening({ days, from }: Window, { day, minutes }: WallTime): number {
  const waits = days.map((each) => {
    const ahead = (week.indexOf(each) - week.indexOf(day) + 7) % 7;
    const wait = ahead * minutesOfDay + from - minutes;
    return wait > 0 ? wait : wait + 7 * minutesOfDay;
  });
  return Math.min(...waits);
}

function untilClosing({ until }: Window, { minutes }: WallTime): number {
  return until > minutes ? until - minutes : minutesOfDay - minutes + until;
}

function dayBefore(day: Weekday): Weekday {
  return week[(week.indexOf(day) + 6) % 7] ?? day;
}

/** Edges lie on whole minutes. */
function nextMinutes(at: Instant, minutes: number): Instant {
  return after(at, millis(minutes * 60_000 - (at % 60_000)));
}

/** Making one is slow (some 50 µs), asking it is not. */
const formats = new Map<string, Intl.DateTimeFormat>();

function wallTime(zone: string, at: Instant): WallTime {
  const format = formats.get(zone) ?? formatOf(zone);
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? '';
  return {
    day: week.find((each) => part('weekday').toLowerCase().startsWith(each)) ?? 'sun',
    date: `${part('year')}-${part('month')}-${part('day')}`,
    minutes: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

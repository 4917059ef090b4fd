import { describe, expect, it } from 'vitest';
import type { Freeze, Window } from '#core/system';
import { instant } from '#kernel';
import { opensAt } from './calendar.ts';

const at = (iso: string) => instant(Date.parse(iso));
const iso = (moment: number | null) => (moment === null ? null : new Date(moment).toISOString());

const night: Window = { name: 'night', days: ['sun'], from: 120, until: 240, zone: 'Asia/Singapore' };
const late: Window = { name: 'late', days: ['fri'], from: 1_320, until: 120, zone: 'Europe/Berlin' };
const dates = (from: string, until: string): Freeze => ({
  kind: 'dates',
  name: 'year end',
  from,
  until,
  zone: 'Europe/Berlin',
});

describe('a window', () => {
  it.each([
    ['is open', '2026-11-21T18:30:00Z', '2026-11-21T18:30:00.000Z'], // Sunday 02:30 in Singapore
    ['opens later that day', '2026-11-21T16:10:20Z', '2026-11-21T18:00:00.000Z'],
    ['has closed for this week', '2026-11-21T20:00:00Z', '2026-11-28T18:00:00.000Z'],
    ['is open at its first moment', '2026-11-21T18:00:00Z', '2026-11-21T18:00:00.000Z'],
    ['is open until its last minute', '2026-11-21T19:59:59Z', '2026-11-21T19:59:59.000Z'],
  ])('%s', (_, now, opens) => expect(iso(opensAt([night], [], at(now)))).toBe(opens));

  it.each([
    ['in the evening', '2026-11-20T21:30:00Z', '2026-11-20T21:30:00.000Z'],
    ['after midnight, still of the day before', '2026-11-21T00:30:00Z', '2026-11-21T00:30:00.000Z'],
    ['not after its end', '2026-11-21T01:00:00Z', '2026-11-27T21:00:00.000Z'],
    ['not before its beginning', '2026-11-20T20:59:00Z', '2026-11-20T21:00:00.000Z'],
  ])('over midnight: %s', (_, now, opens) => expect(iso(opensAt([late], [], at(now)))).toBe(opens));

  it('goes by the clock on the wall when summer time ends', () => {
    const sunday: Window = { name: 'w', days: ['sun'], from: 600, until: 660, zone: 'Europe/Berlin' };
    // On 25 October 2026 the clocks go back at 03:00: 10:00 is 09:00 UTC, a week before it was 08:00 UTC.
    expect(iso(opensAt([sunday], [], at('2026-10-18T11:00:00Z')))).toBe('2026-10-25T09:00:00.000Z');
    expect(iso(opensAt([sunday], [], at('2026-10-17T22:30:00Z')))).toBe('2026-10-18T08:00:00.000Z');
  });

  it('of two both must be open', () => {
    const early: Window = { ...night, from: 200, until: 300 };
    expect(iso(opensAt([night, early], [], at('2026-11-21T18:00:00Z')))).toBe('2026-11-21T19:20:00.000Z');
  });

  it('that never opens is told from one that does', () => {
    const monday: Window = { ...night, days: ['mon'] };
    expect(opensAt([night, monday], [], at('2026-11-21T18:00:00Z'))).toBeNull();
  });
});

describe('a freeze', () => {
  it('holds through its last day, in its own time zone', () => {
    const freeze = dates('2026-12-20', '2027-01-02');
    expect(iso(opensAt([], [freeze], at('2026-12-19T22:59:00Z')))).toBe('2026-12-19T22:59:00.000Z');
    expect(iso(opensAt([], [freeze], at('2026-12-19T23:00:00Z')))).toBe('2027-01-02T23:00:00.000Z');
    expect(iso(opensAt([], [freeze], at('2027-01-02T23:00:00Z')))).toBe('2027-01-02T23:00:00.000Z');
  });

  it('of some hours of the week is waited out', () => {
    const freeze: Freeze = { kind: 'weekly', window: late };
    expect(iso(opensAt([], [freeze], at('2026-11-20T22:15:30Z')))).toBe('2026-11-21T01:00:00.000Z');
    expect(iso(opensAt([], [freeze], at('2026-11-21T00:15:00Z')))).toBe('2026-11-21T01:00:00.000Z');
  });

  it('moves a window to the next one that is free', () => {
    const freeze = dates('2026-11-22', '2026-11-29');
    expect(iso(opensAt([night], [freeze], at('2026-11-21T23:30:00Z')))).toBe('2026-12-05T18:00:00.000Z');
  });
});

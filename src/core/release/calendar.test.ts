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

  it.each([
    ['on the evening of its day', '2026-11-21T22:30:00Z', '2026-11-21T22:30:00.000Z'], // a Saturday
    ['on the Sunday after it', '2026-11-22T01:59:00Z', '2026-11-22T01:59:00.000Z'],
    ['but not on the Sunday itself', '2026-11-22T22:30:00Z', '2026-11-28T22:00:00.000Z'],
    ['nor on the Friday before', '2026-11-20T22:30:00Z', '2026-11-21T22:00:00.000Z'],
    ['nor in the night to its day', '2026-11-21T01:00:00Z', '2026-11-21T22:00:00.000Z'],
    ['nor between its nights', '2026-11-22T12:00:00Z', '2026-11-28T22:00:00.000Z'],
  ])('over the end of the week is open %s', (_, now, opens) => {
    const saturday: Window = { name: 'w', days: ['sat'], from: 1_320, until: 120, zone: 'UTC' };
    expect(iso(opensAt([saturday], [], at(now)))).toBe(opens);
  });

  it('of several days opens on the next of them', () => {
    const days: Window = { name: 'w', days: ['mon', 'wed', 'fri'], from: 60, until: 120, zone: 'UTC' };
    const next = (now: string) => iso(opensAt([days], [], at(now)));
    expect(next('2026-11-16T03:00:00Z')).toBe('2026-11-18T01:00:00.000Z'); // Monday, after it
    expect(next('2026-11-18T03:00:00Z')).toBe('2026-11-20T01:00:00.000Z');
    expect(next('2026-11-20T03:00:00Z')).toBe('2026-11-23T01:00:00.000Z');
    expect(next('2026-11-22T03:00:00Z')).toBe('2026-11-23T01:00:00.000Z');
  });

  it('of the whole day is open all of it', () => {
    const tuesday: Window = { name: 'w', days: ['tue'], from: 0, until: 1_440, zone: 'UTC' };
    expect(iso(opensAt([tuesday], [], at('2026-11-24T23:59:59Z')))).toBe('2026-11-24T23:59:59.000Z');
    expect(iso(opensAt([tuesday], [], at('2026-11-25T00:00:00Z')))).toBe('2026-12-01T00:00:00.000Z');
  });

  it('opens on the whole minute, also when it is asked for within one', () => {
    expect(iso(opensAt([night], [], at('2026-11-21T17:59:59.999Z')))).toBe('2026-11-21T18:00:00.000Z');
    expect(iso(opensAt([night], [], at('2026-11-21T20:00:00.001Z')))).toBe('2026-11-28T18:00:00.000Z');
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

  it('of some hours of one day ends on that day', () => {
    const window: Window = { name: 'w', days: ['fri'], from: 540, until: 1_020, zone: 'UTC' };
    const freeze: Freeze = { kind: 'weekly', window };
    expect(iso(opensAt([], [freeze], at('2026-11-20T09:00:00Z')))).toBe('2026-11-20T17:00:00.000Z');
    expect(iso(opensAt([], [freeze], at('2026-11-20T17:00:00Z')))).toBe('2026-11-20T17:00:00.000Z');
    expect(iso(opensAt([], [freeze], at('2026-11-19T12:00:00Z')))).toBe('2026-11-19T12:00:00.000Z');
  });

  it('after another one is waited out as well', () => {
    const freezes = [dates('2026-12-24', '2026-12-24'), dates('2026-12-25', '2026-12-26')];
    expect(iso(opensAt([], freezes, at('2026-12-24T12:00:00Z')))).toBe('2026-12-26T23:00:00.000Z');
    expect(iso(opensAt([], freezes.toReversed(), at('2026-12-24T12:00:00Z')))).toBe(
      '2026-12-26T23:00:00.000Z',
    );
  });

  it('of a whole year has an end, one of twenty years is taken for endless', () => {
    const from = at('2026-06-01T12:00:00Z');
    expect(iso(opensAt([], [dates('2026-01-01', '2026-12-31')], from))).toBe('2026-12-31T23:00:00.000Z');
    expect(opensAt([], [dates('2026-01-01', '2046-12-31')], from)).toBeNull();
  });

  it('moves a window to the next one that is free', () => {
    const freeze = dates('2026-11-22', '2026-11-29');
    expect(iso(opensAt([night], [freeze], at('2026-11-21T23:30:00Z')))).toBe('2026-12-05T18:00:00.000Z');
  });
});

import { describe, expect, test } from 'vitest';
import { instant } from '#kernel';
import { momentText, parseMoment } from './moment.ts';

const at = (text: string) => instant(new Date(text).getTime());
const now = at('2026-05-04T14:10:00');

describe('a moment as people write it', () => {
  test.each([
    ['2026-05-04T12:03:07Z', '2026-05-04T12:03:07Z'],
    ['2026-05-04T13:03:07+02:00', '2026-05-04T11:03:07Z'],
    ['2026-05-04T14:03:07', '2026-05-04T14:03:07'],
    ['2026-05-04 14:03', '2026-05-04T14:03:00'],
    ['2026-05-03', '2026-05-03T00:00:00'],
    ['14:03:07', '2026-05-04T14:03:07'],
    ['14:03:07.250', '2026-05-04T14:03:07.250'],
    ['9:05', '2026-05-04T09:05:00'],
    ['14:11', '2026-05-03T14:11:00'],
    ['5m ago', '2026-05-04T14:05:00'],
    ['1h30m ago', '2026-05-04T12:40:00'],
  ])('%s', (written, expected) => {
    expect(parseMoment(written, now)).toEqual({ ok: true, value: at(expected) });
  });

  test.each(['yesterday', '25:00', '14:60', '5 ago', '', '2026-13-01', '14:03:7x'])('not %j', (written) => {
    expect(parseMoment(written, now)).toMatchObject({ error: { code: 'moment_not_understood' } });
  });

  test('what is still to come is refused', () => {
    expect(parseMoment('2026-05-04T14:10:01', now)).toMatchObject({ error: { code: 'moment_to_come' } });
  });

  test('is repeated in UTC and as the clock on the wall has it', () => {
    const text = momentText(at('2026-05-04T14:03:07'), now);
    expect(text).toBe(`${new Date('2026-05-04T14:03:07').toISOString()} (14:03:07 here, 6m 53s ago)`);
  });
});

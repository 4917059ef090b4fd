import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundsOf, isWeek, weekOf } from './weeks.ts';

describe('weeks', () => {
  // Examples of ISO 8601's own: years that begin in the last week of the one before, and those with 53 weeks.
  test.each([
    ['2005-01-01', '2004-W53'],
    ['2005-01-03', '2005-W01'],
    ['2007-12-31', '2008-W01'],
    ['2008-12-28', '2008-W52'],
    ['2008-12-29', '2009-W01'],
    ['2010-01-03', '2009-W53'],
    ['2024-02-29', '2024-W09'],
  ])('%s lies in %s', (date, week) => {
    expect(weekOf(Date.parse(`${date}T23:59:59Z`))).toBe(week);
  });

  test.each([
    ['2009-W53', true],
    ['2010-W53', false],
    ['2010-W00', false],
    ['2010-W1', false],
    ['2010', false],
  ])('%s is a week: %s', (text, expected) => {
    expect(isWeek(text)).toBe(expected);
  });

  test('every moment lies within the bounds of its week, which is seven days long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) }), (moment) => {
        const { from, to } = boundsOf(weekOf(moment));
        expect(isWeek(weekOf(moment))).toBe(true);
        expect(from <= moment && moment < to && to - from === 7 * 86_400_000).toBe(true);
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { atMost, bounds, medianBounds } from './intervals.ts';
import { standingOfMedian, standingOfShare } from './summary.ts';

it('gives the binomial distribution function', () => {
  expect(atMost(1, 3, 0.5)).toBeCloseTo(0.5, 12);
  expect(atMost(0, 10, 0.1)).toBeCloseTo(0.9 ** 10, 12);
  expect(atMost(10, 10, 0.1)).toBeCloseTo(1, 12);
});

// R: binom.test(2, 100)$conf.int and binom.test(0, 100)$conf.int
it.each([
  [2, 100, 0.002431337, 0.07038393],
  [0, 100, 0, 0.03621669],
  [100, 100, 0.9637833, 1],
])('gives the interval of Clopper and Pearson of %i of %i', (hits, trials, lower, upper) => {
  const interval = bounds(hits, trials, 0.95);
  expect(interval.lower).toBeCloseTo(lower, 6);
  expect(interval.upper).toBeCloseTo(upper, 6);
});

it('gives the interval of a median: of 20 values the sixth and the fifteenth', () => {
  const sorted = Array.from({ length: 20 }, (_, i) => i + 1);
  expect(medianBounds(sorted, 0.95)).toEqual({ lower: 6, upper: 15 });
});

it('tells reached, beaten and missed', () => {
  expect(standingOfShare(0, 100, 1, true)).toBe('reached');
  expect(standingOfShare(0, 100, 10, true)).toBe('beaten');
  expect(standingOfShare(10, 100, 1, true)).toBe('missed');
  expect(standingOfShare(10, 100, 1, false)).toBe('beaten');
  const times = Array.from({ length: 20 }, (_, i) => i + 1);
  expect(standingOfMedian(times, { rollback: 100, median: 10 })).toBe('reached');
  expect(standingOfMedian(times, { rollback: 100, median: 16 })).toBe('beaten');
  expect(standingOfMedian(times, { rollback: 100, median: 5 })).toBe('missed');
  expect(standingOfMedian(times, { rollback: 0 })).toBe('beaten');
  const never = times.map(() => Number.POSITIVE_INFINITY);
  expect(standingOfMedian(never, { rollback: 0 })).toBeNull();
});

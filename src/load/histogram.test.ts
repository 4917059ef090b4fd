import fc from 'fast-check';
import { expect, it } from 'vitest';
import { millis } from '#kernel';
import { createHistogram } from './histogram.ts';

it('gives every quantile exactly to 2 %, never below the truth, and the longest exactly', () => {
  const durations = fc.array(fc.double({ min: 0.05, max: 600_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(durations, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, share) => {
      const histogram = createHistogram();
      for (const value of values) histogram.record(millis(value));
      const sorted = [...values].sort((a, b) => a - b);
      const truth = sorted[Math.ceil(share * values.length) - 1] ?? Number.NaN;
      const found = histogram.quantile(share) ?? Number.NaN;
      expect(found).toBeGreaterThanOrEqual(truth * (1 - 1e-9));
      expect(found).toBeLessThanOrEqual(truth * 1.02 * (1 + 1e-9));
      expect(histogram.max()).toBe(sorted.at(-1));
    }),
  );
});

it('has no quantiles before the first record, and keeps what lies outside its buckets', () => {
  const histogram = createHistogram();
  expect(histogram.quantile(0.5)).toBeNull();
  histogram.record(millis(0));
  expect(histogram.quantile(0.5)).toBe(0);
  histogram.record(millis(1e12));
  expect(histogram.max()).toBe(1e12);
});

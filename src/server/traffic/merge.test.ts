import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TrafficArm, TrafficSample } from '#api';
import { instant, millis } from '#kernel';
import { merge } from './merge.ts';

const arm = (changes: Partial<TrafficArm>): TrafficArm => ({
  service: 'web',
  revision: 'a',
  role: 'stable',
  weight: 100,
  ready: 2,
  rate: 0,
  failed: 0,
  p50: null,
  p95: null,
  p99: null,
  ...changes,
});
const sample = (at: number, span: number, arms: readonly TrafficArm[]): TrafficSample => ({
  at: instant(at),
  millis: millis(span),
  arms,
  gate: null,
});

it('weighs rates by the span, tells the higher quantile, and the end of everything else', () => {
  const quick = arm({ rate: 10, failed: 1, p50: 5, p95: 20, ready: 1, weight: 90 });
  const slow = arm({ rate: 40, failed: 0, p50: 8, p95: 12, p99: 30, ready: 2, weight: 75 });
  expect(merge(sample(1_000, 1_000, [quick]), sample(4_000, 3_000, [slow]))).toEqual(
    // (10 · 1 + 40 · 3) / 4 and (1 · 1 + 0 · 3) / 4
    sample(4_000, 4_000, [arm({ rate: 32.5, failed: 0.25, p50: 8, p95: 20, p99: 30, ready: 2, weight: 75 })]),
  );
});

it('keeps what a revision answered in one of the two only', () => {
  const gone = arm({ revision: 'gone', rate: 8 });
  const come = arm({ revision: 'come', rate: 4 });
  const { arms } = merge(sample(1_000, 1_000, [gone]), sample(4_000, 3_000, [come]));
  expect(arms.map(({ revision, rate }) => [revision, rate])).toEqual([
    ['come', 3],
    ['gone', 2],
  ]);
});

it('loses no request, whatever is merged in which order', () => {
  const part = fc.record({
    span: fc.integer({ min: 1, max: 5_000 }),
    counts: fc.array(fc.nat(500), { maxLength: 3 }),
  });
  const sum = (samples: readonly TrafficSample[]) =>
    samples.reduce(
      (all, { arms, millis: span }) => all + arms.reduce((a, { rate }) => a + rate * span, 0),
      0,
    ) / 1_000;
  fc.assert(
    fc.property(fc.array(part, { minLength: 2, maxLength: 20 }), (parts) => {
      let at = 0;
      const samples = parts.map(({ span, counts }) =>
        sample(
          (at += span),
          span,
          counts.map((count, i) => arm({ revision: `r${i}`, rate: (1_000 * count) / span })),
        ),
      );
      const whole = samples.slice(1).reduce(merge, samples[0] ?? sample(0, 1, []));
      expect(sum([whole])).toBeCloseTo(sum(samples), 6);
      expect(whole.millis).toBe(at);
    }),
  );
});

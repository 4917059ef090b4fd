import { describe, expect, test } from 'vitest';
import { bucketCount, bucketOf, bucketUpperMillis } from '#core/gate';
import { seededRandom } from '#kernel';
import { poisson } from '#core/power';
import { binomial, exponential, startTime } from './draws.ts';
import { addAnswers, latenciesOf } from './latency.ts';

const draws = 20_000;

/** Sample mean and variance must lie within 5 standard errors of what the distribution has. */
function expectMoments(sample: readonly number[], mean: number, variance: number): void {
  const n = sample.length;
  const average = sample.reduce((sum, x) => sum + x, 0) / n;
  const spread = sample.reduce((sum, x) => sum + (x - average) ** 2, 0) / (n - 1);
  expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
  expect(Math.abs(spread - variance)).toBeLessThan(5 * variance * Math.sqrt(2.5 / n) + 1 / n);
}

const sample = (draw: (random: () => number) => number) => {
  const random = seededRandom(7);
  return Array.from({ length: draws }, () => draw(random));
};

describe('draws have the mean and the variance of their distribution', () => {
  test.each([
    [5, 0.1],
    [40, 0.02],
    [40, 0.97],
    [100, 0.3],
    [1_000, 0.5],
    [100_000, 0.001],
    [1_000_000, 0.25],
  ])('binomial of %i trials at %f', (trials, share) => {
    const drawn = sample((random) => binomial(random, trials, share));
    expectMoments(drawn, trials * share, trials * share * (1 - share));
    expect(drawn.every((x) => Number.isInteger(x) && x >= 0 && x <= trials)).toBe(true);
  });

  test.each([0.05, 3, 9.9, 10, 60, 5_000])('poisson of mean %f', (mean) => {
    const drawn = sample((random) => poisson(random, mean));
    expectMoments(drawn, mean, mean);
    expect(drawn.every((x) => Number.isInteger(x) && x >= 0)).toBe(true);
  });

  test('exponential', () =>
    expectMoments(
      sample((random) => exponential(random, 20)),
      20,
      400,
    ));
  test('start times', () =>
    expectMoments(
      sample((random) => startTime(random, 20)),
      20,
      100,
    ));
});

test('the binomial has the right chance at every value where both methods meet', () => {
  const [trials, share] = [50, 0.2] as const;
  const random = seededRandom(3);
  const seen = Array.from({ length: trials + 1 }, () => 0);
  for (let i = 0; i < 200_000; i += 1) {
    const hits = binomial(random, trials, share);
    seen[hits] = (seen[hits] ?? 0) + 1;
  }
  let chance = (1 - share) ** trials;
  for (let k = 0; k <= trials; k += 1) {
    const wanted = 200_000 * chance;
    expect(Math.abs((seen[k] ?? 0) - wanted)).toBeLessThan(5 * Math.sqrt(wanted) + 2);
    chance *= ((trials - k) / (k + 1)) * (share / (1 - share));
  }
});

test('what is certain or impossible is not left to chance', () => {
  const never = () => {
    throw new Error('nothing was to be drawn');
  };
  expect([binomial(never, 9, 0), binomial(never, 9, 1), poisson(never, 0)]).toEqual([0, 9, 0]);
  expect(exponential(never, null)).toBe(Number.POSITIVE_INFINITY);
});

test('answers lie around the median, and the slow share where it was put', () => {
  const buckets = Array.from({ length: bucketCount }, () => 0);
  const shape = {
    medianMillis: bucketUpperMillis(bucketOf(20)),
    spread: 0.4,
    slowShare: 0.1,
    slowMillis: 900,
  };
  addAnswers(seededRandom(5), buckets, 100_000, latenciesOf(shape));
  const upTo = (bound: number) =>
    buckets.slice(0, bucketOf(bound) + 1).reduce((sum, count) => sum + count, 0);
  expect(buckets.reduce((sum, count) => sum + count, 0)).toBe(100_000);
  expect(upTo(20)).toBeGreaterThan(44_000);
  expect(upTo(20)).toBeLessThan(46_000);
  expect(upTo(400)).toBeGreaterThan(89_500);
  expect(upTo(400)).toBeLessThan(90_500);
});

import { describe, expect, it } from 'vitest';
import { bucketOf, bucketUpperMillis, defaultSettings } from '#core/gate';
import { seededRandom } from '#kernel';
import { drawsFrom } from './draws.ts';
import { effectsOf } from './effects.ts';
import { ticksOf } from './hold.ts';
import { drawAnswers, latenciesOf, normalBelow } from './latencies.ts';
import { sightSentence, timeText } from './sentences.ts';
import { type EffectSight, type SightInput, sightOf, type StepSight } from './sight.ts';

const half = 1_800_000;
const usual: SightInput = {
  requestsPerSecond: 50,
  errorShare: 0.01,
  medianMillis: 80,
  p95Millis: 250,
  steps: [{ weight: 0.1, holdMillis: half }],
  policy: { errorShare: 5, slowerThan: 1_000, slowShare: 5, minimumRequests: 100, checks: [] } as never,
};
const only = (sights: readonly StepSight[]): StepSight => {
  const [first] = sights;
  if (!first) throw new Error('no step');
  return first;
};
const errorsTo = (sight: StepSight, to: number): EffectSight | undefined =>
  sight.effects.find(({ effect }) => effect.kind === 'errors' && effect.to === to);
const slower = (sight: StepSight, factor: number): EffectSight | undefined =>
  sight.effects.find(({ effect }) => effect.kind === 'latency' && effect.factor === factor);

describe('what a step sees', () => {
  const sight = only(sightOf(usual));

  it('is what the study of the gate measured for 50 requests/s at 10 %', () => {
    // Published medians: 415 s for twice the errors, 48 s for five times, 120 s and 33 s for slower answers.
    expect(errorsTo(sight, 0.02)?.found).toBeGreaterThan(0.9);
    expect(errorsTo(sight, 0.02)?.medianMillis).toBeGreaterThan(240_000);
    expect(errorsTo(sight, 0.02)?.medianMillis).toBeLessThan(660_000);
    expect(errorsTo(sight, 0.05)?.medianMillis).toBeLessThan(90_000);
    expect(slower(sight, 1.25)?.medianMillis).toBeLessThan(240_000);
    expect(slower(sight, 1.5)?.medianMillis).toBeLessThan(80_000);
    expect(slower(sight, 1.1)?.found).toBeLessThan(0.2);
    expect(sight.requests).toBe(9_000);
  });

  it('finds a total failure within half a minute and proves a good release in about ten minutes', () => {
    const failure = sight.effects.find(({ effect }) => effect.kind === 'failure');
    expect(failure?.found).toBe(1);
    expect(failure?.medianMillis).toBeLessThanOrEqual(30_000);
    expect(sight.good.proven).toBeGreaterThan(0.8);
    expect(sight.good.medianMillis).toBeGreaterThanOrEqual(300_000);
    expect(sight.good.medianMillis).toBeLessThan(1_000_000);
    expect(sight.good.failed).toBeLessThan(0.15);
  });

  it('sees more with more traffic, more weight and more time', () => {
    const of = (change: Partial<SightInput>) => errorsTo(only(sightOf({ ...usual, ...change })), 0.02);
    const few = of({ requestsPerSecond: 5 });
    expect(few?.found).toBeLessThan(0.5);
    expect(few?.medianMillis).toBeNull();
    const short = of({ steps: [{ weight: 0.1, holdMillis: 60_000 }] });
    expect(short?.found).toBeLessThan(0.3);
    const quarter = of({ steps: [{ weight: 0.25, holdMillis: half }] });
    expect(quarter?.medianMillis).toBeLessThan(errorsTo(sight, 0.02)?.medianMillis ?? 0);
  });

  it('is the same each time', () => {
    expect(sightOf(usual)).toEqual([sight]);
  });

  it('is told in one sentence', () => {
    const sentence = sightSentence(sight, usual);
    expect(sentence).toMatch(
      /^10 % of 50 requests\/s for 30 min: errors 1 % → 2 % found in \d+ min \(median\)/,
    );
    expect(sentence).toMatch(/total failure found in [123]0 s/);
    expect(sentence).toMatch(/a good release is proven in \d+ min$/);
    const weak = { ...usual, requestsPerSecond: 1, errorShare: 0.001 };
    expect(sightSentence(only(sightOf(weak)), weak)).toMatch(/mostly not;.*is mostly not proven/);
  });

  it('takes less than two seconds of processor time for a ramp of four steps of a day', () => {
    const began = process.cpuUsage();
    const steps = [0.05, 0.1, 0.25, 0.5].map((weight) => ({ weight, holdMillis: 24 * 3_600_000 }));
    expect(sightOf({ ...usual, steps })).toHaveLength(4);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e6).toBeLessThan(4); // twice as much, for slow machines
  });
});

describe('effects', () => {
  it('go from small to large, without one that is the same twice or more than a half', () => {
    const shares = (errorShare: number) =>
      effectsOf({ errorShare }).flatMap((effect) => (effect.kind === 'errors' ? [effect.to] : []));
    expect(shares(0.01)).toEqual([0.015, 0.02, 0.05, 0.1]);
    expect(shares(0.001)).toEqual([0.0015, 0.002, 0.005, 0.01, 0.011]);
    expect(shares(0)).toEqual([0.01]);
    expect(shares(0.3)).toEqual([0.31, 0.45]);
  });
});

describe('looks', () => {
  it('are ten seconds apart at first and few over a day', () => {
    expect(ticksOf(45)).toEqual([10, 20, 30, 40, 45]);
    expect(ticksOf(1_800).at(-1)).toBe(1_800);
    expect(ticksOf(86_400).length).toBeLessThan(110);
    expect(ticksOf(86_400).every((at, i, all) => at - (all[i - 1] ?? 0) >= Math.min(10, at))).toBe(true);
    expect(defaultSettings.block).toBe(10);
  });
});

describe('random numbers', () => {
  const draws = drawsFrom(seededRandom(5));
  const momentsOf = (draw: () => number, count = 20_000) => {
    const values = Array.from({ length: count }, draw);
    const mean = values.reduce((all, value) => all + value, 0) / count;
    return { mean, variance: values.reduce((all, value) => all + (value - mean) ** 2, 0) / count };
  };

  it.each([0.2, 3, 9.9, 10.1, 60, 4_000])(
    'have a Poisson law of mean %f: its variance is its mean',
    (mean) => {
      const found = momentsOf(() => draws.poisson(mean));
      expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(mean / 20_000));
      expect(found.variance / mean).toBeGreaterThan(0.94);
      expect(found.variance / mean).toBeLessThan(1.06);
    },
  );

  it('have the other laws', () => {
    const normal = momentsOf(() => draws.normal());
    expect(Math.abs(normal.mean)).toBeLessThan(0.04);
    expect(normal.variance).toBeCloseTo(1, 1);
    expect(momentsOf(() => draws.exponential(3)).mean).toBeCloseTo(3, 0);
    expect(momentsOf(() => draws.geometric(4)).mean).toBeCloseTo(4, 0);
    expect(draws.geometric(1)).toBe(1);
  });

  it('fill buckets by the declared median and 95th percentile, few answers like many', () => {
    const law = latenciesOf({ medianMillis: 80, p95Millis: 250 });
    const below = (millis: number) => law.upTo[bucketOf(millis) - law.first] ?? 0;
    expect(below(bucketUpperMillis(bucketOf(80)))).toBeGreaterThan(0.5);
    expect(below(bucketUpperMillis(bucketOf(80) - 1))).toBeLessThan(0.5);
    expect(below(bucketUpperMillis(bucketOf(250)))).toBeGreaterThan(0.95);
    expect(below(bucketUpperMillis(bucketOf(250) - 1))).toBeLessThan(0.95);
    const slowShare = (expected: number, times: number) => {
      let [slow, all] = [0, 0];
      for (let i = 0; i < times; i += 1) {
        for (const [bucket, count] of drawAnswers(draws, law, expected).entries()) {
          all += count;
          if (bucket > bucketOf(250)) slow += count;
        }
      }
      return slow / all;
    };
    expect(slowShare(20, 2_000)).toBeCloseTo(1 - below(250), 2);
    expect(slowShare(20_000, 2)).toBeCloseTo(1 - below(250), 2);
  });

  it('know the normal distribution', () => {
    expect(normalBelow(1.6448536269514722)).toBeCloseTo(0.95, 6);
    expect(normalBelow(-1.6448536269514722)).toBeCloseTo(0.05, 6);
    expect(normalBelow(0)).toBeCloseTo(0.5, 6);
  });
});

it('tells times in whole units', () => {
  expect([0, 20_000, 89_000, 400_000, 7_200_000, 86_400_000 * 3].map(timeText)).toEqual([
    '1 s',
    '20 s',
    '89 s',
    '7 min',
    '2 h',
    '3 d',
  ]);
});

import { describe, expect, it } from 'vitest';
import { seededRandom } from '#kernel';
import { compare, harmOf, openComparison } from './comparison.ts';
import { decide, weightedHarm } from './testing/decide.ts';
import { dispersionOf } from './dispersion.ts';
import { type Evidence, noEvidence } from './evidence.ts';
import { defaultSettings, type GateSettings, noDispersion } from './settings.ts';
import { type Comparison, isStableGone, type Tick } from './state.ts';
import { answers, drawnArm, drawnPoisson } from './testing/arms.ts';

const settings: GateSettings = { ...defaultSettings, dispersion: noDispersion };
const history = answers(30_000, 300, { 50: 9_000, 80: 12_000, 160: 6_000, 260: 2_000, 500: 700 });
const tick = (at: number, stable: Evidence, canary: Evidence, replicas: readonly Evidence[] = []): Tick => ({
  at,
  stable,
  canary,
  replicas,
});

function fed(ticks: readonly Tick[], using = settings, from = openComparison(history, using)): Comparison {
  return ticks.reduce((comparison, each) => compare(comparison, each, using), from);
}

/** A rollout in which the canary's rates are multiples of the stable ones, with a split that grows on the way. */
function drawn(seed: number, worse: { errors: number; latency: number }): readonly Tick[] {
  const random = seededRandom(seed);
  return Array.from({ length: 120 }, (_, i) => {
    const share = i < 40 ? 0.1 : i < 80 ? 0.3 : 0.6;
    const trouble = i % 50 < 5 ? 6 : 1; // both arms have it
    const arm = (mean: number, errors: number, latency: number) =>
      drawnArm(random, drawnPoisson(random, mean), 0.02 * trouble * errors, 80 * latency);
    const stable = arm(60 * (1 - share), 1, 1);
    return tick(10 * (i + 1), stable, arm(60 * share, worse.errors, worse.latency));
  });
}

/** Seconds until harm reaches 1/alpha; null: it never did. */
function failsAt(ticks: readonly Tick[], using: GateSettings): number | null {
  let comparison = openComparison(null, using);
  for (const each of ticks) {
    comparison = compare(comparison, each, using);
    if (weightedHarm(comparison, using).combined >= Math.log(1 / using.alpha)) return each.at;
  }
  return null;
}

/** Lower end of the 99 % interval of a share (Wilson, 1927). */
function wilsonLower(hits: number, trials: number): number {
  const z = 2.576;
  const p = hits / trials;
  const middle = p + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((p * (1 - p)) / trials + z ** 2 / (4 * trials ** 2));
  return (middle - half) / (1 + z ** 2 / trials);
}

describe('a comparison over a whole rollout', () => {
  // No tolerance and a large budget: what the e-processes hold by themselves, with power to see that they do not.
  const strict = { ...settings, alpha: 0.1, errorTolerance: 0, latencyTolerance: 0 };

  it('fails good releases no more often than its budget, through ramps and shared trouble', () => {
    const runs = 300;
    const alarms = Array.from({ length: runs }, (_, seed) =>
      failsAt(drawn(seed, { errors: 1, latency: 1 }), strict),
    ).filter((at) => at !== null).length;
    expect(wilsonLower(alarms, runs), `${alarms} of ${runs}`).toBeLessThanOrEqual(strict.alpha);
  });

  it.each([
    ['five times the errors', { errors: 5, latency: 1 }],
    ['half as slow again', { errors: 1, latency: 1.5 }],
  ])('finds %s', (_name, worse) => {
    const found = Array.from({ length: 40 }, (_, seed) => failsAt(drawn(1_000 + seed, worse), settings));
    expect(found.filter((at) => at !== null).length, String(found)).toBeGreaterThanOrEqual(38);
  });

  it('is plain JSON: kept and read back, it goes on the same', () => {
    const ticks = drawn(7, { errors: 2, latency: 1.1 });
    const whole = fed(ticks);
    const kept = ticks.reduce<Comparison>(
      (comparison, each) => compare(JSON.parse(JSON.stringify(comparison)) as Comparison, each, settings),
      openComparison(history, settings),
    );
    expect(kept).toEqual(whole);
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
    expect(JSON.stringify(whole).length).toBeLessThan(4_000);
  });

  it('changes nothing it was given', () => {
    const before = fed(drawn(3, { errors: 1, latency: 1 }).slice(0, 5));
    const text = JSON.stringify(before);
    compare(before, tick(60, answers(50, 2), answers(50, 9)), settings);
    expect(JSON.stringify(before)).toBe(text);
  });

  it('needs no reset when the split or the level changes: arms that do the same are no harm', () => {
    const same = [0.1, 0.25, 0.5, 0.9].flatMap((share, step) =>
      Array.from({ length: 30 }, (_, i) => {
        const level = step === 2 ? 0.3 : 0.01; // both arms, in the third step
        const arm = (n: number) => answers(n, Math.round(n * level), { 80: Math.round(n * (1 - level)) });
        return tick(10 * (30 * step + i + 1), arm(1_000 * (1 - share)), arm(1_000 * share));
      }),
    );
    const { errors, latency } = harmOf(fed(same));
    expect(Math.max(errors, latency)).toBeLessThan(0);
  });

  it('says nothing of arms that answer nothing', () => {
    const silent = fed(Array.from({ length: 60 }, (_, i) => tick(10 * (i + 1), noEvidence, noEvidence)));
    expect(harmOf(silent).errors).toBeCloseTo(0, 12);
    expect(decide(silent, settings, 600)).toEqual({ verdict: 'hold', reason: 'low-traffic' });
  });
});

describe('without a stable arm', () => {
  const withCeilings: GateSettings = {
    ...settings,
    ceilings: { errorShare: 0.01, slowerThan: 250, slowShare: 0.05 },
  };
  const alone = (from: number, ticks: number, canary: Evidence) =>
    Array.from({ length: ticks }, (_, i) => tick(from + 10 * (i + 1), noEvidence, canary));
  const both = Array.from({ length: 10 }, (_, i) => tick(10 * (i + 1), answers(90, 1), answers(10, 0)));

  it('the first release is held against the declared ceilings at once', () => {
    const first = openComparison(null, withCeilings);
    expect(isStableGone(first, withCeilings)).toBe(true);
    const failing = fed(alone(0, 3, answers(100, 20)), withCeilings, first);
    expect(weightedHarm(failing, withCeilings).combined).toBeGreaterThan(Math.log(100));
    const slow = fed(alone(0, 3, answers(100, 0, { 80: 70, 400: 30 })), withCeilings, first);
    expect(weightedHarm(slow, withCeilings).combined).toBeGreaterThan(Math.log(100));
    const fine = fed(alone(0, 30, answers(100, 1, { 80: 95, 400: 4 })), withCeilings, first);
    expect(harmOf(fine).errors).toBeLessThan(0);
    expect(harmOf(fine).latency).toBeLessThan(0);
  });

  it('a single tick in which the stable arm had no request is held against nothing', () => {
    const gap = fed([...both, ...alone(100, 1, answers(10, 10))], withCeilings);
    expect(gap.harm.errorCeiling.logE).toBeCloseTo(0, 12);
    const gone = fed([...both, ...alone(100, 6, answers(10, 10))], withCeilings);
    expect(isStableGone(gone, withCeilings)).toBe(true);
    expect(gone.harm.errorCeiling.logE).toBeGreaterThan(Math.log(100));
  });

  it('a release that fails as often as the one before it does not fail for that once it is alone', () => {
    const bad = Array.from({ length: 30 }, (_, i) => tick(10 * (i + 1), answers(90, 9), answers(10, 1)));
    const from = openComparison(answers(3_000, 300), withCeilings);
    expect(
      harmOf(fed([...bad, ...alone(300, 60, answers(100, 10))], withCeilings, from)).errors,
    ).toBeLessThan(Math.log(5));
  });
});

describe('tolerances and dispersion', () => {
  const pairs = (canary: (i: number) => Evidence, ticks = 60) =>
    Array.from({ length: ticks }, (_, i) =>
      tick(10 * (i + 1), answers(450, 4, { 10: 223, 20: 223 }), canary(i)),
    );

  it('forgives milliseconds where they are more than the factor', () => {
    const slower = pairs(() => answers(50, 0, { 14: 25, 24: 25 }));
    const quick = openComparison(answers(30_000, 300, { 10: 15_000, 20: 14_700 }), settings);
    expect(harmOf(fed(slower, settings, quick)).latency).toBeGreaterThan(Math.log(100));
    const forgiving = { ...settings, toleratedMillis: 8 };
    expect(harmOf(fed(slower, forgiving, quick)).latency).toBeLessThan(0);
    const much = pairs(() => answers(50, 0, { 24: 25, 40: 25 }));
    expect(harmOf(fed(much, forgiving, quick)).latency).toBeGreaterThan(Math.log(100));
  });

  it('proves against the same milliseconds', () => {
    const slower = pairs(() => answers(50, 0, { 14: 25, 24: 25 }));
    const quick = openComparison(answers(30_000, 300, { 10: 15_000, 20: 14_700 }), settings);
    const stands = (using: GateSettings) =>
      fed(slower, using, quick).proofs.latency.map((proof) => proof.stands);
    expect(stands({ ...settings, toleratedMillis: 8 })).toEqual([true, true, true]);
    expect(stands(settings)).not.toContain(true);
  });

  it('measures how unequal replicas of the stable arm are, and believes errors the less', () => {
    const clumped = (i: number) => [answers(150, i % 3 === 0 ? 12 : 0), answers(150, i % 3 === 1 ? 12 : 0)];
    const ticks = pairs(() => answers(50, 2)).map((each, i) => ({ ...each, replicas: clumped(i) }));
    const measuring = { ...settings, dispersion: null };
    const measured = fed(ticks, measuring);
    expect(dispersionOf(measured.dispersion).errors).toBeGreaterThan(5);
    expect(harmOf(measured).errors).toBeLessThan(harmOf(fed(ticks)).errors / 2);
  });

  it('a clump counts from the tick after the one that showed it', () => {
    const clump = [answers(150, 60), answers(150, 0)];
    const first = {
      ...tick(10, answers(450, 60), answers(50, 20)),
      replicas: Array.from({ length: 6 }, () => clump).flat(),
    };
    const measuring = { ...settings, dispersion: null };
    expect(harmOf(fed([first], measuring))).toEqual(harmOf(fed([first])));
  });
});

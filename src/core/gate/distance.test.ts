import { describe, expect, it } from 'vitest';
import { millis, percent } from '#kernel';
import { compare, openComparison } from './comparison.ts';
import { openCrashes } from './crashes.ts';
import { harmDistance, proofDistance } from './distance.ts';
import { harmOfAll } from './harm.ts';
import type { JudgePolicy } from './input.ts';
import { judge, settingsOf } from './judge.ts';
import { isProven } from './proven.ts';
import { defaultSettings } from './settings.ts';
import type { Comparison } from './state.ts';
import { answers } from './testing/arms.ts';
import type { Signal } from './verdict.ts';

const policy: JudgePolicy = {
  errorShare: percent(1),
  slowerThan: millis(250),
  slowShare: percent(5),
  minimumRequests: 100,
  checks: [],
};

const signal = (name: Signal['name'], value: number, state: Signal['state'] = 'good'): Signal => ({
  name,
  subject: 'edge',
  state,
  observed: 0,
  limit: 1,
  unit: 'percent',
  sentence: '',
  evidence:
    name === 'check'
      ? null
      : { value, against: name === 'noHarm' ? 20 : 100, canary: { hits: 0, trials: 0 }, stable: null },
});

describe('the distance to going back', () => {
  it.each<[string, readonly Signal[], number | null]>([
    ['no signal', [], null],
    ['a check alone', [signal('check', 0)], null],
    ['one that says nothing', [signal('crashes', 0.1), signal('errors', 0.45), signal('latency', 0.45)], 0],
    ['one that speaks for it', [signal('errors', 0.001)], 0],
    ['a tenth on a scale of logarithms', [signal('errors', 4), signal('latency', 6)], 0.5], // ln 10 / ln 100
    ['the proof of the contrary beside', [signal('errors', 10), signal('noHarm', 19)], 0.5],
    ['the threshold', [signal('errors', 100)], 1],
    ['more than the threshold', [signal('errors', 1e300), signal('latency', 1e300)], 1],
    ['a red check', [signal('errors', 1), signal('check', 0, 'bad')], 1],
  ])('with %s', (_, signals, distance) => {
    if (distance === null) expect(harmDistance(signals)).toBe(null);
    else expect(harmDistance(signals)).toBeCloseTo(distance, 12);
  });

  it('is that of the mean the gate itself decides on, tick by tick to the decision', () => {
    const settings = settingsOf(policy);
    let comparison = openComparison(answers(30_000, 60), settings);
    const told: number[] = [];
    for (let at = 10; at <= 200 && told.at(-1) !== 1; at += 10) {
      const tick = { at, canary: answers(40, at > 30 ? 4 : 0), stable: answers(360, 1), replicas: [] };
      comparison = compare(comparison, tick, settings);
      const step = { canary: comparison.canary, stable: comparison.stable };
      const services = [{ service: 'edge', stepping: true, comparison, step, rate: 4 }];
      const input = { services, crashes: openCrashes(), checks: [], over: false };
      const verdict = judge(input, policy);
      const distance = harmDistance(verdict.signals);
      const { combined } = harmOfAll(services, input.crashes);
      expect(distance).toBeCloseTo(Math.min(1, Math.max(0, combined / Math.log(100))), 9);
      expect(verdict.kind === 'fail').toBe(distance === 1);
      told.push(distance ?? -1);
    }
    expect(told.at(-1)).toBe(1);
    expect(told.filter((each) => each > 0 && each < 1).length).toBeGreaterThan(0);
  });
});

describe('the distance to being proven harmless', () => {
  const settings = {
    ...defaultSettings,
    beta: 0.01,
    errorMargins: [{ from: 300, absolute: 0.001, relative: 0.25 }],
  };
  const fresh = openComparison(answers(1_000, 1), settings);
  const proof = (logE: number, stands = false) => ({ logE, stands });
  const at = (seconds: number, errors: number, latency: number, stands = false): Comparison => ({
    ...fresh,
    at: seconds,
    stableAt: seconds,
    proofs: {
      errors: [proof(errors, stands)],
      latency: fresh.proofs.latency.map(() => proof(latency, stands)),
    },
  });
  const ten = Math.log(10);

  it.each<[string, readonly Comparison[], number | null]>([
    ['no service', [], null],
    ['no stable arm', [{ ...at(100, 1, 1), stableAt: null }], null],
    ['nothing yet', [at(0, 0, 0)], 0],
    ['evidence against it', [at(300, -3, -3)], 0],
    ['half of the evidence of both', [at(600, ten, ten)], 0.5],
    ['less evidence of latency', [at(600, ten, ten / 2)], 0.25],
    ['evidence enough before its time', [at(75, 2 * ten, 2 * ten, true)], 0.25],
    ['all of it', [at(300, 2 * ten, 2 * ten, true)], 1],
    ['what stands with less than it took', [at(300, ten, ten, true)], 1],
    ['two services, the farther one', [at(600, ten, ten), at(300, 9, 9, true)], 0.5],
  ])('with %s', (_, comparisons, distance) => {
    const told = proofDistance(comparisons, settings);
    if (distance === null) expect(told).toBe(null);
    else expect(told).toBeCloseTo(distance, 12);
  });

  it('is 1 exactly where the gate takes it as proven', () => {
    let comparison = openComparison(answers(100_000, 100), defaultSettings);
    const told = new Set<boolean>();
    for (let second = 10; second <= 900; second += 10) {
      const tick = { at: second, canary: answers(900, 0), stable: answers(900, 1), replicas: [] };
      comparison = compare(comparison, tick, defaultSettings);
      const proven = isProven(comparison, defaultSettings, comparison.at);
      expect(proofDistance([comparison], defaultSettings) === 1).toBe(proven);
      told.add(proven);
    }
    expect(told).toEqual(new Set([false, true]));
  });
});

import { describe, expect, it } from 'vitest';
import type { GateSample, TrafficArm, TrafficSample } from '#api';
import { instant, millis } from '#kernel';
import { createHistory } from './history.ts';

const arm = (rate: number): TrafficArm => ({
  service: 'web',
  revision: 'a',
  role: 'stable',
  weight: 100,
  ready: 2,
  rate,
  failed: 0,
  p50: 4,
  p95: 8,
  p99: 16,
});
const signal = (sentence: string, state: GateSample['signals'][number]['state'] = 'good') => ({
  name: 'errors',
  subject: 'web',
  state,
  value: 1,
  against: 100,
  sentence,
});
const gate = (signals: GateSample['signals'], stage = '10 %', rollout = 1): GateSample => ({
  rollout,
  stage,
  harm: 0,
  proof: null,
  held: 0,
  verdict: 'inconclusive',
  signals,
});
const sample = (at: number, span: number, said: GateSample | null = null, rate = 10): TrafficSample => ({
  at: instant(at),
  millis: millis(span),
  arms: [arm(rate)],
  gate: said,
});

/** Four samples a second up to a moment, in seconds. */
function upTo(end: number, said: (second: number) => GateSample | null = () => null) {
  const history = createHistory();
  for (let at = 250; at <= end * 1_000; at += 250) history.add(sample(at, 250, said(at / 1_000)));
  return history;
}

describe('the history of two hours', () => {
  it('is fine at the end, of seconds before it and of five seconds before that, and loses no request', () => {
    const all = upTo(3_600).after(0);
    const spans = new Map<number, number>();
    for (const { millis: span } of all) spans.set(span, (spans.get(span) ?? 0) + 1);
    // The last 2 min, 13 min before them, and 45 min.
    expect(Object.fromEntries(spans)).toEqual({ 250: 480, 1_000: 780, 5_000: 540 });
    expect(
      all.reduce((sum, { arms, millis: span }) => sum + ((arms[0]?.rate ?? 0) * span) / 1_000, 0),
    ).toBeCloseTo(36_000);
    for (const [i, { at, millis: span }] of all.entries()) expect(at - span).toBe(all[i - 1]?.at ?? 0);
  });

  it('holds no more than 2,520 samples, however long it lasts, and none from before two hours', () => {
    const history = upTo(4 * 3_600);
    const all = history.after(0);
    expect(all).toHaveLength(2_520);
    expect(all[0]?.at).toBeGreaterThan(2 * 3_600_000);
    expect(history.last()?.at).toBe(4 * 3_600_000);
    expect(history.after(4 * 3_600_000 - 600).map(({ at }) => at - 4 * 3_600_000)).toEqual([-500, -250, 0]);
    expect(history.after(4 * 3_600_000)).toEqual([]);
  });

  it('merges neither the steps of a release nor what lies on both sides of a gap', () => {
    const history = createHistory();
    const words = [signal('well')];
    history.add(sample(400, 100, gate(words)));
    history.add(sample(500, 100, gate(words)));
    history.add(sample(600, 100, gate(words, '50 %')));
    history.add(sample(900, 100, gate(words, '50 %')));
    history.add(sample(900_000, 100));
    expect(history.after(0).map(({ at, millis: span, gate: said }) => [at, span, said?.stage])).toEqual([
      [500, 200, '10 %'],
      [600, 100, '50 %'],
      [900, 100, '50 %'],
      [900_000, 100, undefined],
    ]);
  });

  it('says the words of a gate once in a while when they are old, and whenever a state has changed', () => {
    const state = (second: number) =>
      second >= 22 && second < 24 ? ('waiting' as const) : ('good' as const);
    const history = upTo(600, (second) => gate([signal(`at ${Math.ceil(second)}`, state(second))]));
    const told = history
      .after(0)
      .flatMap(({ gate: said }) => (said?.signals ?? []).map(({ sentence }) => sentence));
    expect(told.slice(0, 5)).toEqual(['at 1', 'at 16', 'at 22', 'at 24', 'at 39']);
  });

  it('leaves out what was said in the sample before, and says it to who comes later', () => {
    const history = createHistory();
    const words = [signal('well')];
    const others = [signal('other words')];
    for (const [i, said] of [words, words, others, others].entries())
      history.add(sample(250 * (i + 1), 250, gate(said)));
    const sentences = (since: number) =>
      history.after(since).map(({ gate: said }) => said?.signals.map(({ sentence }) => sentence).join());
    expect(sentences(0)).toEqual(['well', '', 'other words', '']);
    expect(sentences(250)).toEqual(['well', 'other words', '']);
    expect(sentences(750)).toEqual(['other words']);
  });

  it('begins anew with the words of another rollout', () => {
    const history = createHistory();
    const words = [signal('well')];
    history.add(sample(250, 250, gate(words)));
    history.add(sample(500, 250));
    history.add(sample(750, 250, gate(words, '10 %', 2)));
    expect(history.after(0).map(({ gate: said }) => said?.signals.length)).toEqual([1, undefined, 1]);
  });
});

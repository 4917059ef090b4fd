import { describe, expect, it } from 'vitest';
import { compare, openComparison } from './comparison.ts';
import { worstScore } from './proven.ts';
import { decide } from './testing/decide.ts';
import type { Evidence } from './evidence.ts';
import { defaultSettings as settings } from './settings.ts';
import type { Comparison } from './state.ts';
import { answers } from './testing/arms.ts';

const latencies = { 50: 0.3, 80: 0.4, 160: 0.2, 400: 0.1 };
const spread = (requests: number, shares: Record<number, number>): Evidence =>
  answers(
    requests,
    0,
    Object.fromEntries(
      Object.entries(shares).map(([millis, share]) => [millis, Math.round(requests * share)]),
    ),
  );

function after(ticks: number, canary: Record<number, number>, requests = 500): Comparison {
  let comparison = openComparison(spread(60_000, latencies), settings);
  for (let i = 1; i <= ticks; i++) {
    const stable = spread(9 * requests, latencies);
    comparison = compare(
      comparison,
      { at: 10 * i, stable, canary: spread(requests, canary), replicas: [] },
      settings,
    );
  }
  return comparison;
}

describe('a decision', () => {
  it('takes a margin as proof only from its time on, however clear it is before', () => {
    const clear = after(28, latencies, 5_000);
    expect(clear.proofs.errors.every(({ stands }) => stands)).toBe(true);
    expect(decide(clear, settings, 280)).toEqual({ verdict: 'hold', reason: 'collecting' });
    expect(decide(clear, settings, 300)).toEqual({ verdict: 'promote', reason: 'proven' });
  });

  it.each([
    ['everything somewhat slower', { 50: 0.22, 80: 0.38, 160: 0.28, 400: 0.12 }],
    ['a few answers much slower', { 50: 0.3, 80: 0.4, 160: 0.18, 400: 0.1, 2_000: 0.02 }],
  ])('sees at the deadline, by ranks or by the tail: %s', (_name, canary) => {
    expect(worstScore(after(16, canary, 250))).toBeGreaterThan(settings.deadlineScore);
    expect(worstScore(after(16, latencies, 250))).toBeLessThan(0.5);
  });
});

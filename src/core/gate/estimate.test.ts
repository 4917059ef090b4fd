import { describe, expect, it } from 'vitest';
import { visibleErrorShare } from './estimate.ts';

const plan = { canary: 500, stablePerCanary: 9, base: 0.01, evidence: 100, weight: 0.45 };

describe('the share of errors that so many requests would show', () => {
  it('falls with more of them, and rises with the level of the stable arm', () => {
    const seen = [100, 500, 5_000, 50_000].map(
      (canary) => visibleErrorShare({ ...plan, canary }) ?? Number.NaN,
    );
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(seen[0]).toBeGreaterThan(0.08);
    expect(seen[3]).toBeLessThan(0.014);
    expect(visibleErrorShare({ ...plan, base: 0.05 })).toBeGreaterThan(seen[1] ?? 1);
  });

  it('agrees with what the mixture needs to reach the threshold', () => {
    // Nothing but failures on the canary: ln(9 · 60) each at most, against ln(100 · 6 / 0.45 / 0.5).
    expect(visibleErrorShare({ ...plan, canary: 2, base: 0.0001 })).toBe(null);
    expect(visibleErrorShare({ ...plan, canary: 5, base: 0.0001 })).not.toBe(null);
  });

  it('asks less where there is a ceiling alone, and ends whatever it is given', () => {
    const alone = { ...plan, stablePerCanary: 0 };
    expect(visibleErrorShare(alone)).toBeLessThan(visibleErrorShare(plan) ?? 0);
    expect(visibleErrorShare({ ...alone, base: 0 })).toBeGreaterThan(0);
    expect(visibleErrorShare({ ...alone, base: 1 })).toBe(null);
    expect(visibleErrorShare({ ...plan, canary: 0 })).toBe(null);
  });
});

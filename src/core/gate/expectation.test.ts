import { describe, expect, it } from 'vitest';
import { ceilingIncrements } from './ceiling.ts';
import { addCrashes, openCrashes } from './crashes.ts';
import { ratioIncrements } from './error-ratio.ts';
import { tiltIncrements } from './latency-tilt.ts';
import { addToMixture, type Mixture, openMixture } from './mixture.ts';
import { proofIncrement } from './proof.ts';
import { noDispersion } from './settings.ts';
import { logGamma } from './testing/beta-binomial.ts';

/** What makes an e-value: its expectation under the null is at most 1. Summed over every outcome, not drawn. */
describe('no factor is worth more than 1 on average under its null', () => {
  const shares = [0.003, 0.05, 0.2, 0.45];

  it.each([
    [8, 3, 1, 1],
    [3, 8, 1, 1],
    [6, 6, 1.1, 1],
    [9, 1, 1.05, 1],
    [8, 4, 1, 3],
  ])(
    'error ratio: %i stable and %i canary requests, %d times tolerated, dispersion %d',
    (nb, nc, r0, phi) => {
      for (const stable of shares) {
        for (const ratio of [r0, 0.9 * r0, 0.3]) {
          const expected = expectation(nb, stable, nc, stable * ratio, (yb, yc) =>
            ratioIncrements(arms(nb, yb, nc, yc), r0, phi),
          );
          expectAtMostOne(expected);
        }
      }
    },
  );

  it('error ratio: it is worth more than 1 beyond its null', () => {
    const expected = expectation(8, 0.05, 3, 0.3, (yb, yc) => ratioIncrements(arms(8, yb, 3, yc), 1, 1));
    expect(Math.max(...expected)).toBeGreaterThan(1.5);
  });

  it.each([0, 0.05, 0.2])('proof of no harm: margin %d', (margin) => {
    for (const stable of shares) {
      for (const beyond of [0, 0.1]) {
        for (const believed of [0.02, 0.3]) {
          const expected = expectation(7, stable, 4, stable + margin + beyond, (yb, yc) => [
            proofIncrement(arms(7, yb, 4, yc), { stable: believed, canary: believed * 0.9 }, margin),
          ]);
          expectAtMostOne(expected);
        }
      }
    }
  });

  it('ceilings', () => {
    for (const ceiling of [0.01, 0.05, 0.3]) {
      for (const share of [ceiling, ceiling / 2, 0]) {
        expectAtMostOne(
          expectation(0, 0, 9, share, (_, yc) => ceilingIncrements({ hits: yc, trials: 9 }, ceiling, 1)),
        );
      }
    }
  });

  const laws = [
    [0.25, 0.25, 0.25, 0.15, 0.05, 0.04, 0.01],
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3],
    [0, 0, 0.9, 0, 0, 0, 0.1],
  ];
  it.each([
    [2, 2],
    [2, 1],
    [1, 2],
  ])('latency tilts: %i stable and %i canary answers, whatever the law and the belief', (nb, nc) => {
    const faster = [0.9, 0.05, 0.05, 0, 0, 0, 0];
    for (const belief of laws.slice(0, 2)) {
      for (const law of laws) {
        for (const canary of [law, faster]) {
          const gains = tiltIncrements(belief, { stable: [1], canary: [1] }, noDispersion).map(() => 0);
          for (const [categories, probability] of outcomes(nb, law, nc, canary)) {
            tiltIncrements(belief, categories, noDispersion).forEach((gain, j) => {
              gains[j] = (gains[j] ?? 0) + probability * Math.exp(gain);
            });
          }
          expectAtMostOne(gains);
        }
      }
    }
  });

  it('crashes: falls that come once per replica and day', () => {
    for (const seconds of [60, 3_600, 40_000]) {
      const mean = seconds / 86_400;
      let sum = 0;
      for (let falls = 0; falls < 1_500; falls++) {
        const { mixture } = addCrashes(openCrashes(), { at: 5, falls, replicaSeconds: seconds });
        const logPoisson = falls * Math.log(mean) - mean - logGamma(falls + 1);
        sum += Math.exp(logPoisson + mixture.logE);
      }
      expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      expect(sum).toBeGreaterThan(0.99);
    }
  });

  it('the mixture, with its onsets and caps, over every path of a fair coin', () => {
    const settings = { restartShare: 0.5, restartScale: 40, block: 10, blockCap: 0.6 };
    const factors = [
      [Math.log(1.5), Math.log(0.5)],
      [Math.log(1.9), Math.log(0.1)],
    ] as const;
    const ends = [3, 6, 10, 12, 17, 25, 31, 38, 39, 52];
    const values = (mixture: Mixture, i: number): number => {
      const at = ends[i];
      if (at === undefined) return Math.exp(mixture.logE);
      const after = (side: 0 | 1) =>
        values(
          addToMixture(
            mixture,
            factors.map((factor) => factor[side]),
            at,
            settings,
          ),
          i + 1,
        );
      return (after(0) + after(1)) / 2;
    };
    const uncapped = { ...settings, blockCap: Number.POSITIVE_INFINITY };
    expect(values(openMixture(2, settings), 0)).toBeLessThanOrEqual(1 + 1e-12);
    settings.blockCap = uncapped.blockCap;
    expect(values(openMixture(2, settings), 0)).toBeCloseTo(1, 12); // nothing is lost but by the cap
  });
});

const arms = (nb: number, yb: number, nc: number, yc: number) => ({
  stable: { hits: yb, trials: nb },
  canary: { hits: yc, trials: nc },
});

/** Expectation of each factor over all outcomes of two independent binomial arms. */
function expectation(
  nb: number,
  pb: number,
  nc: number,
  pc: number,
  logFactors: (yb: number, yc: number) => readonly number[],
): readonly number[] {
  let sums: readonly number[] = [];
  for (let yb = 0; yb <= nb; yb++) {
    for (let yc = 0; yc <= nc; yc++) {
      const probability = binomial(yb, nb, pb) * binomial(yc, nc, pc);
      const before = sums;
      sums = logFactors(yb, yc).map((gain, j) => (before[j] ?? 0) + probability * Math.exp(gain));
    }
  }
  return sums;
}

function binomial(hits: number, trials: number, share: number): number {
  let choose = 1;
  for (let i = 0; i < hits; i++) choose *= (trials - i) / (i + 1);
  return choose * share ** hits * (1 - share) ** (trials - hits);
}

/** Every sequence of categories of both arms, with its probability. */
function* outcomes(nb: number, stable: readonly number[], nc: number, canary: readonly number[]) {
  const size = stable.length;
  for (let code = 0; code < size ** (nb + nc); code++) {
    const categories = { stable: stable.map(() => 0), canary: stable.map(() => 0) };
    let probability = 1;
    let rest = code;
    for (let i = 0; i < nb + nc; i++) {
      const k = rest % size;
      rest = Math.floor(rest / size);
      const own = i < nb ? categories.stable : categories.canary;
      own[k] = (own[k] ?? 0) + 1;
      probability *= (i < nb ? stable : canary)[k] ?? 0;
    }
    if (probability > 0) yield [categories, probability] as const;
  }
}

function expectAtMostOne(values: readonly number[]) {
  expect(values.length).toBeGreaterThan(0);
  for (const value of values) expect(value).toBeLessThanOrEqual(1 + 1e-9);
}

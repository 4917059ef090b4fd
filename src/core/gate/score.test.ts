import { describe, expect, it } from 'vitest';
import { rankScore, scoresOf } from './latency-tilt.ts';
import { addToScore, noScore, type Score, standardScore } from './score.ts';

const added = (ticks: readonly { at: number; observed: number; variance: number }[]): Score =>
  ticks.reduce((score, tick) => addToScore(score, tick, tick.at, 10), noScore);

describe('the score of the deadline', () => {
  it('is the excess in standard deviations of the model, as long as the blocks agree with it', () => {
    const even = Array.from({ length: 100 }, (_, i) => ({
      at: i + 1,
      observed: i % 2 ? 1.5 : -0.9,
      variance: 2,
    }));
    expect(standardScore(added(even))).toBeCloseTo(30 / Math.sqrt(200), 9);
  });

  it('is not decided by one bad block', () => {
    const hiccup = Array.from({ length: 100 }, (_, i) => ({
      at: i + 1,
      observed: i === 50 ? 50 : 0,
      variance: 0.1,
    }));
    expect(standardScore(added(hiccup))).toBeCloseTo(1, 9);
  });

  it('is 0 where the canary did better', () => {
    expect(standardScore(added([{ at: 1, observed: -5, variance: 1 }]))).toBe(0);
  });
});

describe('the rank score of a tick', () => {
  const shares = [0.25, 0.25, 0.25, 0.15, 0.05, 0.04, 0.01];
  const ranks = scoresOf(shares, 'rank');

  it('compares the canary with what a shuffle of the tick would give it', () => {
    const categories = { stable: [3, 1, 0, 0, 0, 0, 0], canary: [1, 1, 0, 0, 0, 0, 0] };
    // Scores −0.375 four times and −0.125 twice: mean −0.875/3, and the variance of two drawn of six.
    const mean = (4 * -0.375 + 2 * -0.125) / 6;
    const population = (4 * 0.375 ** 2 + 2 * 0.125 ** 2) / 6 - mean ** 2;
    const { observed, variance } = rankScore(ranks, categories, 1);
    expect(observed).toBeCloseTo(-0.5 - 2 * mean, 12);
    expect(variance).toBeCloseTo((2 * population * 4) / 5, 12);
    // Clumped answers vary more; the excess they show is worth less.
    expect(rankScore(ranks, categories, 3).variance).toBeCloseTo(3 * variance, 12);
  });

  it('says nothing where all answers score alike, not even by rounding', () => {
    const alike = { stable: [0, 0, 0, 359, 0, 0, 0], canary: [0, 0, 0, 41, 0, 0, 0] };
    expect(rankScore(scoresOf([0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1], 'rank'), alike, 1)).toEqual({
      observed: 0,
      variance: 0,
    });
  });
});

import { describe, expect, test } from 'vitest';
import { nextNormal } from './normal.ts';
import { nextBits, nextUniform, randomStream } from './random.ts';

test('the generator gives the numbers of its authors: draw 102,401 from the state 1, 2, 3, 4', () => {
  const state = Int32Array.from([1, 2, 3, 4]);
  for (let draw = 0; draw < 102_400; draw++) nextBits(state);
  expect(nextBits(state) >>> 0).toBe(0x2c873cfa);
});

test('the next stream begins 2^64 draws later: the step squared 64 times, as a matrix of bits', () => {
  const step = Array.from({ length: 128 }, (_, bit) => {
    const state = wordsOf(1n << BigInt(bit));
    nextBits(state);
    return numberOf(state);
  });
  let power = step;
  for (let squared = 0; squared < 64; squared++) power = power.map((column) => times(power, column));
  expect(numberOf(randomStream(7, 1))).toBe(times(power, numberOf(randomStream(7, 0))));
});

test('seeds and streams differ, and are the same each time', () => {
  const firsts = [0, 1, 2, 4_294_967_295].flatMap((seed) =>
    [0, 1, 2].map((stream) => [...randomStream(seed, stream)].join()),
  );
  expect(new Set(firsts).size).toBe(12);
  expect([...randomStream(5, 3)]).toEqual([...randomStream(5, 3)]);
});

test('uniform numbers lie between 0 and 1 and fill sixteen boxes evenly', () => {
  const state = randomStream(11, 0);
  const boxes = new Float64Array(16);
  const draws = 160_000;
  for (let draw = 0; draw < draws; draw++) {
    const box = Math.floor(nextUniform(state) * 16);
    boxes[box] = (boxes[box] ?? 0) + 1;
  }
  const expected = draws / 16;
  const chiSquared = boxes.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquared).toBeLessThan(44.3); // 1 in 10,000 with 15 degrees of freedom
});

describe('normal numbers', () => {
  const draws = 1_000_000;
  const state = randomStream(42, 0);
  const sample = Float64Array.from({ length: draws }, () => nextNormal(state));
  const moment = (power: number) => sample.reduce((sum, x) => sum + x ** power, 0) / draws;

  test.each([
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ])('have moment %i = %i within five standard errors', (power, expected, variance) => {
    expect(Math.abs(moment(power) - expected)).toBeLessThan(5 * Math.sqrt(variance / draws));
  });

  test('have the distribution function: Kolmogorov and Smirnov at 1 in 10,000', () => {
    const sorted = sample.slice().sort();
    const distance = sorted.reduce(
      (most, x, index) => Math.max(most, Math.abs((index + 0.5) / draws - normalShare(x))),
      0,
    );
    expect(distance * Math.sqrt(draws)).toBeLessThan(2.2255);
  });

  test('fill six hundred boxes as they should: what the layers leave out at their edges is filled in', () => {
    const [boxes, draws] = [new Float64Array(602), 16_000_000];
    const more = randomStream(43, 0);
    for (let draw = 0; draw < draws; draw++) {
      const box = Math.min(601, Math.max(0, Math.floor(nextNormal(more) * 100) + 301));
      boxes[box] = (boxes[box] ?? 0) + 1;
    }
    const upTo = (box: number) => (box < 0 ? 0 : box > 600 ? 1 : normalShare((box - 300) / 100));
    const chiSquared = boxes.reduce((sum, count, box) => {
      const expected = draws * (upTo(box) - upTo(box - 1));
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    expect(chiSquared).toBeLessThan(601 + 5 * Math.sqrt(2 * 601));
  });

  test.each([3, 3.442619855899, 4])('go beyond %d as often as they should, to both sides', (edge) => {
    const expected = 1 - normalShare(edge);
    const tolerance = 5 * Math.sqrt(expected / draws);
    const above = sample.reduce((count, x) => count + (x > edge ? 1 : 0), 0) / draws;
    const below = sample.reduce((count, x) => count + (x < -edge ? 1 : 0), 0) / draws;
    expect(Math.abs(above - expected)).toBeLessThan(tolerance);
    expect(Math.abs(below - expected)).toBeLessThan(tolerance);
  });
});

/** The normal distribution function by the series x + x^3/3 + x^5/15 + … (G. Marsaglia, 2004), good to 15 digits. */
function normalShare(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 && k < 400; k += 2) sum += term *= (x * x) / k;
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

function wordsOf(bits: bigint): Int32Array {
  return Int32Array.from({ length: 4 }, (_, word) => Number((bits >> BigInt(32 * word)) & 0xffffffffn) | 0);
}

function numberOf(state: Int32Array): bigint {
  return state.reduce((all, word, index) => all | (BigInt(word >>> 0) << BigInt(32 * index)), 0n);
}

/** Columns of a matrix over the two-element field, times a vector. */
function times(columns: readonly bigint[], vector: bigint): bigint {
  let product = 0n;
  for (const [bit, column] of columns.entries()) if ((vector >> BigInt(bit)) & 1n) product ^= column;
  return product;
}

import { describe, expect, test } from 'vitest';
import { alternativesOf, analysisOf, inHundred } from './analysis.ts';
import type { Plan } from './engine/plan.ts';
import { simulate } from './engine/simulate.ts';
import { simulationOf } from './simulations.ts';

const plan: Plan = {
  portfolio: 1_000_000,
  spending: 40_000,
  years: 30,
  equity: 60,
  inflation: 2.5,
  scenarios: 1_000,
  seed: 1,
};
const simulationFor = (change: Partial<Plan>) => {
  const changed = { ...plan, ...change };
  return simulationOf(changed, simulate(changed));
};
const analysisFor = (change: Partial<Plan>) => {
  const simulation = simulationFor(change);
  const tried = alternativesOf(simulation).map((each) => ({
    change: each,
    success: simulationFor({ ...change, ...each }).success,
  }));
  return { simulation, analysis: analysisOf(simulation, tried) };
};

test('the words follow from the figures, and are the same each time', () => {
  const { analysis } = analysisFor({});
  expect(analysis).toEqual(analysisFor({}).analysis);
  expect(analysis.verdict).toBe('fragile');
  expect(analysis.headline).toMatch(/^The money lasts 30 years in 81 of 100 futures: a fragile plan/);
  expect(analysis.findings[1]).toMatch(
    /^In the worst tenth of the futures the money runs out in year \d\d or before\.$/,
  );
});

test.each([
  [20_000, 'strong'],
  [35_000, 'sound'],
  [45_000, 'fragile'],
  [80_000, 'unlikely'],
] as const)('spending %i is %s', (spending, verdict) => {
  expect(analysisFor({ spending }).analysis.verdict).toBe(verdict);
});

test('a smaller budget is proposed that really lasts in 90 of 100 futures', () => {
  const [first] = analysisFor({ spending: 50_000 }).analysis.suggestions;
  expect(first?.change.spending).toBeLessThan(50_000);
  expect(first?.success).toBeGreaterThanOrEqual(0.9);
  expect(first?.text).toContain('A smaller budget');
});

test('other shares of equity are proposed only when they save a future of a hundred', () => {
  for (const spending of [30_000, 40_000, 60_000]) {
    const { simulation, analysis } = analysisFor({ spending });
    for (const { change, success } of analysis.suggestions)
      if (change.equity !== undefined) expect(success).toBeGreaterThanOrEqual(simulation.success + 0.01);
  }
});

describe('the smallest and the largest plans have words too', () => {
  test.each([
    [{ spending: 0 }, /only grows and shrinks/],
    [{ years: 1 }, /lasts the year in/],
    [{ portfolio: 1_000, spending: 1_000_000 }, /no future/],
    [{ equity: 0 }, /lasts/],
    [{ equity: 100 }, /lasts/],
  ])('%j', (change, words) => {
    const { analysis } = analysisFor(change);
    const text = JSON.stringify(analysis);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test.each([
  [1, 'all futures'],
  [0.999, 'more than 99 of 100 futures'],
  [0.994, '99 of 100 futures'],
  [0.5, '50 of 100 futures'],
  [0.004, 'fewer than 1 of 100 futures'],
  [0, 'no future'],
])('%d is %s', (success, words) => {
  expect(inHundred(success)).toBe(words);
});

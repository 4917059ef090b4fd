import { describe, expect, test } from 'vitest';
import { createColumns, walkPaths } from './paths.ts';
import { type Market, type Plan, usualMarket } from './plan.ts';
import { blocksOf, factorsOf, fillGrowth, logarithmic } from './returns.ts';
import { selectRanks } from './select.ts';
import { simulate } from './simulate.ts';
import { levels, percentilesOf } from './statistics.ts';

const plan: Plan = {
  portfolio: 1_000_000,
  spending: 40_000,
  years: 30,
  equity: 60,
  inflation: 2.5,
  scenarios: 10_000,
  seed: 2_024,
};
const steadyPrices: Market = { ...usualMarket, inflationDeviation: 0 };
const quantile = { 5: -1.6448536269514722, 25: -0.6744897501960817, 50: 0, 75: 0.6744897501960817 };

describe('against closed forms', () => {
  test('equity alone, nothing spent: the balance is lognormal, at its percentiles and in its mean', () => {
    const years = 20;
    const outcome = simulate({ ...plan, years, spending: 0, equity: 100 }, steadyPrices);
    const log = logarithmic(usualMarket.equity);
    const drift = years * (log.mean - Math.log(1.025));
    const spread = Math.sqrt(years) * log.deviation;
    const end = outcome.years[years];
    for (const [percent, z] of Object.entries(quantile)) {
      const got = end?.percentiles[levels.indexOf(Number(percent) as 5)] ?? 0;
      const share = Number(percent) / 100;
      const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      const error = (spread * Math.sqrt((share * (1 - share)) / plan.scenarios)) / density;
      expect(Math.abs(Math.log(got / plan.portfolio) - (drift + z * spread))).toBeLessThan(4 * error);
    }
    const mean = plan.portfolio * (1.08 / 1.025) ** years;
    const error = Math.sqrt(Math.expm1(spread ** 2) / plan.scenarios);
    expect(Math.abs((end?.mean ?? 0) / mean - 1)).toBeLessThan(4 * error);
    expect(outcome.success).toBe(1);
  });

  test('a mixed portfolio that never runs dry: its mean follows (mean - spending) × growth', () => {
    const rich = { ...plan, portfolio: 10_000_000, years: 15 };
    const outcome = simulate(rich);
    const { equity, bonds } = factorsOf(usualMarket, plan);
    const growth = 0.6 * lognormalMean(equity) + 0.4 * lognormalMean(bonds);
    let mean = rich.portfolio;
    for (let year = 1; year <= rich.years; year++) {
      mean = (mean - rich.spending) * growth;
      expect(Math.abs((outcome.years[year]?.mean ?? 0) / mean - 1)).toBeLessThan(0.02);
    }
    expect(outcome.success).toBe(1);
  });

  test('markets that never move: a calculator for annuities agrees to the cent', () => {
    const still: Market = {
      ...usualMarket,
      equity: { mean: 0.05, deviation: 0 },
      bonds: { mean: 0.05, deviation: 0 },
      inflationDeviation: 0,
    };
    const rate = 1.05 / 1.02;
    const years = 25;
    const lasts = plan.portfolio / ((1 - rate ** -years) / (1 - 1 / rate));
    const run = (spending: number) =>
      simulate({ ...plan, spending, years, inflation: 2, scenarios: 10 }, still);
    expect(run(0).spending.in50).toBeCloseTo(lasts, 2);
    expect(run(lasts - 0.01).success).toBe(1);
    expect(run(lasts + 0.01).success).toBe(0);
  });

  test('money that pays for the last year to the cent has lasted, by every figure', () => {
    const outcome = simulate({ ...plan, portfolio: 40_000, spending: 40_000, years: 2, scenarios: 100 });
    expect(outcome.years.map(({ lasting }) => lasting)).toEqual([1, 1, 0]);
    const year = simulate({ ...plan, portfolio: 40_000, spending: 40_000, years: 1, scenarios: 100 });
    expect([year.success, year.years[1]?.lasting]).toEqual([1, 1]);
  });

  test('the correlations and deviations that were asked for come out', () => {
    const market = usualMarket;
    const { equity, bonds } = factorsOf(market, plan);
    const e = logarithmic(market.equity).deviation;
    const b = logarithmic(market.bonds).deviation;
    const p = logarithmic({ mean: plan.inflation / 100, deviation: market.inflationDeviation }).deviation;
    const { equityBonds, equityInflation, bondsInflation } = market.correlation;
    expect(product(equity, equity)).toBeCloseTo(e * e + p * p - 2 * equityInflation * e * p, 12);
    expect(product(bonds, bonds)).toBeCloseTo(b * b + p * p - 2 * bondsInflation * b * p, 12);
    const expected = equityBonds * e * b - equityInflation * e * p - bondsInflation * b * p + p * p;
    expect(product(equity, bonds)).toBeCloseTo(expected, 12);
  });
});

describe('what a run consists of', () => {
  const columns = createColumns(plan);
  fillGrowth(columns.growth, plan, factorsOf(usualMarket, plan), { from: 0, to: blocksOf(plan) });
  walkPaths(columns, plan, 0, plan.scenarios);

  test('the spending that would just have lasted says the same as walking the paths', () => {
    for (const factor of [0.999_999, 1.000_001])
      for (const scenario of [0, 1, 777, 9_999]) {
        const spending = (columns.sustainable[scenario] ?? 0) * factor;
        let left = plan.portfolio;
        for (let year = 0; year < plan.years && left >= 0; year++)
          left = (left - spending) * (columns.growth[year * plan.scenarios + scenario] ?? 0);
        expect(left >= 0).toBe(factor < 1);
      }
  });

  test('blocks filled in any order, or alone, are the blocks of the whole', () => {
    const apart = createColumns(plan);
    const factors = factorsOf(usualMarket, plan);
    for (let block = blocksOf(plan) - 1; block >= 0; block--)
      fillGrowth(apart.growth, plan, factors, { from: block, to: block + 1 });
    expect(apart.growth).toEqual(columns.growth);
  });

  test('a longer horizon keeps the years before it', () => {
    const short = simulate({ ...plan, years: 10, scenarios: 500 });
    const long = simulate({ ...plan, years: 40, scenarios: 500 });
    expect(long.years.slice(0, 11)).toEqual(short.years);
  });

  test.each<[string, Partial<Plan>]>([
    ['the fewest', { scenarios: 10, years: 1 }],
    ['the longest', { scenarios: 10, years: 100, equity: 100 }],
    ['all spent at once', { portfolio: 1_000, spending: 1_000_000, scenarios: 10 }],
    ['a block and a bit', { scenarios: 251 }],
  ])('%s give finite figures in order', (_, change) => {
    const outcome = simulate({ ...plan, ...change });
    expect(outcome.years).toHaveLength((change.years ?? plan.years) + 1);
    for (const { percentiles, mean } of outcome.years) {
      expect([...percentiles].sort((one, other) => one - other)).toEqual(percentiles);
      expect([mean, ...percentiles].every((each) => Number.isFinite(each) && each >= 0)).toBe(true);
    }
    const shares = outcome.years.map(({ lasting }) => lasting);
    expect(shares.every((share, year) => share <= (shares[year - 1] ?? 1))).toBe(true);
    expect(shares.at(-1)).toBe(outcome.success);
  });
});

test('a seed is a result: equal seeds agree in every digit, others do not', () => {
  const one = { ...plan, scenarios: 1_000 };
  expect(simulate(one)).toEqual(simulate(one));
  expect(simulate({ ...one, seed: 1 }).spending).not.toEqual(simulate({ ...one, seed: 2 }).spending);
});

describe('percentiles', () => {
  test.each([1, 2, 23, 24, 25, 26, 100, 1_001, 4_096])(
    'of %i values are those of the sorted values',
    (size) => {
      for (const shape of [(i: number) => (i * 7_919) % size, () => 3, (i: number) => i, (i: number) => -i]) {
        const values = Float64Array.from({ length: size }, (_, index) => shape(index));
        const sorted = values.slice().sort();
        const at = (place: number) => sorted[place] ?? Number.NaN;
        const expected = levels.map((level) => {
          const place = ((size - 1) * level) / 100;
          const low = Math.floor(place);
          return at(low) + (at(Math.ceil(place)) - at(low)) * (place - low);
        });
        expect(percentilesOf(values, levels)).toEqual(expected);
        expect(values.slice().sort()).toEqual(sorted);
      }
    },
  );

  test('ranks stand where sorting puts them', () => {
    const values = Float64Array.from({ length: 5_000 }, (_, index) => (index * 104_729) % 5_003);
    const sorted = values.slice().sort();
    selectRanks(values, [0, 17, 2_500, 4_999]);
    for (const rank of [0, 17, 2_500, 4_999]) expect(values[rank]).toBe(sorted[rank]);
  });
});

type Factor = readonly [number, number, number, number];

function product(one: Factor, other: Factor): number {
  return one[1] * other[1] + one[2] * other[2] + one[3] * other[3];
}

const lognormalMean = (factor: Factor) => Math.exp(factor[0] + product(factor, factor) / 2);

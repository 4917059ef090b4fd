import { nextNormal } from './normal.ts';
import type { Market, Plan, Return } from './plan.ts';
import { randomStream } from './random.ts';

/** Scenarios that share a stream of random numbers: threads take whole blocks, so their number changes nothing. */
export const blockSize = 250;

/** ln(real growth) of equity and of bonds: a constant and what each of three independent normal variates adds. */
export interface Factors {
  readonly equity: readonly [constant: number, first: number, second: number, third: number];
  readonly bonds: readonly [constant: number, first: number, second: number, third: number];
}

/**
 * Equity, bonds and inflation are lognormal and correlated (Cholesky's decomposition of their correlations); dividing by
 * inflation subtracts logarithms, so real growth is lognormal too.
 */
export function factorsOf(market: Market, plan: Pick<Plan, 'inflation'>): Factors {
  const equity = logarithmic(market.equity);
  const bonds = logarithmic(market.bonds);
  const prices = logarithmic({ mean: plan.inflation / 100, deviation: market.inflationDeviation });
  const { equityBonds, equityInflation, bondsInflation } = market.correlation;
  const bondsOwn = Math.sqrt(1 - equityBonds ** 2);
  const pricesSecond = (bondsInflation - equityBonds * equityInflation) / bondsOwn;
  const pricesOwn = Math.sqrt(1 - equityInflation ** 2 - pricesSecond ** 2);
  const byPrices = [equityInflation, pricesSecond, pricesOwn].map((each) => each * prices.deviation);
  const [first = 0, second = 0, third = 0] = byPrices;
  return {
    equity: [equity.mean - prices.mean, equity.deviation - first, -second, -third],
    bonds: [
      bonds.mean - prices.mean,
      bonds.deviation * equityBonds - first,
      bonds.deviation * bondsOwn - second,
      -third,
    ],
  };
}

/** Mean and deviation of ln(1 + r), for r with an arithmetic mean and deviation, when 1 + r is lognormal. */
export function logarithmic({ mean, deviation }: Return): Return {
  const variance = Math.log1p((deviation / (1 + mean)) ** 2);
  return { mean: Math.log1p(mean) - variance / 2, deviation: Math.sqrt(variance) };
}

/**
 * Fills the real growth of the portfolio, 1 for none: `growth[year * scenarios + scenario]`. The portfolio is brought back
 * to its shares at the start of each year.
 *
 * @param blocks which blocks of scenarios, from (included) and to (excluded); the others stay as they are
 */
export function fillGrowth(
  growth: Float64Array,
  plan: Plan,
  factors: Factors,
  blocks: { readonly from: number; readonly to: number },
): void {
  const { scenarios, years } = plan;
  const share = plan.equity / 100;
  const [e0, e1, e2, e3] = factors.equity;
  const [b0, b1, b2, b3] = factors.bonds;
  for (let block = blocks.from; block < blocks.to; block++) {
    const state = randomStream(plan.seed, block);
    const first = block * blockSize;
    const end = Math.min(first + blockSize, scenarios);
    for (let year = 0; year < years; year++) {
      const row = year * scenarios;
      for (let scenario = first; scenario < end; scenario++) {
        const x = nextNormal(state);
        const y = nextNormal(state);
        const z = nextNormal(state);
        growth[row + scenario] =
          share * Math.exp(e0 + e1 * x + e2 * y + e3 * z) +
          (1 - share) * Math.exp(b0 + b1 * x + b2 * y + b3 * z);
      }
    }
  }
}

export const blocksOf = (plan: Pick<Plan, 'scenarios'>): number => Math.ceil(plan.scenarios / blockSize);

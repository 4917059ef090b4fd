import type { Market, Plan } from '../../systems/planner/services/app/engine/plan.ts';
import { logarithmic } from '../../systems/planner/services/app/engine/returns.ts';

/**
 * The same model as one would write it down first: an object per year, an array per scenario, uniform numbers from
 * Math.random, normal numbers by Box and Muller, percentiles from a sorted array. For comparison only.
 */
export function simulatePlainly(plan: Plan, market: Market) {
  const paths = Array.from({ length: plan.scenarios }, () => {
    const path = [{ year: 0, balance: plan.portfolio, spending: plan.spending, prices: 1 }];
    for (let year = 1; year <= plan.years; year++) {
      const { balance, spending, prices } = path.at(-1) ?? { balance: 0, spending: 0, prices: 1 };
      const { equity, bonds, inflation } = drawYear(plan, market);
      const growth = (plan.equity / 100) * equity + (1 - plan.equity / 100) * bonds;
      path.push({
        year,
        balance: Math.max(0, balance - spending) * growth,
        spending: spending * inflation,
        prices: prices * inflation,
      });
    }
    return path;
  });
  const years = Array.from({ length: plan.years + 1 }, (_, year) => {
    const balances = paths
      .map((path) => (path[year]?.balance ?? 0) / (path[year]?.prices ?? 1))
      .sort((one, other) => one - other);
    return {
      mean: balances.reduce((sum, balance) => sum + balance, 0) / balances.length,
      percentiles: [5, 10, 25, 50, 75, 90, 95].map(
        (percent) => balances[Math.round(((balances.length - 1) * percent) / 100)] ?? 0,
      ),
    };
  });
  const lasting = paths.filter((path) =>
    path.slice(0, -1).every(({ balance, spending }) => balance >= spending),
  );
  return { success: lasting.length / paths.length, years };
}

function drawYear(plan: Plan, { equity, bonds, inflationDeviation, correlation }: Market) {
  const [x, y, z] = [normal(), normal(), normal()];
  const own = Math.sqrt(1 - correlation.equityBonds ** 2);
  const second = (correlation.bondsInflation - correlation.equityBonds * correlation.equityInflation) / own;
  const third = Math.sqrt(1 - correlation.equityInflation ** 2 - second ** 2);
  const grow = (asset: { mean: number; deviation: number }, variate: number) => {
    const log = logarithmic(asset);
    return Math.exp(log.mean + log.deviation * variate);
  };
  return {
    equity: grow(equity, x),
    bonds: grow(bonds, correlation.equityBonds * x + own * y),
    inflation: grow(
      { mean: plan.inflation / 100, deviation: inflationDeviation },
      correlation.equityInflation * x + second * y + third * z,
    ),
  };
}

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

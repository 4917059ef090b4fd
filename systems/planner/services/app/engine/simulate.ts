import { createColumns, walkPaths } from './paths.ts';
import { type Market, type Plan, usualMarket } from './plan.ts';
import { blocksOf, factorsOf, fillGrowth } from './returns.ts';
import { figuresOfYears, type Lasting, lastingOf, type YearFigures } from './statistics.ts';

/** What a simulation tells. */
export interface Outcome extends Lasting {
  /** One entry per year, `years + 1` of them; the first is the start. */
  readonly years: readonly YearFigures[];
}

/** A whole simulation on the calling thread. `createEngine` does the same on several, with the same result. */
export function simulate(plan: Plan, market: Market = usualMarket): Outcome {
  const columns = createColumns(plan);
  fillGrowth(columns.growth, plan, factorsOf(market, plan), { from: 0, to: blocksOf(plan) });
  walkPaths(columns, plan, 0, plan.scenarios);
  return { ...lastingOf(columns, plan.spending), years: figuresOfYears(columns, plan, 0, plan.years + 1) };
}

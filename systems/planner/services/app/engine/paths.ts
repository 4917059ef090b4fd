import type { Plan } from './plan.ts';

/** Columns of a run, one number per scenario; `balances` has a row of scenarios per year, the first of them the start. */
export interface Columns {
  /** Real growth: `growth[year * scenarios + scenario]`. */
  readonly growth: Float64Array;
  /** Today's dollars: `balances[year * scenarios + scenario]`, of `years + 1` rows. */
  readonly balances: Float64Array;
  /** Today's dollars a year that would just have lasted. */
  readonly sustainable: Float64Array;
}

/**
 * Lays out the columns of a plan in memory that threads can share.
 *
 * @returns (2 × years + 2) × scenarios numbers of 8 bytes: 16 MB at most
 */
export function createColumns({ years, scenarios }: Pick<Plan, 'years' | 'scenarios'>): Columns {
  const column = (rows: number) => new Float64Array(new SharedArrayBuffer(rows * scenarios * 8));
  return { growth: column(years), balances: column(years + 1), sustainable: column(1) };
}

/**
 * Walks the scenarios from..to through the years: spending leaves at the start of a year, what is left grows. A balance that
 * does not cover a year's spending is zero from then on.
 *
 * The spending that would just have lasted is exact: the portfolio divided by the value today of a dollar a year, paid in
 * advance and discounted by the scenario's own growth.
 */
export function walkPaths(columns: Columns, plan: Plan, from: number, to: number): void {
  const { growth, balances, sustainable } = columns;
  const { portfolio, spending, years, scenarios } = plan;
  const discount = new Float64Array(to - from).fill(1);
  const annuity = new Float64Array(to - from);
  balances.fill(portfolio, from, to);
  for (let year = 0; year < years; year++) {
    const now = year * scenarios;
    const next = now + scenarios;
    // Both casts hold by the bounds of the loops.
    for (let scenario = from; scenario < to; scenario++) {
      const rate = growth[now + scenario] as number;
      const left = (balances[now + scenario] as number) - spending;
      balances[next + scenario] = left > 0 ? left * rate : 0;
      const value = discount[scenario - from] as number;
      annuity[scenario - from] = (annuity[scenario - from] as number) + value;
      discount[scenario - from] = value / rate;
    }
  }
  for (let scenario = from; scenario < to; scenario++)
    sustainable[scenario] = portfolio / (annuity[scenario - from] as number);
}

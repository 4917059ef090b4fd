import type { Columns } from './paths.ts';
import type { Plan } from './plan.ts';
import { selectRanks } from './select.ts';

/** The percentiles that are told of each year. */
export const levels = [5, 10, 25, 50, 75, 90, 95] as const;

/** A year's balances over all scenarios, in today's dollars. */
export interface YearFigures {
  /** In the order of `levels`. */
  readonly percentiles: readonly number[];
  readonly mean: number;
  /** Share of the scenarios whose money has covered every year so far, 0 to 1. */
  readonly lasting: number;
}

/**
 * Percentiles by linear interpolation between order statistics (type 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in
 * statistical packages", The American Statistician 50, 1996).
 *
 * @param values at least one; their order is changed
 * @param percents ascending, from 0 to 100
 */
export function percentilesOf(values: Float64Array, percents: readonly number[]): readonly number[] {
  const last = values.length - 1;
  const places = percents.map((percent) => (last * percent) / 100);
  selectRanks(
    values,
    places.flatMap((place) => [Math.floor(place), Math.ceil(place)]).sort((one, other) => one - other),
  );
  return places.map((place) => {
    const low = values[Math.floor(place)] as number;
    const high = values[Math.ceil(place)] as number;
    return low + (high - low) * (place - Math.floor(place));
  });
}

/** Figures of the years from..to (excluded); the year 0 is the start. */
export function figuresOfYears(
  { balances }: Pick<Columns, 'balances'>,
  { scenarios, spending }: Pick<Plan, 'scenarios' | 'spending'>,
  from: number,
  to: number,
): readonly YearFigures[] {
  const year = new Float64Array(scenarios);
  return Array.from({ length: to - from }, (_, index) => {
    const row = (from + index) * scenarios;
    year.set(balances.subarray(row, row + scenarios));
    let sum = 0;
    for (const balance of year) sum += balance;
    return {
      percentiles: percentilesOf(year, levels),
      mean: sum / scenarios,
      lasting: row === 0 ? 1 : coveredIn(balances, row - scenarios, { scenarios, spending }) / scenarios,
    };
  });
}

/** Scenarios that could pay for a year: money that is spent to the last cent has covered it. What was not covered once is zero. */
function coveredIn(
  balances: Float64Array,
  row: number,
  { scenarios, spending }: Pick<Plan, 'scenarios' | 'spending'>,
): number {
  let covered = 0;
  for (const balance of balances.subarray(row, row + scenarios)) if (balance >= spending) covered++;
  return covered;
}

/** What the spending that would just have lasted says: see `walkPaths`. */
export interface Lasting {
  /** Share of the scenarios whose money covers every year, 0 to 1. */
  readonly success: number;
  /** Today's dollars a year that last in 95, 90, 75 and 50 of 100 scenarios. */
  readonly spending: {
    readonly in95: number;
    readonly in90: number;
    readonly in75: number;
    readonly in50: number;
  };
}

export function lastingOf({ sustainable }: Pick<Columns, 'sustainable'>, spending: number): Lasting {
  let lasting = 0;
  for (const each of sustainable) if (each >= spending) lasting++;
  const [in95 = 0, in90 = 0, in75 = 0, in50 = 0] = percentilesOf(sustainable.slice(), [5, 10, 25, 50]);
  return { success: lasting / sustainable.length, spending: { in95, in90, in75, in50 } };
}

import { z } from 'zod';
import type { Plan } from '../engine/plan.ts';
import { plainText } from './plain-text.ts';

/** What is let in, both ends included. Money is in dollars, shares are in percent. */
export const limits = {
  portfolio: { min: 1_000, max: 100_000_000 },
  spending: { min: 0, max: 1_000_000 },
  years: { min: 1, max: 100 },
  equity: { min: 0, max: 100 },
  inflation: { min: 0, max: 15 },
  scenarios: { min: 10, max: 10_000 },
  seed: { min: 0, max: 4_294_967_295 },
} as const;

export const longestTitle = 120;

/** Why a person plans, in the person's own words; it stands on the report. */
export interface TitledPlan extends Plan {
  readonly title: string;
}

/** Reads a plan from outside. `maxScenarios` is the environment's own limit. */
export function planSchema(maxScenarios: number): z.ZodType<TitledPlan> {
  const scenarios = { min: limits.scenarios.min, max: Math.min(limits.scenarios.max, maxScenarios) };
  return z.object({
    portfolio: amount('dollars', limits.portfolio),
    spending: amount('dollars a year', limits.spending),
    years: whole('years', limits.years),
    equity: amount('percent', limits.equity),
    inflation: amount('percent', limits.inflation).default(2.5),
    scenarios: whole('scenarios', scenarios).default(scenarios.max),
    seed: whole('seed', limits.seed).default(1),
    title: z
      .string('write a text')
      .max(2_000, 'write at most 2,000 characters')
      .default('')
      .transform(titleOf),
  });
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A plain number: no text that looks like one, no infinity. */
function amount(unit: string, { min, max }: Range) {
  const write = `write ${unit} from ${figure(min)} to ${figure(max)}, as a number`;
  return z.number(write).min(min, write).max(max, write);
}

function whole(unit: string, { min, max }: Range) {
  const write = `write a whole number of ${unit} from ${figure(min)} to ${figure(max)}`;
  return z.int(write).min(min, write).max(max, write);
}

const figure = (value: number) => value.toLocaleString('en-US');
const titleOf = (text: string) => plainText(text).slice(0, longestTitle);

import { type Columns, walkPaths } from '../engine/paths.ts';
import type { Plan } from '../engine/plan.ts';
import { blockSize, type Factors, fillGrowth } from '../engine/returns.ts';
import { figuresOfYears, lastingOf } from '../engine/statistics.ts';
import { serveTasks } from './serve.ts';

/** A part of the work on columns that all threads share: blocks of scenarios, or years. */
export interface Part {
  readonly columns: Columns;
  readonly plan: Plan;
  readonly from: number;
  readonly to: number;
}

export const simulationTasks = {
  generate: ({ columns, plan, factors, from, to }: Part & { factors: Factors }) =>
    fillGrowth(columns.growth, plan, factors, { from, to }),
  walk: ({ columns, plan, from, to }: Part) =>
    walkPaths(columns, plan, from * blockSize, Math.min(to * blockSize, plan.scenarios)),
  years: ({ columns, plan, from, to }: Part) => figuresOfYears(columns, plan, from, to),
  lasting: ({ columns, plan }: Part) => lastingOf(columns, plan.spending),
};

serveTasks(simulationTasks);

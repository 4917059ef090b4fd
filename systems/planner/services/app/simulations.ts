import { createHash } from 'node:crypto';
import type { Plan } from './engine/plan.ts';
import type { Outcome } from './engine/simulate.ts';

/** What people are told of a simulation; whole dollars of today. Equal plans give equal bytes. */
export interface Simulation {
  readonly id: string;
  readonly plan: Plan;
  /** Share of the scenarios in which the money lasts, 0 to 1. */
  readonly success: number;
  /** Dollars a year that last in so many of a hundred scenarios. */
  readonly spending: Outcome['spending'];
  readonly years: readonly SimulatedYear[];
}

export interface SimulatedYear {
  readonly year: number;
  readonly p5: number;
  readonly p10: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly mean: number;
  readonly lasting: number;
}

/** Changes when the model does: what was computed by an older one is not found under the new ids. */
const model = 'v1';

/** The id is made of the plan itself: whoever asks the same again, of any replica, means the same simulation. */
export function idOf({ portfolio, spending, years, equity, inflation, scenarios, seed }: Plan): string {
  const parts = [model, portfolio, spending, years, equity, inflation, scenarios, seed];
  return `sim_${createHash('sha256').update(parts.join(' ')).digest('base64url').slice(0, 22)}`;
}

export const idPattern = /^sim_[\w-]{22}$/;

export function simulationOf(plan: Plan, outcome: Outcome): Simulation {
  const { in95, in90, in75, in50 } = outcome.spending;
  return {
    id: idOf(plan),
    plan,
    success: outcome.success,
    spending: {
      in95: Math.floor(in95),
      in90: Math.floor(in90),
      in75: Math.floor(in75),
      in50: Math.floor(in50),
    },
    years: outcome.years.map(({ percentiles, mean, lasting }, year) => {
      const [p5 = 0, p10 = 0, p25 = 0, p50 = 0, p75 = 0, p90 = 0, p95 = 0] = percentiles.map(Math.round);
      return { year, p5, p10, p25, p50, p75, p90, p95, mean: Math.round(mean), lasting };
    }),
  };
}

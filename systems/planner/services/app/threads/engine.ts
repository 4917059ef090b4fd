import type { Clock } from 'fairway-kit';
import { createColumns } from '../engine/paths.ts';
import { type Market, type Plan, usualMarket } from '../engine/plan.ts';
import { blocksOf, factorsOf } from '../engine/returns.ts';
import type { Outcome } from '../engine/simulate.ts';
import type { Lasting, YearFigures } from '../engine/statistics.ts';
import { createPool, type Pool } from './pool.ts';
import type { Part } from './simulation-thread.ts';
import { createTurns } from './turns.ts';

/** Names a step of a run, for traces; the kit's tracing has this shape. */
export type Span = <T>(
  name: string,
  attributes: Record<string, number>,
  work: () => Promise<T>,
) => Promise<T>;

export interface Engine {
  /**
   * The same outcome as `simulate`, off the calling thread. Rejects with a PoolError: after 5 s per 1,000 scenarios (50 s
   * at most), when nobody waits any more, or when too many wait already.
   */
  simulate(plan: Plan, options: { readonly span: Span; readonly signal?: AbortSignal }): Promise<Outcome>;
  waiting(): number;
  close(): Promise<void>;
}

const perThousand = 5_000;
const longest = 50_000;

/** @returns milliseconds: 5,000 for each thousand scenarios begun, at most 50,000 */
export const timeLimitOf = ({ scenarios }: Pick<Plan, 'scenarios'>): number =>
  Math.min(Math.ceil(scenarios / 1_000) * perThousand, longest);

/** Parts smaller than this many numbers are not worth another thread. */
const smallestPart = 60_000;

/**
 * @param options.threads how many simulate; as many simulations run at once
 * @param options.mostWaiting beyond it a simulation is refused at once
 */
export function createEngine(
  { threads, mostWaiting, market = usualMarket }: { threads: number; mostWaiting: number; market?: Market },
  clock: Clock,
): Engine {
  const program = new URL('simulation-thread.ts', import.meta.url);
  // Whoever is refused is refused as a whole, by the turns.
  const pool = createPool({ program, threads, mostWaiting: Number.POSITIVE_INFINITY }, clock);
  const turns = createTurns({ atOnce: threads, mostWaiting });

  return {
    waiting: () => turns.waiting(),
    close: () => pool.close(),
    simulate: (plan, { span, signal }) =>
      turns.take(
        () =>
          span('run_monte_carlo_vectorized', { scenarios: plan.scenarios, years: plan.years }, () =>
            runOn(
              pool,
              { plan, market, threads, until: clock.now() + timeLimitOf(plan) },
              { clock, span, signal },
            ),
          ),
        signal,
      ),
  };
}

interface Run {
  readonly plan: Plan;
  readonly market: Market;
  readonly threads: number;
  /** When it is cut. */
  readonly until: number;
}

async function runOn(
  pool: Pool,
  { plan, market, threads, until }: Run,
  { clock, span, signal }: { clock: Clock; span: Span; signal: AbortSignal | undefined },
): Promise<Outcome> {
  const { scenarios, years } = plan;
  const columns = createColumns(plan);
  const parts = Math.min(threads, Math.ceil((scenarios * years) / smallestPart));
  const run = (name: string, part: Part) => {
    const timeout = Math.max(until - clock.now(), 0);
    return pool.run({ name, given: part }, { timeout, ...(signal === undefined ? {} : { signal }) });
  };
  const split = (name: string, count: number, extra: object = {}) =>
    Promise.all(
      splitEvenly(count, parts).map(([from, to]) => run(name, { columns, plan, from, to, ...extra })),
    );

  const factors = factorsOf(market, plan);
  await span('generate_random_returns', { scenarios }, () => split('generate', blocksOf(plan), { factors }));
  await split('walk', blocksOf(plan));
  return span('calculate_statistics', { scenarios }, async () => {
    const lasting = run('lasting', { columns, plan, from: 0, to: scenarios }) as Promise<Lasting>;
    const figures = split('years', years + 1) as Promise<(readonly YearFigures[])[]>;
    const [whole, rows] = await Promise.all([lasting, figures]);
    return { ...whole, years: rows.flat() };
  });
}

/** Cuts 0..count into at most `parts` ranges that differ in length by one at most. */
export function splitEvenly(count: number, parts: number): readonly (readonly [from: number, to: number])[] {
  const pieces = Math.max(1, Math.min(parts, count));
  return Array.from({ length: pieces }, (_, piece) => [
    Math.floor((count * piece) / pieces),
    Math.floor((count * (piece + 1)) / pieces),
  ]);
}

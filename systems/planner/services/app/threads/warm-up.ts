import { type Log, messageOf } from 'fairway-kit';
import { analysisOf } from '../analysis.ts';
import type { Plan } from '../engine/plan.ts';
import { simulationOf } from '../simulations.ts';
import type { Engine } from './engine.ts';
import type { Pool } from './pool.ts';

const plan: Plan = {
  portfolio: 1_000_000,
  spending: 40_000,
  years: 30,
  equity: 60,
  inflation: 2.5,
  scenarios: 1_000,
  seed: 0,
};
const rounds = 6;

/** Runs the hot loops until they are compiled and prints a page, so that the first person waits no longer than the tenth. */
export function warmUp(
  engine: Engine,
  printers: Pool,
  log: Log,
): { readonly done: Promise<void>; isDone(): boolean } {
  let isDone = false;
  const run = async () => {
    let outcome = await engine.simulate(plan, { span: (_name, _attributes, work) => work() });
    for (let round = 1; round < rounds; round++)
      outcome = await engine.simulate(
        { ...plan, seed: round },
        { span: (_name, _attributes, work) => work() },
      );
    const simulation = simulationOf(plan, outcome);
    const given = { plan: { ...plan, title: '' }, simulation, analysis: analysisOf(simulation, []), at: 0 };
    await printers.run({ name: 'report', given }, { timeout: 30_000 });
    isDone = true;
  };
  const done = run();
  done.catch((reason: unknown) => log.error('warming up failed', { reason: messageOf(reason) }));
  return { done, isDone: () => isDone };
}

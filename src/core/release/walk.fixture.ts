import { millis } from '#kernel';
import { invariants } from './invariants.fixture.ts';
import { aPlan, type Scenario } from './scenario.fixture.ts';
import { type ModelBench, modelBench, type Taken } from './world.fixture.ts';

/** Each way a rollout can take, walked with every invariant looked at on every step. */
export function walk(scenario: Scenario) {
  const told: string[] = [];
  const look = (taken: Taken) => {
    for (const holds of Object.values(invariants)) holds(taken);
    for (const effect of taken.effects) told.push(nameOf(effect));
  };
  const bench = modelBench(aPlan(scenario), look);
  bench.begin();
  return { bench, told };
}

function nameOf(effect: Taken['effects'][number]): string {
  const of = 'revision' in effect ? ` ${effect.revision.split('-')[0] ?? ''}` : '';
  switch (effect.do) {
    case 'ensureReplicas':
      return `start${of} ${effect.count}`;
    case 'setRoute':
      return `route ${effect.table.routes.map(({ arms }) => arms.map(({ weight }) => weight).join('/')).join(' ')}`;
    case 'consume':
      return `consume${of} ${effect.active}`;
    case 'runJob':
      return `job ${effect.job.split('-').slice(0, 2).join('-')}`;
    case 'runCheck':
      return `check ${effect.check}`;
    default:
      return `${effect.do}${of} ${effect.keep}`;
  }
}

/** Everything that is asked for is done, until the rollout waits for something else. */
export function run(bench: ModelBench): void {
  for (let i = 0; i < 100 && bench.rollout.pending.length > 0; i++) {
    for (const effect of bench.rollout.pending) bench.complete(effect);
    bench.observe();
  }
}

export function pass(bench: ModelBench, length: number): void {
  bench.answer(200, 0);
  bench.wait(millis(length));
  bench.send({ type: 'tick' });
  run(bench);
}

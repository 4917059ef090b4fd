import { describe, expect, it } from 'vitest';
import { noEvidence, openComparison, defaultSettings } from '#core/gate';
import { hours } from '#kernel';
import { comparisonOf, withLearned } from './counting.ts';
import { aMove, aService, bench, canaryOf, counts, stableOf, start } from './release.fixture.ts';
import { all, canaryStage, holding, measure, type World } from './stages.fixture.ts';
import { plannedRollout } from './step.ts';
import { measured } from './watch.ts';

const { dispersion: noneLearned } = openComparison(null, defaultSettings);

const long = canaryStage({ hold: hours(3) });

function serve(world: World, canary: number, stable: number, failures = 0): void {
  const [next, previous] = [canaryOf(world.rollout), stableOf(world.rollout)];
  world.send({ type: 'measured', counts: [counts(next, canary, failures), counts(previous, stable, 0)] });
}

describe('a clock that is set back', () => {
  it('takes no time away from a comparison, and what it keeps are numbers', () => {
    const world = holding([long, all]);
    serve(world, 0, 1_000);
    for (const look of [1, 2, 3]) {
      world.wait(10);
      serve(world, 20 * look, 1_000 + 200 * look);
    }
    world.wait(-3 * 3_600);
    serve(world, 100, 2_000);
    world.wait(10);
    serve(world, 120, 2_200);
    const { comparison } = world.rollout.watch.services[0] ?? {};
    expect(comparison?.at).toBe(31);
    expect(comparison?.baseline.recent.requests).toBeGreaterThan(200);
    expect(comparison?.baseline.recent.requests).toBeLessThan(2_000);
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
  });

  it('does not keep harm from being found', () => {
    const world = holding([long, all]);
    serve(world, 0, 1_000);
    world.wait(10);
    serve(world, 20, 1_200);
    world.wait(-3_600);
    for (let look = 1; look <= 8 && world.phase === 'holding'; look += 1) {
      world.wait(10);
      serve(world, 20 + 20 * look, 1_200 + 200 * look, 10 * look);
    }
    expect(world.rollout).toMatchObject({ because: { code: 'gate_failed' } });
  });
});

it('only the stable arm keeps the totals of each replica: nothing is asked of those of the canary', () => {
  const world = holding([long, all]);
  const replicas = [{ replica: 'one', requests: 10, failures: 0, buckets: [] }];
  const of = (revision: string) => ({ ...counts(revision, 10, 0), replicas });
  world.send({ type: 'measured', counts: [of(canaryOf(world.rollout)), of(stableOf(world.rollout))] });
  const kept = world.rollout.watch.arms.map(({ role, last }) => [role, last.replicas.length]);
  expect(kept).toEqual([
    ['canary', 0],
    ['stable', 1],
  ]);
});

it('totals of before the rollout are history, also where the table in force may give the revision a share', () => {
  const { plan } = bench().rollout;
  const stuck = plannedRollout(plan, 5, start, true);
  const [next] = measured(stuck, [counts(canaryOf(stuck), 5_000, 2_500)], [], start);
  expect(next.watch.arms).toMatchObject([{ evidence: { requests: 0 }, last: { requests: 5_000 } }]);
});

it('a stable arm that was idle while it was learned from is there all the same', () => {
  const { rollout } = bench();
  const [service, revision] = ['edge', stableOf(rollout)];
  const [known] = measured(rollout, [counts(revision, 5_000, 0)], [], start);
  const idle = { service, revision, history: noEvidence, dispersion: noneLearned };
  const begun = withLearned(known, [idle]);
  expect(comparisonOf(begun, service).stableAt).toBe(0);
});

it('a service that is removed has no canary: nothing is told of it, and it takes no share of the budget', () => {
  const world = bench([aMove(aService('edge')), aMove(aService('old'), 'removed')]);
  world.begin();
  world.run();
  measure(world, 10);
  const { verdict } = world.rollout.watch;
  expect(new Set(verdict?.signals.map(({ subject }) => subject))).toEqual(new Set(['canary', 'edge']));
});

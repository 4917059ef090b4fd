import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seconds } from '#kernel';
import { aMove, aService, bench, canaryOf, counts, stableOf } from './release.fixture.ts';
import { isOver } from './step.ts';

/**
 * Random histories over the whole machine. Each run first draws how often each kind of thing happens (swarm testing),
 * so that long quiet stretches and storms of one fault both occur.
 */
const kinds = [
  'perform',
  'performTwice',
  'fail',
  'observe',
  'wait',
  'waitLong',
  'good',
  'bad',
  'crash',
  'abort',
  'promote',
] as const;
type Kind = (typeof kinds)[number];

const history = fc
  .record({
    weights: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: kinds.length, maxLength: kinds.length }),
    picks: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 20, maxLength: 150 }),
    kind: fc.constantFrom('canary', 'rolling', 'first'),
    replicas: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ weights, picks, kind, replicas }) => {
    const bag = kinds.flatMap((each, i) => Array.from({ length: weights[i] ?? 0 }, () => each));
    const events: Kind[] = picks.map((pick) => bag[pick % Math.max(1, bag.length)] ?? 'observe');
    return { events, kind, replicas };
  });

type World = ReturnType<typeof bench>;

function worldOf(kind: string, replicas: number): World {
  const strategy = { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(0) } as const;
  const service = aService('edge', kind === 'rolling' ? { strategy, replicas } : { replicas });
  return kind === 'first' ? bench([aMove(service, 'new')], { from: null }, 'first') : bench([aMove(service)]);
}

function happen(world: World, kind: Kind, totals: { requests: number; failures: number }): void {
  const effect = world.rollout.pending[0];
  const canary = canaryOf(world.rollout);
  switch (kind) {
    case 'perform':
    case 'performTwice':
      if (effect === undefined) return;
      world.perform(effect);
      if (kind === 'performTwice') world.send({ type: 'effectDone', id: effect.id });
      return;
    case 'fail':
      if (effect)
        world.send({ type: 'effectFailed', id: effect.id, failure: { code: 'target_busy', facts: {} } });
      return;
    case 'observe':
      world.observe();
      return;
    case 'wait':
    case 'waitLong':
      world.wait(kind === 'wait' ? 5 : 150);
      world.send({ type: 'tick' });
      return;
    case 'good':
    case 'bad':
      totals.requests += 50;
      totals.failures += kind === 'bad' ? 25 : 0;
      world.send({ type: 'measured', counts: [counts(canary, totals.requests, totals.failures)] });
      return;
    case 'crash': {
      const replica = world.replicas.get(canary);
      if (replica)
        world.replicas.set(canary, {
          ...replica,
          count: Math.max(0, replica.count - 1),
          crashes: replica.crashes + 1,
        });
      world.observe();
      return;
    }
    case 'abort':
      world.send({ type: 'abort', by: 'ann', note: '' });
      return;
    case 'promote':
      world.send({ type: 'promote', by: 'ann' });
  }
}

/** R1: when weights are asked for on the way forward, every arm with weight had ready replicas as last observed. */
function assertRoutable(world: World): void {
  const { rollout } = world;
  if (rollout.phase !== 'routing' || rollout.pending[0]?.attempt !== 1) return;
  for (const arm of tableOf(world)) {
    const ready = rollout.seen.find((each) => each.revision === arm.revision)?.readySince.length ?? 0;
    if (arm.weight > 0) expect(ready, `R1: ${arm.revision}`).toBeGreaterThan(0);
  }
}

function tableOf(world: World) {
  const effect = world.told.findLast((each) => each.do === 'setRoute');
  return effect?.do === 'setRoute' ? effect.table.routes.flatMap((route) => route.arms) : [];
}

function assertAlways(world: World): void {
  const { rollout, told } = world;
  for (const effect of told) {
    if (effect.do !== 'setRoute') continue;
    for (const route of effect.table.routes)
      expect(
        route.arms.reduce((sum, arm) => sum + arm.weight, 0),
        'R2: weights',
      ).toBe(100);
  }
  const versions = told.flatMap((effect) =>
    effect.do === 'setRoute' && effect.attempt === 1 ? [effect.table.version] : [],
  );
  expect(versions, 'R2: versions only grow').toEqual([...new Set(versions)].sort((a, b) => a - b));
  for (const effect of rollout.pending) expect(effect.deadline, 'R5: a deadline').toBeGreaterThan(0);
  expect(new Set(told.map((effect) => effect.id)).size, 'R6: ids').toBe(told.length);
  expect(JSON.parse(JSON.stringify(rollout)), 'a state survives the journal').toEqual(rollout);
}

/** Faults stop; whatever was going on must come to an end. */
function heal(world: World): void {
  for (let i = 0; i < 400 && !isOver(world.rollout); i++) {
    for (const effect of world.rollout.pending) if (effect.do !== 'runCheck') world.perform(effect);
    for (const [revision, replica] of world.replicas) {
      const asked = world.told.findLast((each) => each.do === 'ensureReplicas' && each.revision === revision);
      const kept = world.told.findLast(
        (each) =>
          (each.do === 'stop' || each.do === 'ensureReplicas') &&
          'revision' in each &&
          each.revision === revision,
      );
      if (asked?.do === 'ensureReplicas' && kept?.do === 'ensureReplicas')
        world.replicas.set(revision, { ...replica, count: Math.max(replica.count, asked.count) });
    }
    world.observe();
    world.wait(5);
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 1_000_000 + i * 1_000, 0)] });
    world.send({ type: 'promote', by: 'ann' });
  }
}

describe('any history of events', () => {
  it('keeps the invariants at every step and, once faults stop, ends in exactly one terminal state (R1–R8, R12)', () => {
    fc.assert(
      fc.property(history, ({ events, kind, replicas }) => {
        const world = worldOf(kind, replicas);
        const totals = { requests: 0, failures: 0 };
        world.begin();
        let endedAs: string | null = null;
        for (const event of events) {
          const before = world.phase;
          happen(world, event, totals);
          if (before !== 'routing') assertRoutable(world);
          assertAlways(world);
          if (endedAs !== null) expect(world.phase, 'R12: a terminal state is final').toBe(endedAs);
          if (isOver(world.rollout)) endedAs = world.phase;
        }
        heal(world);
        expect(isOver(world.rollout), `it ends; stands at ${world.phase}`).toBe(true);
        if (world.phase === 'promoted')
          expect(tableOf(world).find((arm) => arm.weight === 100)?.revision).toBe(canaryOf(world.rollout));
        if (world.phase === 'rolledBack' && world.rollout.routeVersion > 5) {
          expect(tableOf(world).find((arm) => arm.weight === 100)?.revision, 'R4: back on stable').toBe(
            stableOf(world.rollout),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { hours } from '#kernel';
import { aPolicy, canaryOf, counts, stableOf } from './release.fixture.ts';
import type { Unread } from './rollout.ts';
import { all, canaryStage, holding, measure, tick, type World } from './stages.fixture.ts';

const of = (revision: string): Unread => ({
  service: 'edge',
  revision,
  sentence: 'the router does not answer',
});
const unreadCanary = (world: World) => [of(canaryOf(world.rollout))];

describe('counts of the canary that cannot be read', () => {
  it('pass nothing, however good they were before (R7), until they are read again', () => {
    const world = holding();
    measure(world, 200);
    world.wait(20);
    world.send({ type: 'measured', counts: [], unread: unreadCanary(world) });
    expect(world.rollout).toMatchObject({
      phase: 'holding',
      held: true,
      watch: {
        verdict: {
          kind: 'notMeasured',
          needs: ['edge: the canary cannot be counted: the router does not answer'],
        },
      },
    });
    measure(world, 210);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('are told before what else is lacking, which may come of it', () => {
    const world = holding();
    world.send({ type: 'measured', counts: [], unread: unreadCanary(world) });
    expect(world.rollout.watch.verdict).toMatchObject({
      kind: 'notMeasured',
      needs: [
        'edge: the canary cannot be counted: the router does not answer',
        'edge: the canary has answered 0 requests in this step and needs 100 more',
      ],
      estimate: null,
    });
  });

  it('do not hide the harm that was seen', () => {
    const world = holding();
    world.send({ type: 'measured', counts: [], unread: unreadCanary(world) });
    world.hurt(canaryOf(world.rollout));
    expect(world.rollout).toMatchObject({ because: { code: 'gate_failed' } });
  });

  it('that never come back end the rollout with its time at the latest', () => {
    const world = holding(undefined, { policy: { ...aPolicy, deadline: hours(2) } });
    for (let look = 0; look < 3; look += 1) {
      world.send({ type: 'measured', counts: [], unread: unreadCanary(world) });
      world.wait(3_600);
    }
    world.send(tick);
    expect(world.rollout).toMatchObject({ because: { code: 'rollout_timed_out' } });
  });
});

describe('counts of the previous revision that cannot be read', () => {
  const serve = (world: World, canary: number, stable: number | null) => {
    const [next, previous] = [canaryOf(world.rollout), stableOf(world.rollout)];
    const known = stable === null ? [] : [counts(previous, stable, 0)];
    const unread = stable === null ? [of(previous)] : [];
    world.send({ type: 'measured', counts: [counts(next, canary, 0), ...known], unread });
  };
  const served = () => {
    const world = holding([canaryStage({ hold: hours(1) }), all]);
    serve(world, 0, 0);
    world.wait(10);
    serve(world, 100, 900);
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
    return world;
  };

  it('are not taken for a revision that answers nobody any more: there is nothing to compare with (R7)', () => {
    const world = served();
    world.wait(20);
    serve(world, 300, null);
    expect(world.rollout.watch.verdict).toMatchObject({
      kind: 'notMeasured',
      needs: [
        'edge: the previous revision, with which the canary is compared, cannot be counted: the router does not answer',
      ],
    });
  });

  it('keep nothing from passing for a moment', () => {
    const world = served();
    world.wait(1);
    serve(world, 110, null);
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
  });
});

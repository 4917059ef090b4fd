import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '#kernel';
import type { RolloutPlan } from './plan.ts';
import { aMove, aPolicy, aService, bench, canaryOf, counts, stableOf, start } from './release.fixture.ts';
import { all, canaryStage, measure, resume, tick } from './stages.fixture.ts';

type Gate = RolloutPlan['policy']['gate'];

/** A canary of 10 % that is held for `hold` seconds. */
function held(gate: Partial<Gate>, hold = 1_800, steps = 1) {
  const policy = { ...aPolicy, gate: { ...aPolicy.gate, ...gate } };
  const step = canaryStage({ hold: seconds(hold) });
  const stages = [...Array.from({ length: steps }, () => step), all];
  const world = bench([aMove(aService('edge'))], { policy, stages });
  world.begin();
  world.run();
  return world;
}

/** Both arms answer for so many seconds, the stable one nine times as much, without a failure. */
function serve(world: ReturnType<typeof held>, from: number, until: number, failing = 0): void {
  const { rollout } = world;
  for (let at = from + 10; at <= until; at += 10) {
    world.wait(10);
    const canary = counts(canaryOf(rollout), at * 20, Math.round(at * 20 * failing));
    world.send({ type: 'measured', counts: [canary, counts(stableOf(rollout), at * 180, 0)] });
  }
}

describe('proof of no harm', () => {
  it('ends a hold before its time where that is allowed, and not before the least time', () => {
    const world = held({ promote: 'onEvidence', minimumHold: minutes(10) });
    serve(world, 0, 590);
    expect(world.rollout).toMatchObject({
      phase: 'holding',
      stage: 0,
      watch: { verdict: { kind: 'pass', because: 'proven' } },
    });
    serve(world, 590, 600);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('ends no hold where it is not asked to', () => {
    const world = held({ promote: 'atDeadline', minimumHold: minutes(5) });
    serve(world, 0, 1_700);
    expect(world.rollout).toMatchObject({ phase: 'holding', watch: { verdict: { because: 'proven' } } });
  });

  it('is more than having seen no harm yet', () => {
    const world = held({ promote: 'onEvidence', minimumHold: seconds(0) });
    serve(world, 0, 60);
    expect(world.rollout).toMatchObject({
      phase: 'holding',
      watch: { verdict: { kind: 'pass', because: 'noHarm' } },
    });
  });

  it('does not end a hold that somebody has paused', () => {
    const world = held({ promote: 'onEvidence', minimumHold: minutes(5) });
    world.send({ type: 'pause', by: 'ann', note: '' });
    serve(world, 0, 900);
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 0 });
    world.send(resume);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });
});

describe('a hold whose evidence does not suffice', () => {
  it('is as long again, three times, and then the release goes back', () => {
    const world = held({ onInconclusive: 'extend' }, 20);
    for (const times of [2, 3, 4]) {
      world.wait(20);
      world.send(tick);
      expect(world.rollout).toMatchObject({ held: false, since: start, until: start + seconds(20 * times) });
    }
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'restoring', because: { code: 'gate_inconclusive' } });
  });

  it('goes on as soon as a longer one has shown enough', () => {
    const world = held({ onInconclusive: 'extend' }, 20);
    measure(world, 60);
    world.wait(20);
    world.send(tick);
    measure(world, 130);
    expect(world.phase).toBe('holding');
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('waits for a person where they are to be asked, whatever comes later', () => {
    const world = held({ onInconclusive: 'ask' }, 20);
    world.wait(20);
    world.send(tick);
    measure(world, 500);
    world.wait(60);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      phase: 'holding',
      held: true,
      watch: { verdict: { kind: 'pass' } },
    });
    world.send({ type: 'promote', by: 'ann', note: '' });
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('asks nobody when the evidence was there in time', () => {
    const world = held({ onInconclusive: 'ask' }, 20);
    measure(world, 500);
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });
});

it('the comparison of both arms goes on over all steps, the evidence of a step begins anew', () => {
  const world = held({}, 20, 2);
  serve(world, 0, 20);
  world.run();
  const { services, arms } = world.rollout.watch;
  expect(services[0]?.comparison.canary.requests).toBe(400);
  expect(arms.map(({ evidence }) => evidence.requests)).toEqual([0, 0]);
});

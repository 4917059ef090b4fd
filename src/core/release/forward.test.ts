import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '#kernel';
import type { Shift } from './plan.ts';
import { aMove, aPolicy, aService, bench, canaryOf, start } from './release.fixture.ts';
import {
  all,
  begun,
  canaryStage,
  holding,
  measure,
  paused,
  resume,
  setReplicas,
  tick,
} from './stages.fixture.ts';

describe('replicas of a stage', () => {
  it('are asked for of every service that has some in it, with the time of the policy', () => {
    const core = aMove(aService('core'), 'removed');
    const shares = [
      ...canaryStage().services,
      { ...canaryStage().services[0], service: 'core', next: 0, previous: 0 },
      { ...canaryStage().services[0], service: 'mails', next: 0, previous: 2 },
    ] as Shift['services'];
    const moves = [aMove(aService('edge')), core, aMove(aService('mails'))];
    const world = bench(moves, { stages: [canaryStage({ services: shares })] });
    world.begin();
    expect(world.told).toMatchObject([
      { do: 'ensureReplicas', revision: canaryOf(world.rollout), count: 1, deadline: start + minutes(2) },
    ]);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 0, deadline: start + minutes(2) });
  });

  it('are not counted on while the target is still asked for them', () => {
    const world = begun([canaryStage()]);
    setReplicas(world, canaryOf(world.rollout), 1);
    expect(world.phase).toBe('starting');
    world.run();
    expect(world.phase).toBe('holding');
  });

  it('have to be ready for the declared time before they get a share', () => {
    const world = begun([canaryStage({ settle: seconds(30) })]);
    world.wait(10);
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    world.wait(29);
    world.send(tick);
    expect(world.phase).toBe('starting');
    world.wait(1);
    world.send(tick);
    expect(world.phase).toBe('routing');
  });

  it('that never come end the rollout at the deadline, with what was there', () => {
    const world = begun([canaryStage({}, 2)]);
    world.perform({ ...world.rollout.pending[0], count: 1 } as never);
    setReplicas(world, canaryOf(world.rollout), 1, 0, 'GET /readyz answered 503');
    world.wait(119);
    world.send(tick);
    expect(world.phase).toBe('starting');
    world.wait(1);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      because: {
        code: 'not_ready_in_time',
        facts: {
          revision: canaryOf(world.rollout),
          ready: 1,
          wanted: 2,
          waited: minutes(2),
          detail: 'GET /readyz answered 503',
        },
        verdict: null,
        at: start + minutes(2),
      },
    });
  });

  it('that the target does not finish starting end it too, and the target is named', () => {
    const world = begun([canaryStage()]);
    world.wait(120);
    world.send(tick);
    const detail = 'the target did not finish starting it';
    expect(world.rollout).toMatchObject({ because: { facts: { ready: 0, wanted: 1, detail } } });
  });

  it('that are ready while the target is still asked for them end it too, and the target is named', () => {
    const world = begun([canaryStage()]);
    setReplicas(world, canaryOf(world.rollout), 1);
    world.wait(120);
    world.send(tick);
    const detail = 'the target did not finish starting it';
    expect(world.rollout).toMatchObject({ because: { code: 'not_ready_in_time', facts: { detail } } });
  });

  it('that crash over and over end it at once, also while it is paused', () => {
    const world = begun([canaryStage()]);
    world.send(paused);
    setReplicas(world, canaryOf(world.rollout), 0, 2);
    expect(world.phase).toBe('starting');
    setReplicas(world, canaryOf(world.rollout), 0, 3);
    expect(world.rollout).toMatchObject({
      because: {
        code: 'crash_loop',
        facts: { revision: canaryOf(world.rollout), crashes: 3, detail: 'no reason seen' },
        verdict: null,
        at: start,
      },
    });
  });

  it('that crashed and are ready after all may go on', () => {
    const world = begun([canaryStage()]);
    setReplicas(world, canaryOf(world.rollout), 1, 3);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.told.map((effect) => effect.do)).toContain('setRoute');
  });
});

describe('a pause', () => {
  it('holds replicas that are ready, beyond their deadline, and what is left of it begins with the resume', () => {
    const world = begun([canaryStage()]);
    world.wait(50);
    world.send(paused);
    world.wait(500);
    world.send(tick);
    expect(world.phase).toBe('starting');
    world.send(resume);
    expect(world.rollout).toMatchObject({ paused: null, deadline: start + seconds(550 + 70) });
    world.wait(69);
    world.send(tick);
    expect(world.phase).toBe('starting');
    world.wait(1);
    world.send(tick);
    expect(world.rollout).toMatchObject({ because: { code: 'not_ready_in_time' } });
  });

  it('is kept with who asked for it, why, and when', () => {
    const world = begun([canaryStage()]);
    world.wait(5);
    world.send({ ...paused, note: 'lunch' });
    expect(world.rollout.paused).toEqual({ by: 'ann', note: 'lunch', at: start + seconds(5) });
  });

  it('in a hold keeps the time of the hold', () => {
    const world = holding();
    measure(world, 200);
    world.wait(15);
    world.send(paused);
    world.wait(15);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      phase: 'holding',
      stage: 0,
      until: start + seconds(20),
      held: false,
    });
    world.send(resume);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('stops a step without a hold at its end', () => {
    const quick = canaryStage({ hold: seconds(0), gate: 'none' });
    const world = begun([quick, all]);
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    expect(world.phase).toBe('routing');
    world.send(paused);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 0 });
    world.send(resume);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });
});

describe('a step without a hold', () => {
  it('goes on at once', () => {
    const world = begun([canaryStage({ hold: seconds(0), gate: 'none' }), all]);
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1, routedStage: 0 });
  });

  it('but with a gate waits for evidence of its own (R7)', () => {
    const world = holding([canaryStage(), canaryStage({ hold: seconds(0), name: 'again' }, 1, 2, 50), all]);
    measure(world, 200);
    world.wait(20);
    world.send(tick);
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 1 });
    measure(world, 299);
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 1 });
    measure(world, 300);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 2 });
  });

  it('that a person ends waits for them', () => {
    const world = holding([canaryStage({ hold: seconds(0), gate: 'none', advance: 'person' }), all]);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 0, held: true });
    world.send({ type: 'promote', by: 'ann', note: '' });
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });
});

describe('a hold', () => {
  it('ends with its time and not before, however good the evidence', () => {
    const world = holding();
    measure(world, 5_000);
    world.wait(19);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'holding', since: start, until: start + seconds(20) });
    world.wait(1);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('without a gate ends with its time, whatever was measured', () => {
    const world = holding([canaryStage({ gate: 'watch' }), all]);
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('whose time is over says so once, and then changes nothing', () => {
    const world = holding();
    world.wait(20);
    world.send(tick);
    const held = world.rollout;
    expect(held).toMatchObject({ held: true });
    world.send(tick);
    expect(world.rollout).toBe(held);
  });

  it('that goes back for want of evidence says what was missing', () => {
    const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive: 'rollback' as const } };
    const measured = holding(undefined, { policy });
    measure(measured, 99);
    measured.wait(20);
    measured.send(tick);
    expect(measured.rollout).toMatchObject({
      because: {
        code: 'gate_inconclusive',
        facts: { needs: expect.stringContaining('needs 1 more') },
        verdict: { kind: 'inconclusive' },
        at: start + seconds(20),
      },
    });
    const silent = holding(undefined, { policy });
    silent.wait(20);
    silent.send(tick);
    expect(silent.rollout).toMatchObject({ because: { facts: { needs: expect.stringContaining('needs') } } });
  });

  it('that is proven and waits for a person does not go back for want of evidence', () => {
    const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive: 'rollback' as const } };
    const world = holding([canaryStage({ advance: 'person' }), all], { policy });
    measure(world, 200);
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'holding', held: true });
  });

  it('of shares that replicas no longer carry waits for them, and goes back at the end of their time', () => {
    // All of it is on the canary and the previous revision has no replica left to give it back to.
    const world = holding([canaryStage({}, 2, 0, 100)]);
    measure(world, 200);
    setReplicas(world, canaryOf(world.rollout), 1);
    world.wait(20);
    world.send(tick);
    expect(world.phase).toBe('holding');
    world.wait(119);
    world.send(tick);
    expect(world.phase).toBe('holding');
    world.wait(1);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      because: { code: 'not_ready_in_time', facts: { ready: 1, wanted: 2 } },
    });
  });

  it('of such shares goes on when the replicas are there again', () => {
    const world = holding([canaryStage({}, 2, 0, 100)]);
    measure(world, 200);
    setReplicas(world, canaryOf(world.rollout), 1);
    world.wait(30);
    world.send(tick);
    setReplicas(world, canaryOf(world.rollout), 2);
    expect(world.phase).toBe('promoted');
  });
});

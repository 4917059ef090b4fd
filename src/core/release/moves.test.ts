import { describe, expect, it } from 'vitest';
import { days, millis, minutes, percent, seconds } from '#kernel';
import { withdrawal } from './forward.ts';
import type { Stage } from './plan.ts';
import { aMove, aRevision, aService, bench, canaryOf, stableOf, start } from './release.fixture.ts';
import {
  acts,
  all,
  begun,
  canaryStage,
  holding,
  measure,
  setReplicas,
  tick,
  type World,
} from './stages.fixture.ts';

describe('a canary that lost its capacity', () => {
  const lose = (world: World) => setReplicas(world, canaryOf(world.rollout), 0, 1);

  it('gives its share back and begins the step again, with a new deadline and no evidence', () => {
    const world = holding();
    measure(world, 200);
    world.wait(10);
    lose(world);
    expect(world.rollout).toMatchObject({
      phase: 'withdrawing',
      stage: 0,
      part: 'route',
      deadline: start + 20_000,
    });
    expect(world.weights).toEqual([[100, 0]]);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({
      phase: 'starting',
      stage: 0,
      routedStage: -1,
      mayHaveTraffic: false,
      deadline: start + seconds(130),
    });
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'holding', since: start + seconds(10) });
    expect(world.rollout.watch.arms[0]?.evidence.requests).toBe(0);
  });

  it('gives it back also while the next step is started, or while it waits for people', () => {
    const approval = { role: 'x', people: 1, within: minutes(5) };
    const wait: Stage = { kind: 'wait', name: 'people', for: 'approval', approval };
    for (const [next, phase] of [
      [canaryStage({}, 2, 2, 50), 'starting'],
      [wait, 'awaiting'],
    ] as const) {
      const world = holding([canaryStage(), next, all]);
      measure(world, 200);
      world.wait(20);
      world.send(tick);
      expect(world.phase).toBe(phase);
      lose(world);
      expect(world.rollout).toMatchObject({ phase: 'withdrawing', stage: 0 });
    }
  });

  it('gives it back also while a job has ended and the rollout is paused', () => {
    const task: Stage = {
      kind: 'task',
      name: 'hook',
      purpose: 'after',
      job: aRevision(aService('job'), 'job'),
      timeout: minutes(5),
      onFailure: 'ignore',
      final: false,
    };
    const world = begun([canaryStage({ hold: seconds(0), gate: 'none' }), task, all]);
    for (let i = 0; i < 8 && world.phase !== 'running'; i++) {
      for (const effect of world.rollout.pending) world.perform(effect);
      world.observe();
    }
    world.send({ type: 'pause', by: 'ann', note: '' });
    lose(world);
    expect(world.phase).toBe('running'); // it has to end before anything else is done
    world.send({ type: 'jobDone', id: world.rollout.pending[0]?.id ?? '', exitCode: 0, detail: '' });
    expect(world.rollout).toMatchObject({ phase: 'withdrawing', stage: 0 });
  });

  it('keeps it once something final has begun: the old revision may not serve any more (R4)', () => {
    const world = holding();
    const committed = { ...world.rollout, committed: true };
    expect(withdrawal({ ...committed, seen: [] }, start)).toBeNull();
  });

  it('keeps it where the previous replicas are gone, or were never there: nobody else could take it', () => {
    const gone = holding([canaryStage({}, 1, 1, 50)]);
    lose(gone);
    expect(gone.phase).toBe('holding');
    const short = holding();
    setReplicas(short, stableOf(short.rollout), 1);
    lose(short);
    expect(short.phase).toBe('holding');
    const fresh = bench([aMove(aService('edge'), 'new')], { stages: [canaryStage({}, 2, 0, 100)] });
    fresh.begin();
    fresh.run();
    lose(fresh);
    expect(fresh.phase).toBe('holding');
  });

  it('keeps it when one of several services could not go back', () => {
    const moves = [aMove(aService('edge')), aMove(aService('core'), 'new')];
    const world = bench(moves, { stages: [canaryStage()] });
    world.begin();
    world.run();
    lose(world);
    expect(world.phase).toBe('holding');
  });

  it('that takes jobs is paused after the route, and the old ones go on; then it begins again', () => {
    const consumer = { pause: '/pause', resume: '/resume' };
    const workers = aMove(aService('workers', { traffic: 'none', consumer, replicas: 4 }));
    const shares = (active: number) => ({
      service: 'workers',
      next: 2,
      previous: 4,
      weight: percent(10),
      active: { next: active, previous: 4 - active },
      stepping: true,
    });
    const stages = [10, 50].map((weight, i) => {
      const { services, ...stage } = canaryStage({ hold: seconds(20), gate: 'none' }, 1, 2, weight);
      return { ...stage, services: [...services, shares(i + 1)] };
    });
    const world = bench([aMove(aService('edge')), workers], { stages });
    world.begin();
    world.run();
    world.wait(20);
    world.send(tick);
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 1 });
    const from = world.told.length;
    lose(world);
    world.run();
    const told = world.told.slice(from).map((effect) => {
      if (effect.do !== 'consume') return effect.do;
      return `${effect.revision === workers.next?.id ? 'new' : 'old'} ${effect.active}`;
    });
    // All of it is with the old ones then: those that lose their share stop before the others begin (R14).
    const back = ['setRoute', 'new 0', 'old 4'];
    const again = ['ensureReplicas', 'ensureReplicas', 'old 2', 'setRoute', 'new 2'];
    expect(told).toEqual([...back, ...again]);
  });
});

describe('old replicas', () => {
  it('leave when the new shares are acknowledged: drained, then stopped, in twice the time of the slowest', () => {
    const world = begun([canaryStage({ hold: seconds(0), gate: 'none' }, 2, 1, 50), all]);
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    for (const effect of world.rollout.pending) world.perform(effect);
    const old = stableOf(world.rollout);
    expect(world.rollout).toMatchObject({ phase: 'trimming', part: 'drain', deadline: start + seconds(40) });
    expect(world.rollout.pending).toMatchObject([
      { do: 'drain', revision: old, keep: 1, deadline: start + seconds(20) },
    ]);
    // They count as gone from the moment on which they are told to go.
    expect(world.rollout.seen.find(({ revision }) => revision === old)?.readySince).toHaveLength(1);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'trimming', part: 'stop' });
    expect(world.rollout.pending).toMatchObject([{ do: 'stop', revision: old, keep: 1 }]);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('are removed once: a stage that keeps as many as the one before removes none', () => {
    const world = begun([
      canaryStage({ hold: seconds(0), gate: 'none' }, 1, 1, 50),
      canaryStage({ hold: seconds(0), gate: 'none' }, 2, 1, 67),
      canaryStage({ hold: seconds(0), gate: 'none' }, 2, 0, 100),
    ]);
    world.run();
    const removals = world.told.flatMap((effect) =>
      'keep' in effect ? [`${effect.do} ${effect.keep}`] : [],
    );
    expect(removals).toEqual(['drain 1', 'stop 1', 'drain 0', 'stop 0']);
    expect(world.phase).toBe('promoted');
  });
});

describe('capacity that is lost while shares move (R1)', () => {
  const consumer = { pause: '/pause', resume: '/resume' };
  const workers = aMove(aService('workers', { traffic: 'none', consumer }));
  const both = [aMove(aService('edge')), workers];
  const share = (service: string) => ({
    service,
    next: 2,
    previous: 2,
    weight: percent(100),
    active: service === 'workers' ? { next: 2, previous: 0 } : null,
    stepping: true,
  });
  const switching = () => {
    const world = bench(both, { stages: [{ ...all, services: [share('edge'), share('workers')] }] });
    world.begin();
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    expect(world.rollout).toMatchObject({ phase: 'routing', part: 'pause' });
    return world;
  };

  it('is waited for again before the router moves users', () => {
    const world = switching();
    setReplicas(world, canaryOf(world.rollout), 1);
    const from = world.told.length;
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.phase).toBe('starting');
    expect(acts(world, from)).toEqual(['ensureReplicas', 'ensureReplicas']);
    world.run();
    expect(world.phase).toBe('promoted');
  });

  it('is waited for again before new consumers begin', () => {
    const world = switching();
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'routing', part: 'route' });
    setReplicas(world, workers.next?.id ?? '', 1);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.phase).toBe('starting');
  });

  it('after the last part is seen to by giving the share back', () => {
    const world = switching();
    for (let i = 0; i < 2; i++) for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'routing', part: 'resume' });
    setReplicas(world, canaryOf(world.rollout), 1);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.phase).toBe('withdrawing');
  });

  it('after the only part is seen to where the rollout stands', () => {
    const world = begun([all]);
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    setReplicas(world, canaryOf(world.rollout), 1);
    for (const effect of world.rollout.pending) world.perform(effect);
    expect(world.rollout).toMatchObject({ phase: 'withdrawing', stage: 0 });
  });
});

describe('the end', () => {
  it('is a promotion with the declared time in which the old revisions stay warm (R9)', () => {
    const world = begun([all]);
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'promoted', at: start, keepUntil: start + minutes(30) });
  });

  it('is not a promotion while the target does not show it (R11)', () => {
    const task: Stage = {
      kind: 'task',
      name: 'hook after',
      purpose: 'after',
      job: aMove(aService('job')).next as NonNullable<ReturnType<typeof aMove>['next']>,
      timeout: minutes(5),
      onFailure: 'ignore',
      final: false,
    };
    const world = begun([canaryStage({ hold: seconds(0), gate: 'none' }, 2, 0, 100), task]);
    for (let i = 0; i < 8 && world.phase !== 'running'; i++) {
      for (const effect of world.rollout.pending) world.perform(effect);
      world.observe();
    }
    setReplicas(world, canaryOf(world.rollout), 1);
    world.send({ type: 'jobDone', id: world.rollout.pending[0]?.id ?? '', exitCode: 0, detail: '' });
    expect(world.rollout).toMatchObject({ phase: 'running', finished: true });
    setReplicas(world, canaryOf(world.rollout), 2);
    expect(world.phase).toBe('promoted');
  });

  it('comes when the time of the rollout is over, wherever it stands forward (R5)', () => {
    const world = holding();
    world.wait(days(7) / 1_000 - 1);
    world.send(tick);
    expect(world.phase).toBe('holding');
    world.wait(1);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      because: {
        code: 'rollout_timed_out',
        facts: { phase: 'holding', limit: days(7) },
        verdict: null,
        at: start + days(7),
      },
    });
    expect(world.rollout.overBy).toBe(start + millis(days(7)));
  });
});

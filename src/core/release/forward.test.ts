import { describe, expect, it } from 'vitest';
import { days, millis, minutes, percent, seconds } from '#kernel';
import type { RolloutPlan, Shift, Stage } from './plan.ts';
import { aMove, aPolicy, aService, bench, canaryOf, counts, stableOf, start } from './release.fixture.ts';

type World = ReturnType<typeof bench>;

const canaryStage = (changes: Partial<Shift> = {}, next = 1, previous = 2, weight = 10): Shift => ({
  kind: 'shift',
  name: 'step',
  services: [{ service: 'edge', next, previous, weight: percent(weight), active: null, stepping: true }],
  hold: seconds(20),
  gate: 'pass',
  advance: 'gate',
  settle: seconds(0),
  ...changes,
});
const all = canaryStage({ hold: seconds(0), gate: 'none', name: 'all' }, 2, 2, 100);

const paused = { type: 'pause', by: 'ann', note: '' } as const;
const resume = { type: 'resume', by: 'ann', note: '' } as const;
const tick = { type: 'tick' } as const;

function begun(stages: readonly Stage[], changes: Partial<RolloutPlan> = {}): World {
  const world = bench(undefined, { stages, ...changes });
  world.begin();
  return world;
}

function holding(stages: readonly Stage[] = [canaryStage(), all], changes: Partial<RolloutPlan> = {}): World {
  const world = begun(stages, changes);
  world.run();
  expect(world.phase).toBe('holding');
  return world;
}

const measure = (world: World, requests: number, failures = 0) =>
  world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), requests, failures)] });

const setReplicas = (world: World, revision: string, count: number, crashes = 0, detail: string | null = null) => {
  world.replicas.set(revision, { count, since: start, crashes, detail });
  world.observe();
};

const acts = (world: World, from = 0) => world.told.slice(from).map((effect) => effect.do);

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
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 0, until: start + seconds(20), held: false });
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
    expect(silent.rollout).toMatchObject({ because: { facts: { needs: 'nothing was measured' } } });
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
    expect(world.rollout).toMatchObject({ because: { code: 'not_ready_in_time', facts: { ready: 1, wanted: 2 } } });
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

describe('a canary that lost its capacity', () => {
  const lose = (world: World) => setReplicas(world, canaryOf(world.rollout), 0, 1);

  it('gives its share back and begins the step again, with a new deadline and no evidence', () => {
    const world = holding();
    measure(world, 200);
    world.wait(10);
    lose(world);
    expect(world.rollout).toMatchObject({ phase: 'withdrawing', stage: 0, part: 'route', deadline: start + 20_000 });
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
    for (const [next, phase] of [[canaryStage({}, 2, 2, 50), 'starting'], [wait, 'awaiting']] as const) {
      const world = holding([canaryStage(), next, all]);
      measure(world, 200);
      world.wait(20);
      world.send(tick);
      expect(world.phase).toBe(phase);
      lose(world);
      expect(world.rollout).toMatchObject({ phase: 'withdrawing', stage: 0 });
    }
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
    // What they do is not taken for known: all are told, also those that the step before had told the same.
    const back = ['setRoute', 'new 0', 'old 4'];
    const again = ['ensureReplicas', 'ensureReplicas', 'setRoute', 'new 2', 'old 2'];
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
    const removals = world.told.flatMap((effect) => ('keep' in effect ? [`${effect.do} ${effect.keep}`] : []));
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

  it('after the last part is seen to where the rollout stands', () => {
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

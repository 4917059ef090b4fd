import { describe, expect, it } from 'vitest';
import { percent, seconds } from '#kernel';
import type { Move, Shift, Stage, StageShare } from './plan.ts';
import { aMove, aPolicy, aService, bench, counts, start } from './release.fixture.ts';
import { canaryStage, setReplicas, tick } from './stages.fixture.ts';

/** What holds for each service of a rollout by itself, when several of them move. */

const share = (service: string, changes: Partial<StageShare> = {}): StageShare => ({
  service,
  next: 1,
  previous: 2,
  weight: percent(10),
  active: null,
  stepping: true,
  ...changes,
});
const stageOf = (services: readonly StageShare[], changes: Partial<Shift> = {}): Shift =>
  canaryStage({ ...changes, services });

const core = aMove(aService('core'));
const edge = aMove(aService('edge'));
const moves: readonly Move[] = [core, edge];
const consumer = { pause: '/pause', resume: '/resume' };

const id = (move: Move) => move.next?.id ?? '';

function begun(stages: readonly Stage[], of = moves) {
  const world = bench(of, { stages });
  world.begin();
  return world;
}

function holding(stages: readonly Stage[], of = moves) {
  const world = begun(stages, of);
  world.run();
  expect(world.phase).toBe('holding');
  return world;
}

describe('effects for several services', () => {
  it('have ids of their own, that never come again (R6)', () => {
    const checks = ['login', 'mail'].map((name) => ({
      name,
      run: { kind: 'http', service: 'edge', path: '/', samples: 1, p95: seconds(1) } as const,
      secrets: [],
      needs: [],
      every: seconds(60),
      timeout: seconds(30),
    }));
    const gate = { ...aPolicy.gate, checks: ['login', 'mail'] };
    const world = bench(moves, { checks, policy: { ...aPolicy, gate } });
    world.begin();
    world.run();
    expect(world.rollout.effectsIssued).toBe(5);
    world.send({ type: 'abort', by: 'ann', note: '' });
    world.run();
    expect(world.told.map((effect) => `${effect.do} ${effect.id}`)).toEqual([
      'ensureReplicas 1/1.1',
      'ensureReplicas 1/2.1',
      'setRoute 1/3.1',
      'runCheck 1/4.1',
      'runCheck 1/5.1',
      'setRoute 1/6.1',
      'drain 1/7.1',
      'drain 1/8.1',
      'stop 1/9.1',
      'stop 1/10.1',
    ]);
  });

  it('are not ended, nor tried again, by a result that is of none of them', () => {
    const world = begun([stageOf([share('core'), share('edge')])]);
    const before = world.rollout;
    world.send({ type: 'effectDone', id: '1/9.1' });
    world.send({ type: 'effectFailed', id: '1/9.1', failure: { code: 'target_busy', facts: {} } });
    world.send({ type: 'jobDone', id: '1/1.1', exitCode: 1, detail: '' });
    expect(world.rollout).toBe(before);
  });
});

describe('old replicas of several services', () => {
  const slow = { drain: seconds(50), websocketDrain: seconds(5), grace: seconds(5) };
  const both = [core, aMove(aService('edge', { shutdown: slow }))];
  const first = stageOf([share('core', { previous: 2 }), share('edge', { previous: 1 })], { gate: 'none' });
  const second = stageOf([share('core', { previous: 1 }), share('edge', { previous: 1 })], { gate: 'none' });

  it('leave where their own share says so', () => {
    const world = holding([first, second], both);
    const gone = () =>
      world.told.flatMap((effect) => (effect.do === 'stop' ? [effect.revision.split('-')[0]] : []));
    expect(gone()).toEqual(['edge']);
    world.wait(20);
    world.send(tick);
    world.run();
    expect(gone()).toEqual(['edge', 'core']);
  });

  it('leave in the time of the slowest of them', () => {
    const world = begun([stageOf([share('core', { previous: 1 }), share('edge', { previous: 1 })])], both);
    for (let i = 0; i < 9 && world.phase !== 'trimming'; i++) {
      for (const effect of world.rollout.pending) world.perform(effect);
      world.observe();
    }
    expect(world.rollout).toMatchObject({ phase: 'trimming', deadline: start + seconds(2 * 65) });
  });

  it('are as many as each has: a share goes back to all of them together', () => {
    const large = aMove(aService('core', { replicas: 4 }));
    const kept = stageOf([share('core', { next: 1, previous: 4 }), share('edge')]);
    const world = holding([kept], [large, edge]);
    setReplicas(world, id(edge), 0);
    expect(world.phase).toBe('withdrawing');
  });

  it('that a stage has taken away are not counted on for a way back, whatever was seen last', () => {
    const world = holding([first, second], both);
    setReplicas(world, both[1]?.previous?.id ?? '', 2);
    setReplicas(world, id(core), 0);
    expect(world.phase).toBe('holding');
  });
});

describe('evidence of several services', () => {
  const measure = (world: ReturnType<typeof bench>, ...all: readonly (readonly [Move, number, number])[]) =>
    world.send({
      type: 'measured',
      counts: all.map(([move, requests, failures]) => counts(id(move), requests, failures, move.service)),
    });
  const observedOf = (world: ReturnType<typeof bench>, subject: string) =>
    world.rollout.watch.verdict?.signals.find((each) => each.name === 'exposure' && each.subject === subject)
      ?.observed;

  it('is that of each by itself', () => {
    const world = holding([stageOf([share('core'), share('edge')])]);
    measure(world, [core, 30, 0], [edge, 70, 0]);
    expect([observedOf(world, 'core'), observedOf(world, 'edge')]).toEqual([30, 70]);
    world.hurt(edge.next?.id ?? '', 'edge', 70);
    expect(world.rollout).toMatchObject({ because: { code: 'gate_failed', facts: { subject: 'edge' } } });
  });

  it('is not asked for of a service that has no share yet', () => {
    const world = holding([stageOf([share('core', { weight: percent(0) }), share('edge')])]);
    measure(world, [edge, 100, 0]);
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
  });

  it('is asked for of those only whose step it is', () => {
    const world = holding([stageOf([share('core', { stepping: false }), share('edge')])]);
    measure(world, [core, 500, 0], [edge, 50, 0]);
    expect(world.rollout.watch.verdict?.kind).toBe('inconclusive');
    expect(observedOf(world, 'core')).toBeUndefined();
    measure(world, [core, 500, 0], [edge, 100, 0]);
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
  });

  it('is told of all of them when it goes back for want of it', () => {
    const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive: 'rollback' as const } };
    const world = bench(moves, { stages: [stageOf([share('core'), share('edge')])], policy });
    world.begin();
    world.run();
    measure(world, [core, 98, 0], [edge, 99, 0]);
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      because: { facts: { needs: expect.stringMatching(/core: .* needs 2 more; edge: .* needs 1 more/) } },
    });
  });
});

describe('consumers over several steps (R14)', () => {
  it('change from one step to the next: first those stop that lose, then those begin that gain', () => {
    const workers = aMove(aService('workers', { traffic: 'none', consumer, replicas: 4 }));
    const stages = [1, 2].map((next) =>
      stageOf(
        [share('edge'), share('workers', { next, previous: 4, active: { next, previous: 4 - next } })],
        {
          gate: 'none',
        },
      ),
    );
    const world = holding(stages, [edge, workers]);
    const from = world.told.length;
    world.wait(20);
    world.send(tick);
    world.run();
    const told = world.told.slice(from).map((effect) => {
      if (effect.do !== 'consume') return effect.do;
      return `${effect.revision === workers.next?.id ? 'new' : 'old'} ${effect.active}`;
    });
    expect(told).toEqual(['ensureReplicas', 'ensureReplicas', 'old 2', 'setRoute', 'new 2']);
  });
});

describe('a service without traffic and without jobs', () => {
  const timer = aMove(aService('timer', { traffic: 'none' }));
  const whole = { next: 2, weight: percent(100) };
  const quick = { hold: seconds(0), gate: 'none' } as const;
  const ready = (world: ReturnType<typeof bench>) => {
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
  };

  it('goes on to its next stage in the step in which it is ready', () => {
    const world = begun([stageOf([share('timer')], quick), stageOf([share('timer', whole)], quick)], [timer]);
    ready(world);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1, routedStage: 0 });
    ready(world);
    expect(world.phase).toBe('promoted');
    expect(world.told.map((effect) => effect.do)).toEqual(['ensureReplicas', 'ensureReplicas']);
  });

  it('goes back when it crashes twice (R8), and then counts as having no share', () => {
    const world = holding([stageOf([share('timer')], { gate: 'none' })], [timer]);
    world.replicas.set(id(timer), { count: 1, since: start, crashes: 2, detail: null });
    world.observe();
    expect(world.rollout).toMatchObject({
      phase: 'clearing',
      because: { code: 'gate_failed', facts: { signal: 'crashes' } },
      routedStage: -1,
      mayHaveTraffic: false,
    });
  });
});

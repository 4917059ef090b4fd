import { describe, expect, it } from 'vitest';
import type { Check } from '#core/system';
import { minutes, percent, seconds } from '#kernel';
import type { Stage } from './plan.ts';
import { aMove, aPolicy, aService, bench, canaryOf, counts, stableOf, start } from './release.fixture.ts';
import type { Phase, Readiness, Rollout } from './rollout.ts';
import { isWatching, judged, sawReadiness } from './watch.ts';

const aCheck = (name: string, every = seconds(60), timeout = seconds(30)): Check => ({
  name,
  run: { kind: 'http', service: 'edge', path: '/', samples: 1, p95: seconds(1) },
  secrets: [],
  needs: [],
  every,
  timeout,
});

function checking(...checks: readonly Check[]) {
  const names = checks.map(({ name }) => name);
  return { checks, policy: { ...aPolicy, gate: { ...aPolicy.gate, checks: names } } };
}

/** A canary that holds at 10 %. */
function holding(changes: Parameters<typeof bench>[1] = {}) {
  const world = bench(undefined, changes);
  world.begin();
  world.run();
  expect(world.phase).toBe('holding');
  const measure = (canary: readonly [number, number], stable: readonly [number, number] = [0, 0]) =>
    world.send({
      type: 'measured',
      counts: [counts(canaryOf(world.rollout), ...canary), counts(stableOf(world.rollout), ...stable)],
    });
  const running = () => world.rollout.pending.filter((effect) => effect.do === 'runCheck');
  const end = (green: boolean) =>
    world.send({ type: 'checkDone', id: running()[0]?.id ?? '', green, detail: 'p95 9 ms' });
  const arm = (role: string) => world.rollout.watch.arms.find((each) => each.role === role);
  return { world, measure, running, end, arm };
}

describe('counts', () => {
  it('are kept by service and arm, from the beginning of the hold', () => {
    const { world, measure, arm } = holding();
    measure([200, 0], [1_000, 3]);
    measure([230, 0], [1_500, 5]);
    expect(world.rollout.watch.arms.map(({ service, role }) => `${service} ${role}`)).toEqual([
      'edge canary',
      'edge stable',
    ]);
    expect(arm('canary')).toMatchObject({ revision: canaryOf(world.rollout), evidence: { requests: 230 } });
    expect(arm('stable')).toMatchObject({
      revision: stableOf(world.rollout),
      last: { requests: 1_500, failures: 5, epoch: 'a' },
      evidence: { requests: 500, failures: 2 },
    });
  });

  it('of other services, and of other revisions, are not those of an arm', () => {
    const { world, arm } = holding();
    world.send({
      type: 'measured',
      counts: [
        counts(canaryOf(world.rollout), 900, 900, 'core'),
        counts('edge-000000000000', 900, 900),
        counts(canaryOf(world.rollout), 50, 0),
      ],
    });
    expect(world.rollout.watch.arms).toHaveLength(1);
    expect(arm('canary')?.evidence.requests).toBe(50);
  });

  it('of two services with one name for their revision are kept apart', () => {
    const moves = [aMove(aService('edge')), aMove(aService('core'))].map((move) => ({
      ...move,
      next: move.next && { ...move.next, id: 'same' },
    }));
    const world = bench(moves);
    world.begin();
    world.run();
    const send = (edge: number, core: number) =>
      world.send({ type: 'measured', counts: [counts('same', edge, 0), counts('same', core, 0, 'core')] });
    send(10, 50);
    send(11, 70);
    expect(world.rollout.watch.arms.map(({ evidence }) => evidence.requests)).toEqual([11, 70]);
  });

  it('of a stable arm that was not measured before are not evidence: they are older', () => {
    const { measure, arm } = holding();
    measure([1, 0], [5_000, 4_000]);
    expect(arm('stable')?.evidence.requests).toBe(0);
  });
});

describe('what was seen', () => {
  const seen: Readiness = { revision: 'a', readySince: [start], running: 1, crashes: 0, detail: null };
  const rollout: Rollout = { ...bench().rollout, seen: [seen, { ...seen, revision: 'b' }] };
  const [a, b] = rollout.seen;

  it('and is the same as before leaves the rollout the same object', () => {
    expect(sawReadiness(rollout, structuredClone(rollout.seen))).toBe(rollout);
  });

  it.each<[string, Partial<Readiness>]>([
    ['revision', { revision: 'c' }],
    ['number of processes', { running: 2 }],
    ['number of crashes', { crashes: 1 }],
    ['reason', { detail: 'exited with code 1' }],
    ['replica more', { readySince: [start, start] }],
    ['replica less', { readySince: [] }],
    ['moment of readiness', { readySince: [minutes(99) as unknown as typeof start] }],
  ])('is taken in with another %s', (_, change) => {
    const shown = [a, { ...b, ...change }] as Readiness[];
    expect(sawReadiness(rollout, shown).seen).toEqual(shown);
  });

  it('is taken in with a revision more or less', () => {
    expect(sawReadiness(rollout, [seen]).seen).toEqual([seen]);
    expect(sawReadiness({ ...rollout, seen: [seen] }, rollout.seen).seen).toEqual(rollout.seen);
  });
});

describe('the look-out (R8)', () => {
  const at = { stage: 0, deadline: start } as const;
  const because = { code: 'aborted', facts: {}, verdict: null, at: start };
  const phases = [
    { phase: 'planned' },
    { phase: 'awaiting', stage: 0, since: start, until: start, approvals: [], opensAt: null },
    { phase: 'running', ...at, progress: null, finished: false },
    { phase: 'starting', ...at },
    { phase: 'routing', ...at, part: 'route' },
    { phase: 'withdrawing', ...at, part: 'route' },
    { phase: 'trimming', ...at, part: 'drain' },
    { phase: 'holding', stage: 0, since: start, until: start, held: false },
    { phase: 'returning', deadline: start, because },
    { phase: 'restoring', deadline: start, because, part: 'route' },
    { phase: 'clearing', deadline: start, because, part: 'drain' },
    { phase: 'promoted', at: start, keepUntil: start },
    { phase: 'rolledBack', at: start, because },
    { phase: 'failed', at: start, because },
  ] as const satisfies readonly Phase[];

  it('looks in every phase forward in which the canary may have traffic', () => {
    const looks = (mayHaveTraffic: boolean) =>
      phases
        .filter((phase) => isWatching({ ...bench().rollout, ...phase, mayHaveTraffic }))
        .map(({ phase }) => phase);
    expect(looks(true)).toEqual(['awaiting', 'running', 'starting', 'routing', 'trimming', 'holding']);
    expect(looks(false)).toEqual([]);
  });

  it('goes back with what the gate said, and when', () => {
    const { world } = holding();
    world.wait(5);
    world.hurt(canaryOf(world.rollout));
    expect(world.rollout).toMatchObject({
      because: {
        code: 'gate_failed',
        facts: { signal: 'errors', subject: 'edge', sentence: expect.stringContaining('20 of 80') },
        verdict: { kind: 'fail' },
        at: start + seconds(16),
      },
    });
  });

  it('goes back when the canary crashes twice, also outside a hold', () => {
    const { world, measure } = holding();
    measure([150, 0]);
    world.wait(21);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('starting');
    const canary = canaryOf(world.rollout);
    world.replicas.set(canary, { count: 1, since: start, crashes: 2, detail: null });
    world.observe();
    expect(world.rollout).toMatchObject({ because: { code: 'gate_failed', facts: { signal: 'crashes' } } });
  });

  it('keeps the same object while the verdict stays the same', () => {
    const { world, measure } = holding();
    measure([50, 0]);
    expect(judged(world.rollout, start)[0]).toBe(world.rollout);
  });

  it('compares the canary with the stable arm: trouble that both have is not the release', () => {
    const { world, measure } = holding();
    measure([0, 0], [0, 0]);
    measure([200, 40], [2_000, 400]);
    expect(world.phase).toBe('holding');
    expect(world.rollout.watch.verdict?.kind).toBe('inconclusive');
  });

  it('asks for no evidence of services without a share, nor of those without requests', () => {
    const worker = aMove(aService('workers', { traffic: 'none' }));
    const world = bench([aMove(aService('edge')), worker]);
    world.begin();
    world.run();
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 100, 0)] });
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
    expect(new Set(world.rollout.watch.verdict?.signals.map(({ subject }) => subject))).toEqual(
      new Set(['canary', 'edge']),
    );
  });

  it('looks for harm, not for evidence, in what moved in an earlier step', () => {
    const { stages } = bench([aMove(aService('core')), aMove(aService('edge'))]).rollout.plan;
    const stepping = stages.map((stage): Stage => {
      if (stage.kind !== 'shift') return stage;
      return { ...stage, services: stage.services.map((s) => ({ ...s, stepping: s.service === 'edge' })) };
    });
    const world = bench([aMove(aService('core')), aMove(aService('edge'))], { stages: stepping });
    world.begin();
    world.run();
    const [core, edge] = world.rollout.plan.moves.map(({ next }) => next?.id ?? '');
    world.send({ type: 'measured', counts: [counts(edge ?? '', 100, 0)] });
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
    world.hurt(core ?? '', 'core');
    expect(world.rollout).toMatchObject({ because: { facts: { subject: 'core' } } });
  });

  it('says before any request that nothing was measured', () => {
    const { world, measure } = holding();
    measure([0, 0]);
    expect(world.rollout.watch.verdict?.kind).toBe('notMeasured');
  });
});

describe('checks', () => {
  it('are all begun with the hold, each with its own time', () => {
    const { world, running } = holding(checking(aCheck('login'), aCheck('mail', seconds(5), seconds(3))));
    expect(running()).toMatchObject([
      { check: 'login', arm: 'canary', deadline: start + seconds(30) },
      { check: 'mail', arm: 'canary', deadline: start + seconds(3) },
    ]);
    world.send({ type: 'tick' });
    expect(running()).toHaveLength(2); // one that runs is not begun again
  });

  it('are repeated after their interval, one by one, and their result stands until then', () => {
    const { world, running, end } = holding(
      checking(aCheck('login'), aCheck('mail', seconds(5), seconds(3))),
    );
    world.wait(1);
    end(true);
    end(true);
    expect(world.rollout.watch.checks).toEqual([
      {
        name: 'login',
        nextAt: start + 61_000,
        result: { green: true, detail: 'p95 9 ms', at: start + 1_000 },
      },
      { name: 'mail', nextAt: start + 6_000, result: { green: true, detail: 'p95 9 ms', at: start + 1_000 } },
    ]);
    world.wait(4);
    world.send({ type: 'tick' });
    expect(running()).toEqual([]);
    world.wait(1);
    world.send({ type: 'tick' });
    expect(running()).toMatchObject([{ check: 'mail' }]);
    expect(world.rollout.watch.checks[1]?.result?.green).toBe(true);
  });

  it('that could not be run keep the result they had, and the others theirs', () => {
    const { world, running, end } = holding(checking(aCheck('login', seconds(9)), aCheck('mail')));
    end(true);
    end(true);
    world.wait(9);
    world.send({ type: 'tick' });
    const failure = { code: 'check_broken', facts: {} };
    world.send({ type: 'effectFailed', id: running()[0]?.id ?? '', failure });
    expect(running()).toEqual([]);
    expect(world.rollout.watch.checks).toMatchObject([
      { name: 'login', nextAt: start + seconds(18), result: { green: true } },
      { name: 'mail', nextAt: start + seconds(60), result: { green: true } },
    ]);
  });

  it('say nothing where it is not theirs: a late result, or the result of something else', () => {
    const { world, running, end } = holding(checking(aCheck('login')));
    const id = running()[0]?.id ?? '';
    end(true);
    const before = world.rollout;
    world.send({ type: 'checkDone', id, green: false, detail: '' });
    world.send({ type: 'effectFailed', id, failure: { code: 'check_broken', facts: {} } });
    expect(world.rollout).toBe(before);
    const starting = bench();
    starting.begin();
    const effect = starting.rollout.pending[0];
    const state = starting.rollout;
    starting.send({ type: 'checkDone', id: effect?.id ?? '', green: false, detail: '' });
    expect(starting.rollout).toBe(state);
  });

  it('of the step before do not count for this one (R7)', () => {
    const steps = [10, 50].map((weight) => ({ weight: percent(weight), hold: seconds(20), gate: true }));
    const strategy = { kind: 'canary', by: 'requests', advance: 'gate', steps } as const;
    const world = bench([aMove(aService('edge', { strategy }))], checking(aCheck('login')));
    world.begin();
    world.run();
    const running = () => world.rollout.pending.find((effect) => effect.do === 'runCheck')?.id ?? '';
    world.send({ type: 'checkDone', id: running(), green: true, detail: '' });
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 100, 0)] });
    world.wait(20);
    world.send({ type: 'tick' });
    world.run();
    expect(world.rollout).toMatchObject({
      phase: 'holding',
      stage: 1,
      watch: {
        checks: [{ name: 'login', nextAt: start + seconds(20), result: null }],
        verdict: { kind: 'notMeasured' },
      },
    });
    expect(running()).not.toBe('');
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 150, 0)] });
    expect(world.rollout.watch.arms[0]?.evidence.requests).toBe(50);
  });

  it('are not run where the gate asks for nothing, and are where it only watches', () => {
    const gated = (gate: 'none' | 'watch') => {
      const { stages } = bench().rollout.plan;
      const changed = stages.map((stage): Stage => (stage.kind === 'shift' ? { ...stage, gate } : stage));
      return holding({ ...checking(aCheck('login')), stages: changed });
    };
    const none = gated('none');
    expect(none.running()).toEqual([]);
    none.measure([1, 0]);
    expect(none.world.rollout.watch.verdict?.kind).toBe('pass');
    const watch = gated('watch');
    expect(watch.running()).toHaveLength(1);
    watch.measure([1, 0]);
    expect(watch.world.rollout.watch.verdict?.kind).toBe('notMeasured');
    watch.end(false);
    expect(watch.world.rollout).toMatchObject({ because: { facts: { signal: 'check' } } });
  });
});

describe('consumers whose jobs are counted', () => {
  const consumer = { pause: '/-/pause', resume: '/-/resume' };
  const step = { weight: percent(25), hold: seconds(20), gate: true };
  const strategy = { kind: 'canary', steps: [step], by: 'requests', advance: 'gate' } as const;
  const measure = {
    from: 'prometheus',
    url: 'http://127.0.0.1:9090',
    requests: 'a',
    failures: 'b',
    latency: null,
  } as const;
  const workers = aMove(aService('workers', { traffic: 'none', consumer, replicas: 4, strategy, measure }));
  const underWay = () => {
    const world = bench([workers]);
    world.begin();
    world.run();
    return world;
  };

  it('are asked for evidence as those that answer requests are', () => {
    const world = underWay();
    world.wait(20);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'holding', stage: 0, held: true });
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 100, 0, 'workers')] });
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('go back when too many of their jobs fail', () => {
    const world = underWay();
    world.hurt(canaryOf(world.rollout), 'workers');
    expect(world.rollout).toMatchObject({ because: { code: 'gate_failed', facts: { subject: 'workers' } } });
  });
});

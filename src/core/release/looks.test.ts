import { describe, expect, it } from 'vitest';
import type { Check } from '#core/system';
import { seconds } from '#kernel';
import { aMove, aPolicy, aService, bench, canaryOf, counts, stableOf, start } from './release.fixture.ts';
import type { Readiness } from './rollout.ts';
import { all, begun, canaryStage, measure, setReplicas, tick } from './stages.fixture.ts';
import { measured, sawReadiness } from './watch.ts';

/** What one look after the other tells, and what two of them that tell the same do not change. */

const aCheck = (name: string, every: number): Check => ({
  name,
  run: { kind: 'http', service: 'edge', path: '/', samples: 1, p95: seconds(1) },
  secrets: [],
  needs: [],
  every: seconds(every),
  timeout: seconds(300),
});

function holding(checks: readonly Check[] = [], stages = [canaryStage(), all], policy = aPolicy) {
  const gate = { ...policy.gate, checks: checks.map(({ name }) => name) };
  const world = begun(stages, { checks, policy: { ...policy, gate } });
  world.run();
  expect(world.phase).toBe('holding');
  const running = () => world.rollout.pending.flatMap((each) => (each.do === 'runCheck' ? [each.check] : []));
  const end = (check: string, green: boolean, detail = '') => {
    const effect = world.rollout.pending.find((each) => each.do === 'runCheck' && each.check === check);
    world.send({ type: 'checkDone', id: effect?.id ?? '', green, detail });
  };
  return { world, running, end };
}

describe('a look at the counts', () => {
  const evidence = (world: ReturnType<typeof bench>) => world.rollout.watch.arms[0]?.evidence;

  it('that tells the same as the one before leaves the rollout the same object', () => {
    const { world } = holding();
    measure(world, 50, 0);
    const before = world.rollout;
    measure(world, 50, 0);
    expect(world.rollout).toBe(before);
  });

  it('is taken in when only failures came, or another process counts', () => {
    const { world } = holding();
    measure(world, 50, 0);
    measure(world, 50, 1);
    expect(evidence(world)).toMatchObject({ requests: 50, failures: 1 });
    const other = { ...counts(canaryOf(world.rollout), 50, 1), epoch: 'b' };
    world.send({ type: 'measured', counts: [other] });
    expect(evidence(world)).toMatchObject({ requests: 100, failures: 2 });
  });

  it('that shows one arm more, or changes one of two, is taken in', () => {
    const { world } = holding();
    measure(world, 50);
    const canary = counts(canaryOf(world.rollout), 50, 0);
    const stable = counts(world.rollout.plan.moves[0]?.previous?.id ?? '', 9, 0);
    world.send({ type: 'measured', counts: [canary, stable] });
    expect(world.rollout.watch.arms.map(({ last }) => last.requests)).toEqual([50, 9]);
    world.send({ type: 'measured', counts: [canary, { ...stable, requests: 19 }] });
    expect(world.rollout.watch.arms.map(({ last }) => last.requests)).toEqual([50, 19]);
  });

  it('does not speak of sides that a new or removed service does not have', () => {
    const world = bench([aMove(aService('edge'), 'new')]);
    const [next] = measured(world.rollout, [], [], start);
    expect(next.watch.arms).toEqual([]);
  });

  it('knows a revision by its service too', () => {
    const moves = [aMove(aService('edge')), aMove(aService('core'))].map((move) => ({
      ...move,
      next: move.next && { ...move.next, id: 'same' },
    }));
    const world = bench(moves);
    const send = (edge: number, core: number) =>
      world.send({ type: 'measured', counts: [counts('same', edge, 0), counts('same', core, 0, 'core')] });
    send(5, 1_000);
    world.send({ type: 'begin' });
    world.run();
    send(15, 1_007);
    expect(world.rollout.watch.arms.map(({ evidence: { requests } }) => requests)).toEqual([10, 7]);
  });
});

describe('a look at the replicas', () => {
  const serve = (world: ReturnType<typeof bench>, canary: number, stable: number) => {
    const [next, previous] = [canaryOf(world.rollout), stableOf(world.rollout)];
    world.send({ type: 'measured', counts: [counts(next, canary, 0), counts(previous, stable, 0)] });
  };

  it('that shows nothing new leaves the rollout the same object, also while the gate waits for evidence', () => {
    const { world } = holding();
    serve(world, 0, 0);
    world.wait(1);
    serve(world, 10, 90);
    const before = world.rollout;
    expect(before.watch.verdict).toMatchObject({ kind: 'inconclusive', estimate: { seconds: 9 } });
    world.wait(1);
    world.observe();
    expect(world.rollout).toBe(before);
  });

  it('that shows nothing new leaves it the same after a fall too: time is counted with the requests', () => {
    const { world } = holding();
    setReplicas(world, canaryOf(world.rollout), 1, 1);
    const before = world.rollout;
    world.wait(1);
    world.observe();
    expect(world.rollout).toBe(before);
    serve(world, 0, 0);
    expect(world.rollout.watch.crashes.evidence.replicaSeconds).toBe(1);
  });

  it('is taken in when one of two became ready at another moment', () => {
    const seen: Readiness = {
      revision: 'a',
      readySince: [start, start],
      running: 2,
      crashes: 0,
      detail: null,
    };
    const rollout = { ...bench().rollout, seen: [seen] };
    const [since] = [bench().rollout.overBy];
    const shown = [{ ...seen, readySince: [start, since] }];
    expect(sawReadiness(rollout, shown).seen).toEqual(shown);
  });
});

describe('a check', () => {
  it('that takes long does not keep another one from being repeated, and is not begun twice', () => {
    const { world, running, end } = holding([aCheck('login', 5), aCheck('mail', 5)]);
    end('mail', true);
    world.wait(5);
    world.send(tick);
    expect(running()).toEqual(['login', 'mail']);
    expect(world.told.filter((effect) => effect.do === 'runCheck')).toHaveLength(3);
  });

  it('has the result that was told for it, whichever ends first', () => {
    const { world, end } = holding([aCheck('login', 60), aCheck('mail', 60)]);
    end('mail', true, 'mail came');
    expect(world.rollout.watch.checks).toMatchObject([
      { name: 'login', result: null },
      { name: 'mail', result: { detail: 'mail came' } },
    ]);
    world.wait(1);
    end('login', true, 'logged in');
    expect(world.rollout.watch.checks).toMatchObject([
      { nextAt: start + seconds(61), result: { detail: 'logged in' } },
      { nextAt: start + seconds(60), result: { detail: 'mail came' } },
    ]);
  });

  it('has no result by a word that is of none of them', () => {
    const { world } = holding([aCheck('login', 60), aCheck('mail', 60)]);
    const before = world.rollout;
    world.send({ type: 'checkDone', id: '1/99.1', green: false, detail: '' });
    expect(world.rollout).toBe(before);
  });

  it('is not begun again once its hold is over', () => {
    const { world, running, end } = holding([aCheck('login', 5)]);
    end('login', true);
    measure(world, 100);
    world.wait(20);
    world.send(tick);
    expect(world.phase).toBe('starting');
    world.wait(60);
    world.send(tick);
    expect(running()).toEqual([]);
  });

  it('proves a preview by itself: without a share there are no requests to ask for', () => {
    const preview = canaryStage({}, 2, 2, 0);
    const { world, end } = holding([aCheck('login', 60)], [preview, all]);
    expect(world.rollout.watch.verdict?.kind).toBe('notMeasured');
    end('login', true);
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
    world.wait(20);
    world.send(tick);
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 1 });
  });

  it('has to be heard before a hold goes back for want of evidence', () => {
    const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive: 'rollback' as const } };
    const { world, end } = holding([aCheck('login', 60), aCheck('mail', 60)], undefined, policy);
    world.wait(20);
    world.send(tick);
    end('login', true);
    expect(world.rollout).toMatchObject({ phase: 'holding', held: true });
    end('mail', true);
    expect(world.rollout).toMatchObject({ because: { code: 'gate_inconclusive' } });
  });
});

describe('a hold over which nobody looked', () => {
  it('goes back for want of evidence, where that is declared, and says that nothing was measured', () => {
    const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive: 'rollback' as const } };
    const { world } = holding([], undefined, policy);
    world.wait(20);
    world.send({ type: 'tookOver', away: seconds(20) });
    expect(world.phase).toBe('holding');
    world.wait(2);
    world.send(tick);
    expect(world.rollout).toMatchObject({
      because: { code: 'gate_inconclusive', facts: { needs: 'nothing was measured' }, verdict: null },
    });
  });
});

describe('a router that fails while replicas are lost', () => {
  it('is not asked again: the stage is begun again, so that nothing gets a share without capacity (R1)', () => {
    const world = begun([canaryStage(), all]);
    for (const effect of world.rollout.pending) world.perform(effect);
    world.observe();
    const failure = { code: 'router_unreachable', facts: {} };
    const fail = () => world.send({ type: 'effectFailed', id: world.rollout.pending[0]?.id ?? '', failure });
    fail();
    expect(world.rollout).toMatchObject({ phase: 'routing', pending: [{ do: 'setRoute', attempt: 2 }] });
    setReplicas(world, canaryOf(world.rollout), 0);
    fail();
    expect(world.rollout).toMatchObject({ phase: 'starting', stage: 0 });
    expect(world.rollout.pending).toMatchObject([{ do: 'ensureReplicas' }]);
  });

  it('is not asked again to give all to the previous revision when that is lost as well (R1)', () => {
    const { world } = holding();
    const failure = { code: 'router_unreachable', facts: {} };
    const fail = () => world.send({ type: 'effectFailed', id: world.rollout.pending[0]?.id ?? '', failure });
    setReplicas(world, canaryOf(world.rollout), 0);
    fail();
    expect(world.rollout).toMatchObject({ phase: 'withdrawing', pending: [{ do: 'setRoute', attempt: 2 }] });
    setReplicas(world, stableOf(world.rollout), 0);
    fail();
    expect(world.rollout).toMatchObject({ phase: 'starting', pending: [{ do: 'ensureReplicas' }] });
    setReplicas(world, stableOf(world.rollout), 2);
    expect(world.rollout).toMatchObject({ phase: 'withdrawing', pending: [{ do: 'setRoute', attempt: 1 }] });
  });

  it('is not asked again on the way back either: the previous revision is made whole first (R1)', () => {
    const { world } = holding();
    const failure = { code: 'router_unreachable', facts: {} };
    const fail = () => world.send({ type: 'effectFailed', id: world.rollout.pending[0]?.id ?? '', failure });
    world.send({ type: 'abort', by: 'ann', note: '' });
    fail();
    expect(world.rollout).toMatchObject({ phase: 'restoring', pending: [{ do: 'setRoute', attempt: 2 }] });
    setReplicas(world, stableOf(world.rollout), 0);
    fail();
    expect(world.rollout).toMatchObject({ phase: 'returning', pending: [{ do: 'ensureReplicas' }] });
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'aborted' } });
  });
});

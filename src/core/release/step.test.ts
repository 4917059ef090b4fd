import { describe, expect, it } from 'vitest';
import { seconds } from '#kernel';
import type { Effect } from './effect.ts';
import { aMove, aPolicy, aService, bench, canaryOf, counts, stableOf, start } from './release.fixture.ts';
import { isOver } from './step.ts';

describe('a canary', () => {
  it('starts replicas for its share, moves 10 % of the traffic, holds, and is promoted on evidence', () => {
    const world = bench();
    world.begin();
    expect(world.told.map((effect) => [effect.do, 'count' in effect ? effect.count : 0])).toEqual([
      ['ensureReplicas', 1],
    ]);
    world.run();
    expect(world.phase).toBe('holding');
    expect(world.weights).toEqual([[90, 10]]);

    world.send({
      type: 'measured',
      counts: [counts(canaryOf(world.rollout), 200, 0), counts(stableOf(world.rollout), 1_800, 0)],
    });
    world.wait(21);
    world.send({ type: 'tick' });
    world.run();
    expect(world.phase).toBe('promoted');
    expect(world.weights).toEqual([[100]]);
    expect(world.replicas.get(stableOf(world.rollout))?.count).toBe(2); // R9: still warm
  });

  it('does not move traffic before its replicas are ready (R1)', () => {
    const world = bench();
    world.begin();
    const [effect] = world.rollout.pending;
    world.send({ type: 'effectDone', id: effect?.id ?? '' });
    world.observe();
    expect(world.phase).toBe('starting');
    expect(world.told.some((each) => each.do === 'setRoute')).toBe(false);
  });

  it('goes back when the gate sees harm, and takes the first cause with it', () => {
    const world = bench();
    world.begin();
    world.run();
    world.hurt(canaryOf(world.rollout));
    expect(world.phase).toBe('restoring');
    expect(world.weights).toEqual([[100, 0]]);
    world.run();
    expect(world.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'gate_failed', verdict: { kind: 'fail' } },
    });
    expect(world.replicas.get(canaryOf(world.rollout))?.count).toBe(0);
  });

  it('sees harm outside a hold too (R8)', () => {
    const world = bench();
    world.begin();
    world.run();
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 200, 0)] });
    world.wait(21);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('starting'); // of the second step, with 10 % still on the canary
    world.hurt(canaryOf(world.rollout), 'edge', 200);
    expect(world.phase).toBe('restoring');
  });

  it('never ends a gated hold without evidence (R7)', () => {
    const world = bench();
    world.begin();
    world.run();
    world.wait(3_600);
    for (let i = 0; i < 5; i++) world.send({ type: 'tick' });
    expect(world.phase).toBe('holding');
    expect(world.rollout.watch.verdict?.kind).not.toBe('pass');
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 99, 0)] });
    expect(world.rollout.watch.verdict).toMatchObject({
      kind: 'inconclusive',
      needs: [expect.stringContaining('needs 1 more')],
    });
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 100, 0)] });
    expect(world.phase).toBe('starting');
  });

  it('goes back without enough evidence where the definition says so', () => {
    const policy = { ...aPolicy, gate: { ...aPolicy.gate, onInconclusive: 'rollback' as const } };
    const world = bench(undefined, { policy });
    world.begin();
    world.run();
    world.wait(21);
    world.send({ type: 'tick' });
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'gate_inconclusive' } });
  });

  it('gives its traffic back when it loses its capacity, and begins the step again (R1)', () => {
    const world = bench();
    world.begin();
    world.run();
    const canary = canaryOf(world.rollout);
    world.replicas.set(canary, { count: 0, since: start, crashes: 1, detail: 'exited with code 1' });
    world.observe();
    expect(world.phase).toBe('withdrawing');
    expect(world.weights).toEqual([[100, 0]]);
    world.run();
    expect(world.phase).toBe('holding');
    expect(world.weights).toEqual([[90, 10]]);
    world.replicas.set(canary, { count: 1, since: start, crashes: 2, detail: null });
    world.observe();
    expect(world.phase).toBe('restoring'); // a second crash is the release
  });

  it('forgets the totals a revision brought from before this rollout', () => {
    const world = bench();
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 1_000, 900)] });
    world.send({ type: 'begin' });
    world.run();
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 1_150, 900)] });
    expect(world.phase).toBe('holding');
    expect(world.rollout.watch.verdict?.kind).toBe('pass');
  });
});

describe('a rollout that cannot start', () => {
  it('goes back at once where the target says why', () => {
    const world = bench();
    world.begin();
    world.send({
      type: 'effectFailed',
      id: world.rollout.pending[0]?.id ?? '',
      failure: { code: 'command_not_found', facts: { command: 'nodd' } },
    });
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'command_not_found' } });
    expect(world.told.some((effect) => effect.do === 'setRoute')).toBe(false);
  });

  it('goes back at its deadline, saying what it waited for', () => {
    const world = bench();
    world.begin();
    world.send({ type: 'effectDone', id: world.rollout.pending[0]?.id ?? '' });
    world.replicas.set(canaryOf(world.rollout), {
      count: 0,
      since: start,
      crashes: 0,
      detail: 'GET /readyz answered 503',
    });
    world.observe();
    world.wait(121);
    world.send({ type: 'tick' });
    world.run();
    expect(world.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'not_ready_in_time', facts: { detail: 'GET /readyz answered 503' } },
    });
  });

  it('does not wait for the deadline when it crashes over and over', () => {
    const world = bench();
    world.begin();
    world.send({ type: 'effectDone', id: world.rollout.pending[0]?.id ?? '' });
    world.replicas.set(canaryOf(world.rollout), {
      count: 0,
      since: start,
      crashes: 3,
      detail: 'exited with code 1',
    });
    world.observe();
    world.run();
    expect(world.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'crash_loop' } });
  });

  it('has failed where there is nothing to go back to', () => {
    const world = bench([aMove(aService('edge'), 'new')], { from: null }, 'first');
    world.begin();
    world.send({
      type: 'effectFailed',
      id: world.rollout.pending[0]?.id ?? '',
      failure: { code: 'command_not_found', facts: {} },
    });
    world.run();
    expect(world.phase).toBe('failed');
  });
});

describe('the router', () => {
  it('is asked again, later each time, until the deadline ends the rollout', () => {
    const world = bench();
    world.begin();
    world.perform(world.rollout.pending[0] as Effect);
    world.observe();
    const ids = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const effect = world.rollout.pending[0] as Effect;
      ids.add(effect.id);
      world.send({ type: 'effectFailed', id: effect.id, failure: { code: 'router_unreachable', facts: {} } });
    }
    expect(ids.size).toBe(3);
    world.wait(11);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'restoring', because: { code: 'step_timed_out' } });
  });

  it('that never acknowledges the way back leaves the rollout failed, for a person', () => {
    const world = bench();
    world.begin();
    world.run();
    world.send({ type: 'abort', by: 'ann', note: '' });
    expect(world.phase).toBe('restoring');
    world.wait(121);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('failed');
    expect(world.rollout.mayHaveTraffic).toBe(true);
  });
});

describe('checks', () => {
  const check = {
    name: 'login',
    run: { kind: 'http', service: 'edge', path: '/', samples: 1, p95: seconds(1) },
    secrets: [],
    needs: [],
    every: seconds(60),
    timeout: seconds(30),
  } as const;
  const checked = { checks: [check], policy: { ...aPolicy, gate: { ...aPolicy.gate, checks: ['login'] } } };

  it('are run in a gated hold, and the step waits for a green one', () => {
    const world = bench(undefined, checked);
    world.begin();
    world.run();
    const running = world.rollout.pending.find((effect) => effect.do === 'runCheck');
    expect(running).toMatchObject({ check: 'login', arm: 'canary' });
    world.send({ type: 'measured', counts: [counts(canaryOf(world.rollout), 500, 0)] });
    world.wait(30);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('holding');
    expect(world.rollout.watch.verdict?.kind).toBe('notMeasured');
    world.send({ type: 'checkDone', id: running?.id ?? '', green: true, detail: 'p95 12 ms' });
    expect(world.phase).toBe('starting');
  });

  it('that are red end the release', () => {
    const world = bench(undefined, checked);
    world.begin();
    world.run();
    const running = world.rollout.pending.find((effect) => effect.do === 'runCheck');
    world.send({ type: 'checkDone', id: running?.id ?? '', green: false, detail: 'p95 900 ms' });
    world.run();
    expect(world.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { facts: { signal: 'check', subject: 'login' } },
    });
  });

  it('that could not be run are no result and are tried again (R7)', () => {
    const world = bench(undefined, checked);
    world.begin();
    world.run();
    const running = world.rollout.pending.find((effect) => effect.do === 'runCheck');
    world.send({ type: 'effectFailed', id: running?.id ?? '', failure: { code: 'check_broken', facts: {} } });
    expect(world.phase).toBe('holding');
    expect(world.rollout.pending).toEqual([]);
    world.wait(61);
    world.send({ type: 'tick' });
    expect(world.rollout.pending).toMatchObject([{ do: 'runCheck', check: 'login' }]);
  });
});

describe('a rolling release', () => {
  it('replaces one replica after the other and never holds less than all of them', () => {
    const strategy = { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(0) } as const;
    const world = bench([aMove(aService('edge', { strategy, replicas: 3 }))]);
    world.begin();
    const seen: number[][] = [];
    for (let rounds = 0; rounds < 50 && !isOver(world.rollout); rounds++) {
      for (const effect of world.rollout.pending) world.perform(effect);
      world.observe();
      seen.push([
        world.replicas.get(canaryOf(world.rollout))?.count ?? 0,
        world.replicas.get(stableOf(world.rollout))?.count ?? 0,
      ]);
    }
    expect(world.phase).toBe('promoted');
    expect(Math.min(...seen.map(([next = 0, previous = 0]) => next + previous))).toBeGreaterThanOrEqual(3);
    expect(seen.at(-1)).toEqual([3, 0]);
    const weights = world.told.flatMap((effect) =>
      effect.do === 'setRoute' ? [effect.table.routes[0]?.arms.at(-1)?.weight] : [],
    );
    expect(weights).toEqual([33, 67, 100]);
  });

  it('starts the old replicas again before it moves traffic back (R1)', () => {
    const strategy = { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(0) } as const;
    const world = bench([aMove(aService('edge', { strategy }))]);
    world.begin();
    while (world.replicas.get(stableOf(world.rollout))?.count === 2) {
      for (const effect of world.rollout.pending) world.perform(effect);
      world.observe();
    }
    world.observe();
    world.send({ type: 'abort', by: 'ann', note: '' });
    expect(world.phase).toBe('returning');
    expect(world.rollout.pending).toMatchObject([
      { do: 'ensureReplicas', revision: stableOf(world.rollout), count: 2 },
    ]);
    world.run();
    expect(world.phase).toBe('rolledBack');
    expect(world.replicas.get(stableOf(world.rollout))?.count).toBe(2);
  });
});

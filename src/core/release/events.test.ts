import { describe, expect, it } from 'vitest';
import { days, seconds } from '#kernel';
import type { Effect } from './effect.ts';
import { aMove, aPolicy, aService, bench, canaryOf, counts, start } from './release.fixture.ts';
import { isOver, step } from './step.ts';
import { noWatch } from './watch.ts';

describe('a controller that takes over', () => {
  it('gives what is waited for the time in which nobody could hear of it', () => {
    const world = bench();
    world.begin();
    world.wait(300);
    world.send({ type: 'tookOver', away: seconds(300) });
    expect(world.rollout).toMatchObject({ phase: 'starting', deadline: start + seconds(420) });
    expect(world.rollout.pending).toMatchObject([{ deadline: start + seconds(420) }]);
    expect('until' in world.rollout).toBe(false);
    world.run();
    expect(world.phase).toBe('holding');
  });

  it('looks twice before a hold may end: nobody looked meanwhile (R7)', () => {
    const world = bench();
    world.begin();
    world.run();
    world.wait(60);
    world.send({ type: 'tookOver', away: seconds(60) });
    expect(world.rollout).toMatchObject({ phase: 'holding', until: start + seconds(62) });
    expect(world.rollout.watch.verdict).toBeNull();
  });

  it('does not make a hold longer: it goes on by the clock', () => {
    const world = bench();
    world.begin();
    world.run();
    world.send({ type: 'tookOver', away: seconds(300) });
    expect(world.rollout).toMatchObject({ phase: 'holding', until: start + seconds(20) });
    expect('deadline' in world.rollout).toBe(false);
  });
});

describe('results', () => {
  it('of an effect that was given up change nothing', () => {
    const world = bench();
    world.begin();
    const late = world.rollout.pending[0]?.id ?? '';
    world.send({ type: 'effectDone', id: late });
    const before = world.rollout;
    world.send({ type: 'effectDone', id: late });
    world.send({ type: 'effectFailed', id: late, failure: { code: 'command_not_found', facts: {} } });
    expect(world.rollout).toBe(before);
  });

  it('end a phase only when all of them are there', () => {
    const world = bench([aMove(aService('edge')), aMove(aService('core'))]);
    world.begin();
    world.run();
    world.send({ type: 'abort', by: 'ann', note: '' });
    world.perform(world.rollout.pending[0] as Effect);
    expect(world.rollout).toMatchObject({ phase: 'clearing', part: 'drain' });
    world.perform(world.rollout.pending[0] as Effect);
    expect(world.rollout).toMatchObject({ phase: 'clearing', part: 'drain' });
    world.perform(world.rollout.pending[0] as Effect);
    expect(world.rollout).toMatchObject({ phase: 'clearing', part: 'stop' });
  });

  it('after the end change nothing, and neither does anything else (R12)', () => {
    const world = bench();
    world.begin();
    world.send({ type: 'abort', by: 'ann', note: '' });
    world.run();
    const end = world.rollout;
    expect(isOver(end)).toBe(true);
    world.wait(days(8) / 1_000);
    world.send({ type: 'tick' });
    world.send({ type: 'begin' });
    world.observe();
    world.send({ type: 'tookOver', away: seconds(1) });
    expect(world.rollout).toBe(end);
  });

  it('after a promotion or a failure change nothing either (R12)', () => {
    const { rollout } = bench();
    const because = { code: 'aborted', facts: {}, verdict: null, at: start };
    for (const end of [
      { ...rollout, phase: 'promoted', at: start, keepUntil: start },
      { ...rollout, phase: 'failed', at: start, because },
    ] as const) {
      expect(isOver(end)).toBe(true);
      expect(step(end, { type: 'measured', counts: [counts(canaryOf(end), 9, 9)] }, start)[0]).toBe(end);
    }
  });

  it('that were given up in the same step are not asked for: a rollout whose time is over begins nothing', () => {
    const world = bench();
    world.wait(days(8) / 1_000);
    const asked = world.send({ type: 'begin' });
    expect(world.rollout).toMatchObject({ because: { code: 'rollout_timed_out' } });
    expect(asked.map(({ id }) => id)).toEqual(world.rollout.pending.map(({ id }) => id));
  });

  it.each(['effect_timed_out', 'effect_cancelled', 'target_busy'])(
    'of a start that may pass by themselves (%s) are tried again in the same time',
    (code) => {
      const world = bench();
      world.begin();
      world.send({ type: 'effectFailed', id: '1/1.1', failure: { code, facts: {} } });
      expect(world.rollout).toMatchObject({
        phase: 'starting',
        pending: [{ do: 'ensureReplicas', id: '1/1.2', notBefore: start + 200, deadline: start + 120_200 }],
      });
    },
  );

  it('of a start that cannot pass are the cause, with the facts of the target', () => {
    const world = bench();
    world.begin();
    world.wait(3);
    const failure = { code: 'command_not_found', facts: { command: 'nodd' } };
    world.send({ type: 'effectFailed', id: '1/1.1', failure });
    expect(world.rollout).toMatchObject({ because: { ...failure, verdict: null, at: start + 3_000 } });
  });

  it('of anything else are tried again, whatever the reason', () => {
    const world = bench();
    world.begin();
    world.run();
    world.send({ type: 'abort', by: 'ann', note: '' });
    const id = world.rollout.pending[0]?.id ?? '';
    world.send({ type: 'effectFailed', id, failure: { code: 'router_unreachable', facts: {} } });
    expect(world.rollout).toMatchObject({ phase: 'restoring', pending: [{ do: 'setRoute', attempt: 2 }] });
  });
});

describe('a rollout', () => {
  it('begins once', () => {
    const world = bench();
    world.begin();
    world.run();
    const before = world.rollout;
    world.send({ type: 'begin' });
    expect(world.rollout).toBe(before);
  });

  it('does not act on what people may not ask for now', () => {
    const world = bench();
    world.begin();
    const before = world.rollout;
    world.send({ type: 'promote', by: 'ann', note: '' });
    world.send({ type: 'approve', by: 'ann', note: '', role: 'owner' });
    world.send({ type: 'resume', by: 'ann', note: '' });
    world.send({ type: 'supersede', by: 'ann', release: 3 });
    expect(world.rollout).toBe(before);
  });

  it('gives way to a newer release, and says who asked and which', () => {
    const world = bench(undefined, { policy: { ...aPolicy, supersede: 'always' } });
    world.begin();
    world.wait(4);
    world.send({ type: 'supersede', by: 'bob', release: 3 });
    expect(world.rollout).toMatchObject({
      because: { code: 'superseded', facts: { by: 'bob', release: 3 }, verdict: null, at: start + 4_000 },
    });
  });

  it.each([
    ['routing', 10],
    ['withdrawing', 10],
    ['trimming', 40],
  ] as const)('whose %s is not done in its time goes back, and says since when it ran', (phase, limit) => {
    const strategy = { kind: 'rolling', surge: 1, unavailable: 0, settle: seconds(0) } as const;
    const world = phase === 'trimming' ? bench([aMove(aService('edge', { strategy }))]) : bench();
    world.wait(1);
    world.begin();
    for (let i = 0; i < 9 && world.phase !== phase; i++) {
      if (world.phase === 'holding') {
        world.replicas.set(canaryOf(world.rollout), { count: 0, since: start, crashes: 0, detail: null });
      } else for (const effect of world.rollout.pending) world.perform(effect);
      world.observe();
    }
    expect(world.phase).toBe(phase);
    world.wait(limit - 1);
    world.send({ type: 'tick' });
    expect(world.phase).toBe(phase);
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({
      because: {
        code: 'step_timed_out',
        facts: { phase, waited: seconds(limit + 1) },
        verdict: null,
        at: start + seconds(limit + 1),
      },
    });
  });

  it('that was planned knows the route in force and by when it must be over', () => {
    expect(bench().rollout).toEqual({
      format: 2,
      plan: bench().rollout.plan,
      startedAt: start,
      overBy: start + days(7),
      paused: null,
      committed: false,
      ignored: [],
      routeVersion: 5,
      routedStage: -1,
      mayHaveTraffic: false,
      crashesBefore: {},
      pending: [],
      effectsIssued: 0,
      seen: [],
      watch: noWatch,
      phase: 'planned',
    });
  });
});

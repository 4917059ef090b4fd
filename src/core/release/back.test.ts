import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '#kernel';
import { shiftsOf } from '#core/plan';
import type { Move, RolloutPlan } from './plan.ts';
import { aMove, aRevision, aService, bench, canaryOf, stableOf, start } from './release.fixture.ts';
import { plannedRollout, step } from './step.ts';

const edge = aMove(aService('edge'));
const consumer = { pause: '/pause', resume: '/resume' };
const shutdown = { drain: seconds(20), websocketDrain: seconds(5), grace: seconds(5) };
const workers = aMove(aService('workers', { traffic: 'none', consumer, shutdown }));

const abort = { type: 'abort', by: 'ann', note: 'wrong day' } as const;

/** A canary that holds at 10 %, of these moves. */
function holding(moves: readonly Move[] = [edge], changes: Partial<RolloutPlan> = {}) {
  const world = bench(moves, changes);
  world.begin();
  world.run();
  expect(world.phase).toBe('holding');
  return world;
}

/** What is asked for now, in short. */
const asked = (world: ReturnType<typeof bench>) =>
  world.rollout.pending.map((effect) => {
    const move = world.rollout.plan.moves.find(({ next, previous }) =>
      'revision' in effect ? [next?.id, previous?.id].includes(effect.revision) : false,
    );
    const age = 'revision' in effect ? (effect.revision === move?.next?.id ? ' new' : ' old') : '';
    const number =
      'active' in effect
        ? effect.active
        : 'keep' in effect
          ? effect.keep
          : 'count' in effect
            ? effect.count
            : '';
    return `${effect.do}${age}${move ? ` ${move.service}` : ''} ${number}`.trim();
  });

const finish = (world: ReturnType<typeof bench>) => {
  for (const effect of world.rollout.pending) world.perform(effect);
};

describe('going back', () => {
  it('tells who asked for it, why, and when', () => {
    const world = holding();
    world.wait(5);
    world.send(abort);
    world.run();
    expect(world.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'aborted', facts: { by: 'ann', note: 'wrong day' }, verdict: null, at: start + 5_000 },
    });
  });

  it('moves users first, then removes the new replicas: drained, then stopped (R3)', () => {
    const world = holding();
    world.send(abort);
    expect(world.rollout).toMatchObject({ phase: 'restoring', deadline: start + seconds(120) });
    expect(asked(world)).toEqual(['setRoute']);
    finish(world);
    expect(world.rollout).toMatchObject({ phase: 'clearing', part: 'drain', deadline: start + seconds(40) });
    expect(world.rollout).toMatchObject({ routedStage: -1, mayHaveTraffic: false });
    expect(asked(world)).toEqual(['drain new edge 0']);
    expect(world.rollout.pending).toMatchObject([{ deadline: start + seconds(20) }]);
    finish(world);
    expect(world.rollout).toMatchObject({ phase: 'clearing', part: 'stop' });
    expect(asked(world)).toEqual(['stop new edge 0']);
    finish(world);
    expect(world.phase).toBe('rolledBack');
  });

  it('ends a pause, and gives up what was asked for on the way forward', () => {
    const world = bench();
    world.begin();
    world.observe();
    world.send({ type: 'pause', by: 'ann', note: '' });
    world.send(abort);
    expect(world.rollout).toMatchObject({ phase: 'clearing', paused: null });
    expect(asked(world)).toEqual(['drain new edge 0']);
  });

  it('without traffic on the new revisions sets no route', () => {
    const world = bench();
    world.begin();
    world.run();
    const fresh = bench();
    fresh.begin();
    fresh.observe();
    fresh.send(abort);
    fresh.run();
    expect(fresh.phase).toBe('rolledBack');
    expect(fresh.told.some((effect) => effect.do === 'setRoute')).toBe(false);
  });

  it('after a rollout that failed half-way sets the route even before it began', () => {
    const { plan } = bench().rollout;
    const stuck = plannedRollout(plan, 5, start, true);
    const seen = [
      { revision: edge.previous?.id ?? '', readySince: [start, start], running: 2, crashes: 0, detail: null },
    ];
    const [next, effects] = step({ ...stuck, seen }, abort, start);
    expect(next.phase).toBe('restoring');
    expect(effects).toMatchObject([{ do: 'setRoute', table: { version: 6 } }]);
  });

  it('removes nothing where nothing new was started: it is over at once', () => {
    const world = bench([aMove(aService('old'), 'removed')]);
    world.observe();
    world.send(abort);
    expect(world.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'aborted' } });
  });

  it('waits for the slowest to drain, twice over', () => {
    const world = holding([edge, workers]);
    world.send(abort);
    for (let i = 0; i < 3; i++) finish(world);
    expect(asked(world)).toEqual(['drain new edge 0', 'drain new workers 0']);
    expect(world.rollout).toMatchObject({ phase: 'clearing', deadline: start + seconds(70) });
  });
});

describe('previous revisions that are not whole', () => {
  const lost = () => {
    const world = holding();
    const revision = stableOf(world.rollout);
    world.replicas.set(revision, { count: 1, since: start, crashes: 0, detail: null });
    world.observe();
    world.send(abort);
    return world;
  };

  it('are started again before they get their traffic back (R1)', () => {
    const world = lost();
    expect(world.rollout).toMatchObject({ phase: 'returning', deadline: start + minutes(2) });
    expect(asked(world)).toEqual(['ensureReplicas old edge 2']);
    expect(world.rollout.pending).toMatchObject([{ deadline: start + minutes(2) }]);
    world.observe();
    expect(world.phase).toBe('returning');
    world.run();
    expect(world.phase).toBe('rolledBack');
  });

  it('and do not come back in time leave the traffic where it is, for a person', () => {
    const world = lost();
    world.wait(119);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('returning');
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'failed', because: { code: 'aborted' } });
    expect(world.weights).toEqual([[90, 10]]);
  });

  it('of a service that is new are not waited for', () => {
    const core = aMove(aService('core'), 'new');
    const world = bench([core, edge], { stages: shiftsOf([edge], 'declared') });
    world.begin();
    world.run();
    const revision = stableOf({ ...world.rollout, plan: { ...world.rollout.plan, moves: [edge] } });
    world.replicas.set(revision, { count: 1, since: start, crashes: 0, detail: null });
    world.observe();
    world.send(abort);
    expect(asked(world)).toEqual(['ensureReplicas old edge 2']);
  });
});

describe('the way back', () => {
  const planOf = (changes: Partial<RolloutPlan>) => bench([edge], changes);
  const failing = (world: ReturnType<typeof bench>) => {
    world.begin();
    world.send({
      type: 'effectFailed',
      id: world.rollout.pending[0]?.id ?? '',
      failure: { code: 'command_not_found', facts: {} },
    });
    world.run();
    return world.phase;
  };

  it('of a first release clears what was started, and has failed', () => {
    const world = bench([aMove(aService('edge'), 'new')], { from: null }, 'first');
    expect(failing(world)).toBe('failed');
    expect(world.told.map((effect) => effect.do)).toEqual(['ensureReplicas', 'drain', 'stop']);
  });

  it('where nobody knows what served before is left to a person, with everything where it is', () => {
    const world = bench([aMove(aService('edge'), 'new')], { from: null, leaves: true }, 'direct');
    expect(failing(world)).toBe('failed');
    expect(world.told.map((effect) => effect.do)).toEqual(['ensureReplicas']);
  });

  it('of a rollback goes back as any other', () => {
    expect(failing(planOf({ manner: 'direct' }))).toBe('rolledBack');
  });
});

describe('consumers (R14)', () => {
  /** Two of them, with another service, at the pause of the way back. */
  const pausing = () => {
    const mails = aMove(aService('mails', { traffic: 'none', consumer }));
    const world = holding([
      edge,
      workers,
      mails,
      aMove(aService('reports', { traffic: 'none', consumer }), 'removed'),
    ]);
    world.send(abort);
    finish(world);
    expect(world.rollout).toMatchObject({ phase: 'restoring', part: 'pause' });
    return world;
  };

  it('of the new revision are paused before those of the previous one go on', () => {
    const world = pausing();
    expect(asked(world)).toEqual(['consume new workers 0', 'consume new mails 0']);
    finish(world);
    expect(world.rollout).toMatchObject({ part: 'resume' });
    expect(asked(world)).toEqual(['consume old workers 2', 'consume old mails 2', 'consume old reports 2']);
    finish(world);
    expect(world.rollout).toMatchObject({ phase: 'clearing', part: 'drain' });
  });

  it('that cannot be paused are stopped, all of them and nothing else, in twice the time that takes', () => {
    const world = pausing();
    const late = world.rollout.phase === 'restoring' ? world.rollout.deadline - start : 0;
    expect(late).toBe(seconds(35) * 12);
    world.wait(late / 1_000 - 1);
    world.send({ type: 'tick' });
    expect(asked(world)).toEqual(['consume new workers 0', 'consume new mails 0']);
    world.wait(1);
    world.send({ type: 'tick' });
    expect(asked(world)).toEqual(['stop new workers 0', 'stop new mails 0']);
    expect(world.rollout).toMatchObject({ part: 'pause', deadline: start + late + seconds(70) });
    expect(world.rollout.pending.map(({ deadline }) => deadline - start - late)).toEqual([35_000, 20_000]);
    finish(world);
    expect(world.rollout).toMatchObject({ part: 'resume' });
  });

  it('that cannot be resumed leave it to a person', () => {
    const world = pausing();
    finish(world);
    world.wait(35 * 12);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'failed', because: { code: 'aborted' } });
  });
});

describe('clearing', () => {
  it('that does not end is left to the housekeeping: traffic is safe already', () => {
    const world = holding();
    world.send(abort);
    finish(world);
    world.wait(39);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('clearing');
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'rolledBack', pending: [] });
  });

  it('removes exactly the new revisions', () => {
    const world = holding([edge, aMove(aService('old'), 'removed')]);
    world.send(abort);
    world.run();
    const removed = world.told.flatMap((effect) => (effect.do === 'stop' ? [effect.revision] : []));
    expect(removed).toEqual([canaryOf(world.rollout)]);
    expect(aRevision(aService('edge'), 'new').id).toBe(removed[0]);
  });
});

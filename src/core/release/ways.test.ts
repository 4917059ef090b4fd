import { describe, expect, it } from 'vitest';
import { hours, minutes, seconds } from '#kernel';
import { can } from './can.ts';
import { aPolicy } from './release.fixture.ts';
import { nightly, type Scenario, strategies } from './scenario.fixture.ts';
import { isOver } from './step.ts';
import { pass, run, walk } from './walk.fixture.ts';
import type { ModelBench } from './world.fixture.ts';

const ann = { by: 'ann', note: '' };

describe('blue-green', () => {
  it('runs green whole without traffic, then switches at once and keeps blue', () => {
    const { bench, told } = walk({ strategy: strategies['blue-green'] });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 0 });
    expect(told).toEqual(['start edge 2', 'route 100/0']);
    pass(bench, 16_000);
    expect(bench.rollout.phase).toBe('promoted');
    expect(told.slice(2)).toEqual(['start edge 2', 'route 100']);
    expect(bench.at(bench.rollout.plan.moves[0]?.previous?.id ?? '').ready).toHaveLength(2);
  });

  it('goes by its steps after the preview: 10 %, 50 %, all of it', () => {
    const { bench, told } = walk({ strategy: strategies['blue-green in steps'] });
    run(bench);
    for (const length of [6_000, 21_000, 11_000]) pass(bench, length);
    expect(bench.rollout.phase).toBe('promoted');
    expect(told.filter((each) => each.startsWith('route'))).toEqual([
      'route 100/0',
      'route 90/10',
      'route 50/50',
      'route 100',
    ]);
  });

  it('asks people while green can be looked at, not before', () => {
    const approval = { role: 'release manager', people: 2, within: hours(1) };
    const { bench, told } = walk({ strategy: strategies['blue-green'], policy: { approval } });
    run(bench);
    pass(bench, 16_000);
    expect(bench.rollout).toMatchObject({ phase: 'awaiting', approvals: [] });
    const role = 'release manager';
    bench.send({ type: 'approve', by: 'ann', note: 'looks right', role: 'developer' });
    bench.send({ type: 'approve', by: 'ann', note: 'looks right', role });
    bench.send({ type: 'approve', by: 'ann', note: 'twice', role });
    expect(bench.rollout).toMatchObject({
      phase: 'awaiting',
      approvals: [{ by: 'ann', note: 'looks right' }],
    });
    expect(told.at(-1)).toBe('route 100/0');
    bench.send({ type: 'approve', by: 'bob', note: '', role });
    run(bench);
    expect(bench.rollout.phase).toBe('promoted');
  });

  it('is gone back from when nobody approves in time', () => {
    const approval = { role: 'release manager', people: 1, within: hours(1) };
    const { bench } = walk({ strategy: strategies['blue-green'], policy: { approval } });
    run(bench);
    pass(bench, 16_000);
    pass(bench, 3_600_001);
    expect(bench.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'wait_timed_out', facts: { waited: 3_600_000 } },
    });
  });
});

describe('a canary', () => {
  it('of replicas takes old ones away as new ones come', () => {
    const { bench, told } = walk({ strategy: strategies['canary of replicas'], replicas: 10 });
    run(bench);
    expect(bench.rollout.plan.stages.map(({ name }) => name)).toEqual([
      'canary 10 % of the replicas of edge',
      'canary 50 % of the replicas of edge',
      'all of edge',
    ]);
    expect(told).toEqual(['start edge 1', 'route 90/10', 'drain edge 9', 'stop edge 9']);
    pass(bench, 21_000);
    pass(bench, 11_000);
    expect(bench.rollout.phase).toBe('promoted');
    expect(bench.at(bench.rollout.plan.moves[0]?.previous?.id ?? '').ready).toHaveLength(0);
  });

  it('by hand waits for a person after each pass, and says so', () => {
    const { bench } = walk({ strategy: strategies['canary by hand'] });
    run(bench);
    pass(bench, 21_000);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 0, held: true });
    bench.send({ type: 'promote', ...ann });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 1, held: false });
  });

  it('is watched for a while when it has everything, and goes back when it goes wrong then', () => {
    const { bench } = walk({ strategy: strategies.canary, policy: { watch: minutes(1) } });
    run(bench);
    pass(bench, 21_000);
    pass(bench, 11_000);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 2 });
    bench.hurt('all');
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'gate_failed' } });
  });

  it('moves all services of a release as one: what is needed first, and all or none', () => {
    const { bench, told } = walk({ strategy: strategies.canary, services: ['core', 'workers', 'edge'] });
    run(bench);
    expect(told).toEqual([
      'start core 1',
      'start workers 1',
      'start edge 1',
      'route 90/10 90/10',
      'consume workers 1',
    ]);
    bench.hurt();
    run(bench);
    expect(bench.rollout.phase).toBe('rolledBack');
    expect(told.slice(5)).toEqual([
      'route 100/0 100/0',
      'consume workers 0',
      'consume workers 2',
      'drain core 0',
      'drain workers 0',
      'drain edge 0',
      'stop core 0',
      'stop workers 0',
      'stop edge 0',
    ]);
  });
});

describe('consumers (R14)', () => {
  it('of the old revision are paused before those of the new one begin', () => {
    const { bench, told } = walk({ strategy: strategies['blue-green'], services: ['workers'] });
    run(bench);
    expect(told).toEqual(['start workers 2']);
    pass(bench, 16_000);
    expect(told.slice(1)).toEqual(['start workers 2', 'consume workers 0', 'consume workers 2']);
    expect(bench.rollout.phase).toBe('promoted');
  });

  it('that cannot be paused are stopped, so that the old ones may go on', () => {
    const { bench, told } = walk({ strategy: strategies.canary, services: ['workers'] });
    run(bench);
    bench.send({ type: 'abort', ...ann });
    expect(bench.rollout).toMatchObject({ phase: 'restoring', part: 'pause' });
    bench.wait(minutes(30));
    bench.send({ type: 'tick' });
    expect(told.at(-1)).toBe('stop workers 0');
    run(bench);
    expect(bench.rollout.phase).toBe('rolledBack');
    expect(bench.at(bench.rollout.plan.moves[0]?.previous?.id ?? '').active).toBe(2);
  });

  it('that can be neither paused nor stopped leave it to a person', () => {
    const { bench } = walk({ strategy: strategies.canary, services: ['workers'] });
    run(bench);
    bench.send({ type: 'abort', ...ann });
    for (let i = 0; i < 2; i++) {
      bench.wait(minutes(30));
      bench.send({ type: 'tick' });
    }
    expect(bench.rollout.phase).toBe('failed');
  });
});

describe('migrations and hooks', () => {
  const scenario: Scenario = {
    strategy: strategies.rolling,
    replicas: 1,
    migrates: 'compatible',
    hooks: true,
  };

  it('run in their order: hook, expand, backfill, shares, hook; contract is for later', () => {
    const { bench, told } = walk(scenario);
    run(bench);
    expect(bench.rollout.phase).toBe('promoted');
    expect(told.filter((each) => !each.startsWith('drain') && !each.startsWith('stop'))).toEqual([
      'job job-before',
      'job job-expand',
      'job job-backfill',
      'start edge 1',
      'route 100',
      'job job-after',
    ]);
    expect(bench.rollout.plan.contractAfter).toBe(hours(1));
  });

  it('that fail end the release before anything has changed for users', () => {
    const { bench } = walk(scenario);
    const [effect] = bench.rollout.pending;
    bench.send({ type: 'jobDone', id: effect?.id ?? '', exitCode: 3, detail: 'no disk' });
    run(bench);
    expect(bench.rollout).toMatchObject({
      phase: 'rolledBack',
      because: { code: 'job_failed', facts: { job: 'hook job-before', exitCode: 3, detail: 'no disk' } },
    });
    expect(bench.world.table.version).toBe(5);
  });

  it('go on from where they had come to when they are tried again', () => {
    const { bench } = walk(scenario);
    run1(bench);
    const id = () => bench.rollout.pending[0]?.id ?? '';
    bench.send({ type: 'jobProgressed', id: id(), resume: 'row 4000', done: 4_000, of: 9_000 });
    expect(bench.rollout).toMatchObject({ phase: 'running', progress: { done: 4_000, of: 9_000 } });
    expect(bench.rollout.pending).toMatchObject([{ resume: 'row 4000', attempt: 1 }]);
    bench.send({ type: 'jobDone', id: id(), exitCode: 75, detail: 'locked' });
    expect(bench.rollout.pending).toMatchObject([{ resume: 'row 4000', attempt: 2 }]);
    bench.send({ type: 'effectFailed', id: id(), failure: { code: 'target_busy', facts: {} } });
    expect(bench.rollout.pending).toMatchObject([{ resume: 'row 4000', attempt: 3 }]);
    bench.wait(minutes(6));
    bench.send({ type: 'tick' });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'job_timed_out' } });
  });

  it('stand still between two jobs while somebody has paused the rollout', () => {
    const { bench, told } = walk(scenario);
    bench.send({ type: 'pause', ...ann });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'running', finished: true, paused: { by: 'ann' } });
    expect(told).toEqual(['job job-before']);
    bench.send({ type: 'resume', ...ann });
    expect(told.at(-1)).toBe('job job-expand');
  });

  it('that old code does not survive leave only the way forward, from their first moment (R4)', () => {
    const { bench } = walk({ ...scenario, migrates: 'breaking', hooks: false });
    expect(bench.rollout).toMatchObject({ phase: 'running', committed: true });
    expect(can('abort', bench.rollout)).toBe(false);
    bench.send({ type: 'abort', ...ann });
    expect(bench.rollout.phase).toBe('running');
    bench.send({ type: 'jobDone', id: bench.rollout.pending[0]?.id ?? '', exitCode: 1, detail: '' });
    expect(bench.rollout.phase).toBe('failed');
  });

  it('are not run by a rollback: a schema is never reversed by itself', () => {
    const { bench, told } = walk({ ...scenario, manner: 'direct' });
    run(bench);
    expect(told).toEqual(['start edge 1', 'route 100']);
  });

  it('contract at the end of all, and then only forward', () => {
    const { bench, told } = walk({ ...scenario, manner: 'contract' });
    expect(told).toEqual(['job job-contract']);
    expect(can('abort', bench.rollout)).toBe(false);
    run(bench);
    expect(bench.rollout.phase).toBe('promoted');
  });
});

describe('people', () => {
  it('pause a rollout: no share grows until it is resumed, and harm is acted on meanwhile (R8)', () => {
    const { bench, told } = walk({});
    bench.send({ type: 'pause', ...ann });
    run(bench);
    pass(bench, 3_600_000);
    expect(told).toEqual(['start edge 1']);
    expect(bench.rollout).toMatchObject({ phase: 'starting' });
    bench.send({ type: 'resume', ...ann });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 0, paused: null });
    bench.send({ type: 'pause', ...ann });
    pass(bench, 3_600_000);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 0 });
    bench.hurt();
    run(bench);
    expect(bench.rollout.phase).toBe('rolledBack');
  });

  it('who promote a paused rollout end the pause: the last word counts', () => {
    const { bench } = walk({});
    run(bench);
    bench.send({ type: 'pause', ...ann });
    bench.send({ type: 'promote', ...ann });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 1, paused: null });
  });

  it('may let a rollout begin before its window, and may abort it while it waits', () => {
    const { bench, told } = walk({ policy: { window: nightly } });
    expect(bench.rollout).toMatchObject({ phase: 'awaiting', opensAt: expect.any(Number) });
    expect(told).toEqual([]);
    bench.send({ type: 'promote', ...ann });
    expect(told).toEqual(['start edge 1']);
    const other = walk({ policy: { window: nightly } }).bench;
    other.send({ type: 'abort', ...ann });
    run(other);
    expect(other.rollout.phase).toBe('rolledBack');
  });

  it('need not do anything: the window opens, and it begins', () => {
    const { bench, told } = walk({ policy: { window: nightly } });
    const opens = bench.rollout.phase === 'awaiting' ? (bench.rollout.opensAt ?? 0) : 0;
    pass(bench, opens - bench.now - 1);
    expect(bench.rollout.phase).toBe('awaiting');
    pass(bench, 1);
    expect(told.length).toBeGreaterThan(0);
  });

  it('cannot be waited for longer than the rollout may take (R5)', () => {
    const { bench } = walk({ policy: { deadline: minutes(10) }, strategy: strategies['canary by hand'] });
    run(bench);
    for (let i = 0; i < 11; i++) pass(bench, 60_000);
    expect(bench.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'rollout_timed_out' } });
  });
});

describe('a newer release', () => {
  const supersede = { type: 'supersede', by: 'bob', release: 3 } as const;
  it.each([
    ['refuse', false, false],
    ['waiting', false, true],
    ['always', true, true],
  ] as const)('with the policy %s', (policy, whileMoving, whileHeld) => {
    const moving = walk({ policy: { supersede: policy } }).bench;
    expect(can('supersede', moving.rollout)).toBe(whileMoving);
    moving.send(supersede);
    run(moving);
    if (!whileMoving) pass(moving, 5_000);
    expect(isOver(moving.rollout)).toBe(whileMoving);
    const held = walk({ policy: { supersede: policy }, strategy: strategies['canary by hand'] }).bench;
    run(held);
    pass(held, 21_000);
    held.send(supersede);
    run(held);
    expect(held.rollout.phase).toBe(whileHeld ? 'rolledBack' : 'holding');
    if (held.rollout.phase === 'rolledBack')
      expect(held.rollout.because).toMatchObject({ code: 'superseded', facts: { release: 3 } });
  });
});

describe('where nobody waits for evidence', () => {
  it('an inconclusive step goes back by declaration', () => {
    const gate = { ...aPolicy.gate, onInconclusive: 'rollback' as const };
    const { bench } = walk({ policy: { gate } });
    run(bench);
    bench.wait(seconds(21));
    bench.send({ type: 'tick' });
    run(bench);
    expect(bench.rollout).toMatchObject({ phase: 'rolledBack', because: { code: 'gate_inconclusive' } });
  });
});

/** Ends what is asked for now, and no more. */
function run1(bench: ModelBench): void {
  for (const effect of bench.rollout.pending) bench.complete(effect);
}

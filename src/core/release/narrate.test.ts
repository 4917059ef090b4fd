import { describe, expect, it } from 'vitest';
import type { Signal, Verdict } from '#core/gate';
import { seconds } from '#kernel';
import type { RolloutEvent } from './event.ts';
import { narrate, type RolloutRecord, recordOf, sentenceOf } from './narrate.ts';
import { aMove, aService, bench, canaryOf, counts, start } from './release.fixture.ts';
import type { Cause, Rollout } from './rollout.ts';

const because: Cause = { code: 'aborted', facts: { by: 'ann' }, verdict: null, at: start };
const explain = ({ code, facts }: Cause) => `${code} by ${facts['by']}.`;
const signal: Signal = {
  name: 'errors',
  subject: 'edge',
  state: 'bad',
  observed: 25,
  limit: 1,
  unit: 'percent',
  sentence: '10 of 40 failed',
};

const aRecord = (changes: Partial<RolloutRecord>): RolloutRecord => ({
  rollout: 1,
  release: 2,
  event: { type: 'tick' },
  before: 'holding',
  phase: 'holding',
  stage: 'canary 10 % of edge',
  effects: [],
  verdict: null,
  because: null,
  held: false,
  over: false,
  ...changes,
});

const sentence = (changes: Partial<RolloutRecord>) => narrate(aRecord(changes), explain);

describe('the timeline', () => {
  it.each<[RolloutRecord['before'], RolloutRecord['phase'], string | null]>([
    ['holding', 'planned', null],
    ['planned', 'awaiting', 'waiting: canary 10 % of edge'],
    ['planned', 'running', 'canary 10 % of edge: running'],
    ['planned', 'starting', 'canary 10 % of edge: starting replicas'],
    ['withdrawing', 'starting', 'canary 10 % of edge: starting again'],
    ['starting', 'routing', 'canary 10 % of edge: replicas ready, moving traffic'],
    [
      'holding',
      'withdrawing',
      'canary 10 % of edge: a new replica was lost, its traffic goes back to stable',
    ],
    ['routing', 'trimming', 'canary 10 % of edge: traffic moved, removing old replicas'],
    ['routing', 'holding', 'canary 10 % of edge: holding'],
    ['holding', 'returning', 'going back: aborted by ann. Starting the previous revisions again'],
    ['returning', 'restoring', 'previous revisions ready, moving all traffic back'],
    ['holding', 'restoring', 'going back: aborted by ann.'],
    ['restoring', 'clearing', 'all traffic is back on the previous revisions, removing the new ones'],
    ['starting', 'clearing', 'going back: aborted by ann.'],
    ['holding', 'promoted', 'release 2 promoted'],
    ['clearing', 'rolledBack', 'release 2 rolled back: aborted by ann.'],
    ['restoring', 'failed', 'release 2 failed: aborted by ann.'],
  ])('from %s to %s says: %s', (before, phase, says) =>
    expect(sentence({ before, phase, because })).toBe(says),
  );

  it('does not fail on records without a cause or a stage', () => {
    const none = { before: 'holding', because: null, stage: null } as const;
    const says = (phase: RolloutRecord['phase']) => sentence({ ...none, phase });
    expect(says('returning')).toBe('going back:  Starting the previous revisions again');
    expect(says('restoring')).toBe('going back: ');
    expect(says('clearing')).toBe('going back: ');
    expect(says('rolledBack')).toBe('release 2 rolled back: ');
    expect(says('failed')).toBe('release 2 failed: ');
    expect(says('awaiting')).toBe('waiting: ');
    const event = { type: 'checkDone', id: '', green: true, detail: 'p95 9 ms' } as const;
    expect(sentence({ stage: null, event })).toBe(': check green: p95 9 ms');
    const told = { type: 'jobProgressed', id: '', resume: '', done: 1, of: null } as const;
    expect(sentence({ stage: null, event: told })).toBe(': 1 done');
    expect(sentence({ stage: null, verdict: { kind: 'pass', signals: [] } })).toBe(': gate says pass');
  });

  it('tells the start of a stage also where the one before was starting, or began again', () => {
    const effects = [{ id: '1/1.1', do: 'ensureReplicas' }];
    const starting = { before: 'starting', phase: 'starting' } as const;
    expect(sentence({ ...starting, effects })).toBe('canary 10 % of edge: starting replicas');
    expect(sentence(starting)).toBeNull();
    expect(sentence({ effects })).toBeNull();
  });

  it.each<[RolloutEvent, string | null]>([
    [{ type: 'tick' }, null],
    [{ type: 'pause', by: 'ann', note: '' }, 'paused by ann'],
    [{ type: 'pause', by: 'ann', note: 'lunch' }, 'paused by ann: lunch'],
    [{ type: 'resume', by: 'ann', note: '' }, 'resumed by ann'],
    [{ type: 'approve', by: 'ann', note: 'fine', role: 'owner' }, 'approved as owner by ann: fine'],
    [{ type: 'promote', by: 'ann', note: '' }, null],
    [{ type: 'tookOver', away: seconds(90) }, 'nobody was in charge for 1m30s; it goes on where it stood'],
    [{ type: 'checkDone', id: '', green: true, detail: 'p95 9 ms' }, 'check green: p95 9 ms'],
    [{ type: 'checkDone', id: '', green: false, detail: 'p95 900 ms' }, 'check red: p95 900 ms'],
    [
      { type: 'effectFailed', id: '', failure: { code: 'target_busy', facts: {} } },
      'trying again after target_busy',
    ],
    [{ type: 'jobProgressed', id: '', resume: '', done: null, of: 9 }, 'going on'],
    [{ type: 'jobProgressed', id: '', resume: '', done: 4, of: null }, '4 done'],
    [{ type: 'jobProgressed', id: '', resume: '', done: 4, of: 0 }, '4 done'],
    [{ type: 'jobProgressed', id: '', resume: '', done: 4, of: 9 }, '4 of 9 done (44 %)'],
    [{ type: 'jobProgressed', id: '', resume: '', done: 9, of: 9 }, '9 of 9 done (100 %)'],
  ])('of %j within a phase says: %s', (event, says) =>
    expect(sentence({ event })).toBe(says === null ? null : `canary 10 % of edge: ${says}`),
  );

  it('names the phase where there is no stage', () => {
    const plain = { stage: null, before: 'planned', phase: 'planned' } as const;
    expect(sentence({ ...plain, event: { type: 'pause', by: 'ann', note: '' } })).toBe(
      'planned: paused by ann',
    );
    expect(sentence({ ...plain, event: { type: 'tookOver', away: seconds(1) } })).toMatch(/^planned: nobody/);
    const failure = { code: 'target_busy', facts: {} };
    expect(sentence({ ...plain, event: { type: 'effectFailed', id: '', failure } })).toBe(
      'planned: trying again after target_busy',
    );
  });

  it('tells a new verdict', () => {
    const verdict: Verdict = { kind: 'fail', because: signal, signals: [signal] };
    expect(sentence({ verdict })).toBe('canary 10 % of edge: gate says fail: 10 of 40 failed');
  });
});

describe('a verdict in one line', () => {
  it.each<[Verdict, string]>([
    [{ kind: 'pass', signals: [] }, 'pass'],
    [{ kind: 'fail', because: signal, signals: [signal] }, 'fail: 10 of 40 failed'],
    [{ kind: 'inconclusive', needs: ['a'], signals: [] }, 'inconclusive: a'],
    [{ kind: 'inconclusive', needs: ['a', 'b'], signals: [] }, 'inconclusive: a; b'],
    [{ kind: 'notMeasured', needs: ['a', 'b', 'c'], signals: [] }, 'not measured: a; b; and 1 more'],
    [{ kind: 'notMeasured', needs: ['a', 'b', 'c', 'd'], signals: [] }, 'not measured: a; b; and 2 more'],
  ])('%j', (verdict, line) => expect(sentenceOf(verdict)).toBe(line));
});

describe('the record of a step', () => {
  /** What is recorded of the last event. */
  function recorded(world: ReturnType<typeof bench>, event: RolloutEvent): RolloutRecord {
    const before = world.rollout;
    const effects = world.send(event);
    return recordOf(before, world.rollout, event, effects);
  }
  const holding = (changes: Parameters<typeof bench>[1] = {}) => {
    const world = bench([aMove(aService('edge'))], changes);
    world.begin();
    world.run();
    return world;
  };
  const measured = (world: ReturnType<typeof bench>, requests: number, failures = 0) => ({
    type: 'measured' as const,
    counts: [counts(canaryOf(world.rollout), requests, failures)],
  });

  it('says what came, where it led, and what is asked for, without the content of it', () => {
    const world = bench();
    world.send({ type: 'measured', counts: [] });
    expect(recorded(world, { type: 'begin' })).toEqual({
      rollout: 1,
      release: 2,
      event: { type: 'begin' },
      before: 'planned',
      phase: 'starting',
      stage: 'canary 10 % of edge',
      effects: [{ id: '1/1.1', do: 'ensureReplicas' }],
      verdict: null,
      because: null,
      held: false,
      over: false,
    });
  });

  it('has the verdict when it is of another kind than before, and only then', () => {
    const world = holding();
    expect(recorded(world, measured(world, 50)).verdict?.kind).toBe('inconclusive');
    expect(recorded(world, measured(world, 60)).verdict).toBeNull();
    expect(recorded(world, measured(world, 100)).verdict?.kind).toBe('pass');
  });

  it('has the verdict with which a phase ended', () => {
    const world = holding();
    world.send(measured(world, 100));
    world.wait(21);
    const record = recorded(world, { type: 'tick' });
    expect(record).toMatchObject({
      phase: 'starting',
      stage: 'canary 100 % of edge',
      verdict: { kind: 'pass' },
    });
  });

  it('has no verdict of a hold that asks for none', () => {
    const { stages } = bench().rollout.plan;
    const world = holding({
      stages: stages.map((s) => (s.kind === 'shift' ? { ...s, gate: 'none' as const } : s)),
    });
    expect(recorded(world, measured(world, 50)).verdict).toBeNull();
    expect(recorded(world, { type: 'pause', by: 'ann', note: '' }).verdict).toBeNull();
  });

  it('has the verdict before it where the phase or the stage changed, and only of a hold the new one', () => {
    const { rollout } = bench();
    const verdictOf = (before: Rollout, after: Rollout) =>
      recordOf(before, after, { type: 'tick' }, []).verdict?.kind ?? null;
    const judged = (kind: 'pass' | 'inconclusive' | null): Pick<Rollout, 'watch'> => {
      const verdict: Verdict | null =
        kind === null ? null : kind === 'pass' ? { kind, signals: [] } : { kind, needs: [], signals: [] };
      return { watch: { ...rollout.watch, verdict } };
    };
    const starting = (stage: number, kind: Parameters<typeof judged>[0]): Rollout => {
      return { ...rollout, ...judged(kind), phase: 'starting', stage, deadline: start };
    };
    const hold = (stage: number, kind: Parameters<typeof judged>[0]): Rollout => {
      return {
        ...rollout,
        ...judged(kind),
        phase: 'holding',
        stage,
        since: start,
        until: start,
        held: false,
      };
    };
    expect(verdictOf(hold(0, 'pass'), starting(0, 'inconclusive'))).toBe('pass'); // another phase
    expect(verdictOf(starting(0, 'pass'), starting(1, 'inconclusive'))).toBe('pass'); // another stage
    expect(verdictOf(starting(0, 'pass'), starting(0, 'inconclusive'))).toBeNull(); // no hold
    expect(verdictOf(hold(0, null), hold(0, 'pass'))).toBe('pass');
    expect(verdictOf(hold(0, 'pass'), hold(0, null))).toBeNull();
    expect(verdictOf(hold(1, 'pass'), hold(1, 'inconclusive'))).toBeNull(); // the last stage asks for nothing
  });

  it('has no verdict outside a hold', () => {
    const world = holding();
    world.send(measured(world, 100));
    world.wait(21);
    world.send({ type: 'tick' });
    expect(recorded(world, measured(world, 110))).toMatchObject({ phase: 'starting', verdict: null });
  });

  it('says that a hold waits for evidence or for a person', () => {
    const world = holding();
    expect(recorded(world, { type: 'tick' }).held).toBe(false);
    world.wait(21);
    expect(recorded(world, { type: 'tick' }).held).toBe(true);
  });

  it('has the cause on the way back, and says when all is over', () => {
    const world = holding();
    const back = recorded(world, { type: 'abort', by: 'ann', note: '' });
    expect(back).toMatchObject({ before: 'holding', phase: 'restoring', stage: null, over: false });
    expect(back.because?.code).toBe('aborted');
    world.run();
    const rolledBack: Rollout = world.rollout;
    const ends: Rollout[] = [
      rolledBack,
      { ...rolledBack, phase: 'failed', at: start, because },
      { ...rolledBack, phase: 'promoted', at: start, keepUntil: start },
    ];
    for (const end of ends) expect(recordOf(end, end, { type: 'tick' }, []).over).toBe(true);
  });
});

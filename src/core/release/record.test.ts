import { describe, expect, it } from 'vitest';
import type { Signal, Verdict } from '#core/gate';
import type { RolloutEvent } from './event.ts';
import { recordOf, type RolloutRecord, sentenceOf } from './record.ts';
import { aMove, aPolicy, aService, bench, canaryOf, counts, start } from './release.fixture.ts';
import type { Cause, Rollout } from './rollout.ts';

const because: Cause = { code: 'aborted', facts: { by: 'ann' }, verdict: null, at: start };
const signal: Signal = {
  name: 'errors',
  subject: 'edge',
  state: 'bad',
  observed: 25,
  limit: 1,
  unit: 'percent',
  sentence: '10 of 40 failed',
  evidence: null,
};

describe('a verdict in one line', () => {
  it.each<[Verdict, string]>([
    [{ kind: 'pass', because: 'noHarm', signals: [] }, 'pass'],
    [{ kind: 'pass', because: 'proven', signals: [] }, 'pass, proven harmless'],
    [{ kind: 'fail', because: signal, signals: [signal] }, 'fail: 10 of 40 failed'],
    [{ kind: 'inconclusive', needs: ['a'], estimate: null, signals: [] }, 'inconclusive: a'],
    [{ kind: 'inconclusive', needs: ['a', 'b'], estimate: null, signals: [] }, 'inconclusive: a; b'],
    [
      { kind: 'notMeasured', needs: ['a', 'b', 'c'], estimate: null, signals: [] },
      'not measured: a; b; and 1 more',
    ],
    [
      { kind: 'notMeasured', needs: ['a', 'b', 'c', 'd'], estimate: null, signals: [] },
      'not measured: a; b; and 2 more',
    ],
  ])('%j', (verdict, line) => expect(sentenceOf(verdict)).toBe(line));
});

describe('the record of a step', () => {
  it('tells until when a hold is prolonged', () => {
    const gate = { ...aPolicy.gate, onInconclusive: 'extend' } as const;
    const world = holding({ policy: { ...aPolicy, gate } });
    world.wait(19);
    expect(recorded(world, { type: 'tick' })).not.toHaveProperty('until');
    world.wait(1);
    expect(recorded(world, { type: 'tick' })).toMatchObject({ held: false, until: start + 40_000 });
  });

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
      const verdicts: Readonly<Record<typeof kind & string, Verdict>> = {
        pass: { kind: 'pass', because: 'noHarm', signals: [] },
        inconclusive: { kind: 'inconclusive', needs: [], estimate: null, signals: [] },
      };
      const verdict = kind === null ? null : verdicts[kind];
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

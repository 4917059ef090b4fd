import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Supersede } from '#core/system';
import { millis, type Millis } from '#kernel';
import { invariants } from './invariants.fixture.ts';
import type { Manner } from './plan.ts';
import { aPolicy } from './release.fixture.ts';
import { aPlan, nightly, type Scenario, strategies } from './scenario.fixture.ts';
import { isOver } from './step.ts';
import { type ModelBench, modelBench, type Taken } from './world.fixture.ts';

/**
 * Random histories over the whole machine. Each run first draws how often each kind of thing happens (swarm testing, Groce
 * et al. 2012), so that long quiet stretches and storms of one fault both occur. After the storm the faults heal, and the
 * rollout must come to its end.
 */
const kinds = [
  'complete',
  'completeTwice',
  'performUnheard',
  'fail',
  'failForGood',
  'timeOut',
  'lateResult',
  'observe',
  'wait',
  'waitLong',
  'clockBack',
  'tookOver',
  'good',
  'bad',
  'shared',
  'plenty',
  'unread',
  'unreadOld',
  'recount',
  'crash',
  'crashOld',
  'restart',
  'redCheck',
  'jobFails',
  'jobBusy',
  'jobProgress',
  'abort',
  'promote',
  'pause',
  'resume',
  'approve',
  'supersede',
] as const;
type Kind = (typeof kinds)[number];
type OnInconclusive = typeof aPolicy.gate.onInconclusive;
type Promote = typeof aPolicy.gate.promote;

const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    strategy: fc.constantFrom(...Object.values(strategies)),
    replicas: fc.integer({ min: 1, max: 4 }),
    services: fc.constantFrom<NonNullable<Scenario['services']>[]>(
      ['edge'],
      ['edge', 'core'],
      ['workers'],
      ['edge', 'core', 'workers'],
    ),
    manner: fc.constantFrom<Manner[]>('declared', 'declared', 'declared', 'direct', 'first', 'contract'),
    migrates: fc.constantFrom<(NonNullable<Scenario['migrates']> | null)[]>(
      null,
      null,
      'compatible',
      'breaking',
    ),
    hooks: fc.boolean(),
    approval: fc.boolean(),
    window: fc.boolean(),
    watch: fc.constantFrom(0, 15_000),
    supersede: fc.constantFrom<Supersede[]>('refuse', 'waiting', 'always'),
    onInconclusive: fc.constantFrom<OnInconclusive[]>('hold', 'extend', 'ask', 'rollback'),
    promote: fc.constantFrom<Promote[]>('atDeadline', 'atDeadline', 'onEvidence'),
    minimumHold: fc.constantFrom(0, 5_000, 60_000),
  })
  .map(
    ({ approval, window, watch, supersede, onInconclusive, promote, minimumHold, ...rest }): Scenario => ({
      ...rest,
      // Proof takes five minutes: a shorter hold is over before.
      strategy: promote === 'onEvidence' ? strategies['canary with long holds'] : rest.strategy,
      migrates: rest.manner === 'contract' ? ('compatible' as const) : rest.migrates,
      policy: {
        approval: approval ? { role: 'release manager', people: 2, within: millis(3_600_000) } : null,
        window: window ? nightly : null,
        watch: millis(watch),
        supersede,
        gate: { ...aPolicy.gate, onInconclusive, promote, minimumHold: millis(minimumHold) },
      },
    }),
  );

const history = fc
  .record({
    weights: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: kinds.length, maxLength: kinds.length }),
    picks: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 20, maxLength: 200 }),
  })
  .map(({ weights, picks }) => {
    const bag = kinds.flatMap((kind, i) =>
      Array.from({ length: (weights[i] ?? 0) + (often[kind] ?? 0) }, () => kind),
    );
    return picks.map((pick): Kind => bag[pick % bag.length] ?? 'observe');
  });

/** Without effects that end nothing happens at all, and without much traffic nothing is proven; the rest is drawn. */
const often: Partial<Record<Kind, number>> = { complete: 6, plenty: 2 };

const ann = { by: 'ann', note: '' };
const people = ['ann', 'bob', 'cleo'];

function happen(bench: ModelBench, kind: Kind, at: number): void {
  const { rollout } = bench;
  const effect = rollout.pending[at % Math.max(1, rollout.pending.length)];
  const { next, previous } = rollout.plan.moves[at % Math.max(1, rollout.plan.moves.length)] ?? {};
  switch (kind) {
    case 'complete':
    case 'completeTwice':
      if (effect === undefined) return;
      bench.complete(effect);
      if (kind === 'completeTwice') bench.complete(effect);
      return;
    case 'performUnheard':
      if (effect !== undefined) bench.perform(effect);
      return;
    case 'fail':
    case 'failForGood':
    case 'timeOut': {
      const code = { fail: 'target_busy', failForGood: 'command_missing', timeOut: 'effect_timed_out' }[kind];
      if (effect !== undefined)
        bench.send({ type: 'effectFailed', id: effect.id, failure: { code, facts: {} } });
      return;
    }
    case 'lateResult': {
      const id = `1/${1 + (at % Math.max(1, rollout.effectsIssued))}.1`;
      if (!rollout.pending.some((each) => each.id === id)) bench.send({ type: 'effectDone', id });
      return;
    }
    case 'observe':
      bench.observe();
      return;
    case 'wait':
    case 'waitLong':
    case 'clockBack':
      bench.wait({ wait: 5_000, waitLong: 150_000, clockBack: -60_000 }[kind] as Millis);
      bench.send({ type: 'tick' });
      return;
    case 'tookOver':
      bench.wait(millis(20_000));
      bench.send({ type: 'tookOver', away: millis(20_000) });
      return;
    case 'good':
      bench.answer(60, 0);
      return;
    case 'bad':
      bench.answer(60, 0.5, 'canary');
      return;
    case 'shared':
      bench.answer(60, 0.2);
      return;
    case 'plenty':
      // Ten minutes of it prove that nothing is wrong, which may end a hold before its time.
      for (let minute = 0; minute < 10 && bench.rollout.phase === 'holding'; minute += 1) {
        bench.wait(millis(60_000));
        bench.answer(20_000, 0);
      }
      return;
    case 'unread':
    case 'unreadOld':
      bench.unread(kind === 'unread' ? next?.id : previous?.id);
      return;
    case 'recount':
      bench.recount();
      return;
    case 'crash':
    case 'crashOld': {
      const revision = kind === 'crash' ? next : previous;
      if (revision) bench.crash(revision.id);
      bench.observe();
      return;
    }
    case 'restart':
      heal(bench);
      bench.observe();
      return;
    case 'redCheck':
      if (effect?.do === 'runCheck')
        bench.send({ type: 'checkDone', id: effect.id, green: false, detail: 'red' });
      return;
    case 'jobFails':
    case 'jobBusy':
      if (effect?.do === 'runJob')
        bench.send({ type: 'jobDone', id: effect.id, exitCode: kind === 'jobBusy' ? 75 : 1, detail: '' });
      return;
    case 'jobProgress':
      if (effect?.do === 'runJob')
        bench.send({ type: 'jobProgressed', id: effect.id, resume: String(at), done: at, of: 200 });
      return;
    case 'approve':
      bench.send({ type: 'approve', by: people[at % 3] ?? 'ann', note: '', role: 'release manager' });
      return;
    case 'supersede':
      bench.send({ type: 'supersede', by: 'ann', release: 3 });
      return;
    default:
      bench.send({ type: kind, ...ann });
  }
}

/** Goes undisturbed to the first hold, where most histories would never come to: what happens there is the gate's. */
function toFirstHold(bench: ModelBench): void {
  for (let round = 0; round < 60 && !isOver(bench.rollout) && bench.rollout.phase !== 'holding'; round += 1) {
    for (const effect of bench.rollout.pending) bench.complete(effect);
    bench.observe();
    if (bench.rollout.phase !== 'awaiting') continue;
    bench.send({ type: 'approve', by: people[round % 3] ?? 'ann', note: '', role: 'release manager' });
    bench.send({ type: 'promote', ...ann });
  }
}

/** What was asked for and not stopped since runs again. */
function heal(bench: ModelBench): void {
  for (const { next, previous, nextReplicas, previousReplicas } of bench.rollout.plan.moves) {
    for (const [revision, replicas] of [
      [next, nextReplicas],
      [previous, previousReplicas],
    ] as const) {
      if (revision === null || revision === undefined) continue;
      const present = bench.world.present.get(revision.id);
      if (present !== undefined && present.ready.length > 0 && present.ready.length < replicas) {
        const wanted = bench.rollout.pending.some(
          (effect) => effect.do === 'stop' && effect.revision === revision.id,
        );
        if (!wanted) bench.restart(revision.id, present.ready.length);
      }
    }
  }
}

/** The second act: nothing fails any more, people answer, time goes by. */
function finish(bench: ModelBench): void {
  for (let round = 0; round < 600 && !isOver(bench.rollout); round++) {
    for (const effect of bench.rollout.pending) bench.complete(effect);
    const { stages, moves } = bench.rollout.plan;
    const reached = 'stage' in bench.rollout ? stages.slice(0, bench.rollout.stage + 1) : [];
    const goal = reached.findLast((stage) => stage.kind === 'shift');
    for (const { service, next, previous, nextReplicas, previousReplicas } of moves) {
      const share = goal?.services.find((each) => each.service === service);
      if (next && share) bench.restart(next.id, Math.min(nextReplicas, share.next));
      if (previous && !('stage' in bench.rollout)) bench.restart(previous.id, previousReplicas);
    }
    bench.observe();
    bench.answer(200, 0);
    bench.send({ type: 'resume', ...ann });
    bench.send({ type: 'approve', by: people[round % 3] ?? 'ann', note: '', role: 'release manager' });
    if (round > 40) bench.send({ type: 'promote', ...ann });
    bench.wait(millis(5_000));
    bench.send({ type: 'tick' });
  }
}

const endsEarly = ({ before, event, after, now }: Taken) =>
  before.phase === 'holding' && now < before.until && event.type === 'measured' && after.phase === 'starting';

const runs = Number(process.env['FAIRWAY_MODEL_RUNS'] ?? 1_500);

describe('any history of events', () => {
  it('keeps every invariant at every step, and once faults stop, ends in exactly one terminal state (R1–R12, R14)', () => {
    const ends = new Map<string, number>();
    let proven = 0;
    const look = (taken: Taken) => {
      for (const holds of Object.values(invariants)) holds(taken);
      if (endsEarly(taken)) proven += 1;
    };
    fc.assert(
      fc.property(scenario, fc.boolean(), history, (drawn, beginsInHold, events) => {
        const bench = modelBench(aPlan(drawn), look);
        bench.begin();
        if (beginsInHold) toFirstHold(bench);
        events.forEach((kind, at) => happen(bench, kind, at));
        finish(bench);
        expect(isOver(bench.rollout), `it ends; stands at ${bench.rollout.phase}`).toBe(true);
        ends.set(bench.rollout.phase, (ends.get(bench.rollout.phase) ?? 0) + 1);
      }),
      { numRuns: runs },
    );
    // A model in which nothing is ever promoted would prove little.
    for (const phase of ['promoted', 'rolledBack', 'failed'])
      expect(ends.get(phase) ?? 0).toBeGreaterThan(runs / 100);
    expect(proven, 'holds that proof has ended before their time').toBeGreaterThan(0);
  });
});

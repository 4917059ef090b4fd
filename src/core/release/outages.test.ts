import { describe, expect, it } from 'vitest';
import { hours, minutes } from '#kernel';
import { aPolicy } from './release.fixture.ts';
import { aPlan, strategies } from './scenario.fixture.ts';
import { pass, run, walk } from './walk.fixture.ts';
import { modelBench } from './world.fixture.ts';

const ann = { by: 'ann', note: '' };

describe('what was found by thinking like an outage', () => {
  it('an abort while old consumers pause sets them to work again', () => {
    const { bench } = walk({ strategy: strategies.rolling, services: ['workers'] });
    for (const effect of bench.rollout.pending) bench.complete(effect);
    bench.observe();
    expect(bench.rollout).toMatchObject({ phase: 'routing', part: 'pause' });
    for (const effect of bench.rollout.pending) bench.perform(effect);
    bench.send({ type: 'abort', ...ann });
    run(bench);
    expect(bench.rollout.phase).toBe('rolledBack');
    expect(bench.at(bench.rollout.plan.moves[0]?.previous?.id ?? '').active).toBe(2);
  });

  it('crashes from before a rollout are not its own', () => {
    const plan = aPlan({ manner: 'direct' });
    const next = plan.moves[0]?.next?.id ?? '';
    const bench = modelBench(plan, () => undefined);
    bench.world.present.set(next, { ready: [bench.now, bench.now], crashes: 7, active: 0 });
    bench.begin();
    run(bench);
    bench.answer(200, 0);
    expect(bench.rollout.phase).toBe('promoted');
  });

  it('a look without counts does not turn history into evidence (R7)', () => {
    const { bench } = walk({});
    run(bench);
    pass(bench, 21_000);
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 1 });
    bench.send({ type: 'measured', counts: [] });
    bench.answer(0, 0);
    expect(bench.rollout).toMatchObject({ phase: 'holding', watch: { verdict: { kind: 'notMeasured' } } });
  });

  it('nothing is passed on what was known before a controller was away', () => {
    const { bench } = walk({ policy: { gate: { ...aPolicy.gate, onInconclusive: 'rollback' } } });
    run(bench);
    bench.answer(200, 0);
    bench.wait(minutes(30));
    bench.send({ type: 'tookOver', away: minutes(30) });
    expect(bench.rollout).toMatchObject({ phase: 'holding', stage: 0, watch: { verdict: null } });
    bench.hurt();
    expect(bench.rollout).toMatchObject({ phase: 'restoring', because: { code: 'gate_failed' } });
  });

  it('a release without anything that moves comes to its end', () => {
    const plan = { ...aPlan({ manner: 'direct' }), moves: [], stages: [] };
    const bench = modelBench(plan, () => undefined);
    bench.begin();
    expect(bench.rollout.phase).toBe('promoted');
  });

  it('people are asked before anything that users meet, also where a preview comes later', () => {
    const approval = { role: 'release manager', people: 1, within: hours(1) };
    const breaking = aPlan({
      strategy: strategies['blue-green'],
      migrates: 'breaking',
      policy: { approval },
    });
    expect(breaking.stages.map(({ name }) => name).slice(0, 2)).toEqual([
      'approval by release manager',
      'expand the schema',
    ]);
  });

  it('consumers alone prove nothing, and nothing is asked to be proven', () => {
    const plan = aPlan({ strategy: strategies.canary, services: ['workers'] });
    expect(plan.stages.map((stage) => (stage.kind === 'shift' ? stage.gate : ''))).toEqual([
      'none',
      'none',
      'none',
    ]);
  });
});

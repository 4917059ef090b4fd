import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millis, percent } from '#kernel';
import { compare, harmOf, openComparison } from './comparison.ts';
import { addCrashes, openCrashes } from './crashes.ts';
import { addEvidence, type Evidence, noEvidence } from './evidence.ts';
import type { GateInput, JudgePolicy, ServiceInput } from './input.ts';
import { judge, settingsOf } from './judge.ts';
import type { Comparison } from './state.ts';
import { answers } from './testing/arms.ts';

const policy: JudgePolicy = {
  errorShare: percent(1),
  slowerThan: millis(250),
  slowShare: percent(5),
  minimumRequests: 100,
  checks: [],
};

interface Pair {
  readonly canary: Evidence;
  readonly stable: Evidence;
}

const history = answers(30_000, 60, { 50: 9_000, 80: 12_000, 160: 6_000, 240: 2_940 });

/** A service after ticks of ten seconds, all of them in the present step. */
function service(ticks: readonly Pair[], more: Partial<ServiceInput> = {}, past = history): ServiceInput {
  const settings = settingsOf(policy);
  const sum = (arm: 'canary' | 'stable') =>
    ticks.reduce((all, tick) => addEvidence(all, tick[arm]), noEvidence);
  return {
    service: 'edge',
    stepping: true,
    comparison: ticks.reduce<Comparison>(
      (comparison, tick, i) => compare(comparison, { at: 10 * (i + 1), ...tick, replicas: [] }, settings),
      openComparison(past.requests > 0 ? past : null, settings),
    ),
    step: { canary: sum('canary'), stable: sum('stable') },
    rate: 4,
    ...more,
  };
}

const times = (n: number, arms: Pair): readonly Pair[] => Array.from({ length: n }, () => arms);
const arms = (canary: [number, number], stable: [number, number]): Pair => ({
  canary: answers(...canary),
  stable: answers(...stable),
});
const healthy = arms([40, 0], [360, 0]);

const about = (services: readonly ServiceInput[], more: Partial<GateInput> = {}): GateInput => ({
  services,
  crashes: openCrashes(),
  checks: [],
  over: true,
  ...more,
});

describe('the gate', () => {
  //  ticks  canary     stable      says
  it.each<[number, [number, number], [number, number], string]>([
    [0, [0, 0], [0, 0], 'notMeasured'],
    [6, [0, 0], [360, 0], 'notMeasured'],
    [2, [40, 0], [360, 1], 'inconclusive'], // 80 requests of 100
    [3, [40, 0], [360, 1], 'pass'],
    [1, [1, 1], [360, 1], 'inconclusive'], // one bad request fails nothing, and passes nothing
    [3, [40, 20], [360, 1], 'fail'],
    [3, [40, 1], [360, 9], 'inconclusive'], // both above the floor of 1 %
    [3, [40, 20], [360, 18], 'fail'], // the stable arm is bad, the canary far worse
    [12, [40, 2], [360, 3], 'fail'], // six times as many errors, in two minutes
  ])('after %i ticks of %j canary and %j stable requests says %s', (ticks, canary, stable, kind) => {
    expect(judge(about([service(times(ticks, arms(canary, stable)))]), policy).kind).toBe(kind);
  });

  it('has a fast answer for total failure: within two blocks', () => {
    const verdict = judge(about([service(times(2, arms([40, 40], [360, 0])))]), policy);
    expect(verdict).toMatchObject({ kind: 'fail', because: { name: 'errors', subject: 'edge' } });
    const hours = judge(about([service(times(400, arms([40, 40], [360, 0])))]), policy);
    expect(JSON.parse(JSON.stringify(hours))).toEqual(hours); // no number beyond what JSON holds
  });

  it('says in the sentence what the numbers are, and gives each its numbers', () => {
    const verdict = judge(about([service(times(3, arms([40, 6], [360, 1])))]), policy);
    expect(verdict).toMatchObject({
      kind: 'fail',
      because: {
        name: 'errors',
        state: 'bad',
        observed: 15,
        limit: 1,
        sentence: expect.stringMatching(
          /^edge: 18 of 120 canary requests failed, 3 of 1,080 stable ones; evidence [\d,]+ against 100$/,
        ),
        evidence: { against: 100, canary: { hits: 18, trials: 120 }, stable: { hits: 3, trials: 1_080 } },
      },
    });
    const { because } = verdict as Extract<typeof verdict, { kind: 'fail' }>;
    expect(because.evidence?.value).toBeGreaterThan(100);
  });

  it('fails a canary that is slower, though no answer is slow by the floor', () => {
    const slow = { canary: answers(40, 0, { 80: 10, 140: 20, 230: 10 }), stable: healthy.stable };
    expect(judge(about([service(times(6, slow))]), policy)).toMatchObject({
      kind: 'fail',
      because: {
        name: 'latency',
        sentence: expect.stringContaining(
          'edge: canary p50 152 ms, p95 235 ms, p99 235 ms; stable p50 83 ms, ',
        ),
      },
    });
  });

  it('waits where both arms are above the floor, and says that going back would not help', () => {
    expect(judge(about([service(times(12, arms([40, 1], [360, 9])))]), policy)).toMatchObject({
      kind: 'inconclusive',
      needs: [expect.stringContaining('the stable revision is above it as well (2.50 %)')],
    });
  });

  it('holds what looks suspicious, before it fails', () => {
    const verdict = judge(about([service([...times(8, healthy), arms([40, 4], [360, 0])])]), policy);
    expect(verdict).toMatchObject({
      kind: 'inconclusive',
      needs: [expect.stringContaining('from 5 on nothing passes')],
      estimate: { requests: expect.any(Number) },
    });
  });

  it('asks no exposure of services that do not step here, but sees harm in them', () => {
    const aside = (failures: number) =>
      service(times(3, arms([6, failures], [360, 0])), { service: 'ai', stepping: false });
    expect(judge(about([aside(0)]), policy).kind).toBe('pass');
    expect(judge(about([service(times(3, healthy)), aside(5)]), policy)).toMatchObject({
      kind: 'fail',
      because: { name: 'errors', subject: 'ai' },
    });
  });

  it('looks at the scores of the deadline only once the hold is over', () => {
    const worse = times(16, arms([400, 2], [3_600, 10]));
    expect(judge(about([service(times(16, arms([400, 1], [3_600, 10])))]), policy).kind).toBe('pass');
    expect(judge(about([service(worse)], { over: false }), policy)).toMatchObject({
      kind: 'pass',
      because: 'noHarm',
    });
    expect(judge(about([service(worse)]), policy)).toMatchObject({
      kind: 'inconclusive',
      needs: [expect.stringContaining('standard deviations')],
    });
  });
});

describe('a pass', () => {
  const proven = service(
    times(120, {
      canary: answers(100, 0, { 50: 30, 80: 40, 160: 20, 240: 10 }),
      stable: answers(900, 1, { 50: 270, 80: 360, 160: 180, 240: 89 }),
    }),
  );

  it('is proven once margins of errors and latency are excluded, and only then', () => {
    expect(judge(about([proven], { over: false }), policy)).toMatchObject({
      kind: 'pass',
      because: 'proven',
    });
    expect(judge(about([service(times(6, healthy))]), policy)).toMatchObject({
      kind: 'pass',
      because: 'noHarm',
    });
    const both = [proven, service(times(6, healthy), { service: 'ai' })];
    expect(judge(about(both), policy)).toMatchObject({ kind: 'pass', because: 'noHarm' });
    expect(judge(about([proven, { ...proven, service: 'ai' }]), policy)).toMatchObject({ because: 'proven' });
  });

  it('needs the requests of this step, whatever was proven before', () => {
    const anew = { ...proven, step: { canary: answers(10, 0), stable: answers(10, 0) } };
    expect(judge(about([anew]), policy)).toMatchObject({ kind: 'inconclusive' });
  });

  it('is no proof once the canary is alone, whatever was proven before, nor where nothing steps', () => {
    const settings = settingsOf(policy);
    const after = [1_205, 1_210, 1_215].reduce<Comparison>(
      (comparison, at) =>
        compare(comparison, { at, canary: answers(100, 0), stable: noEvidence, replicas: [] }, settings),
      proven.comparison,
    );
    const alone = { ...proven, comparison: after };
    expect(judge(about([alone]), policy)).toMatchObject({ kind: 'pass', because: 'noHarm' });
    expect(judge(about([]), policy)).toMatchObject({ kind: 'pass', because: 'noHarm' });
  });

  it('is no proof without a stable arm: the ceilings are quiet, and the sentence says so', () => {
    const alone = service(times(6, { canary: answers(50, 0), stable: noEvidence }), {}, noEvidence);
    expect(judge(about([alone]), policy)).toMatchObject({ kind: 'pass', because: 'noHarm' });
    const bad = service(times(6, { canary: answers(50, 12), stable: noEvidence }), {}, noEvidence);
    expect(judge(about([bad]), policy)).toMatchObject({
      kind: 'fail',
      because: {
        sentence: expect.stringContaining(
          'held against the declared 1.00 % because no stable revision answers',
        ),
        evidence: { stable: null },
      },
    });
  });

  it('waits for every named check, and a red one ends it; green ones prove nothing', () => {
    const checked = { ...policy, checks: ['login', 'import'] };
    const login = { name: 'login', green: true, detail: 'p95 9 ms' };
    expect(judge(about([proven], { checks: [login] }), checked)).toMatchObject({
      kind: 'notMeasured',
      needs: ['check import has no result in this step yet'],
    });
    const red = { name: 'import', green: false, detail: 'stood at 0 %' };
    expect(judge(about([proven], { checks: [login, red] }), checked)).toMatchObject({
      kind: 'fail',
      because: { subject: 'import', sentence: 'check import is red: stood at 0 %' },
    });
    const green = { ...red, green: true };
    expect(judge(about([service(times(2, healthy))], { checks: [login, green] }), checked).kind).toBe(
      'inconclusive',
    );
  });

  it('never comes of errors or of nothing, whatever the numbers (R7)', () => {
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.nat(400),
        fc.nat(4_000),
        fc.integer({ min: 1, max: 8 }),
        (n, bad, other, ticks) => {
          const each = arms([n, Math.min(n, bad)], [other, 0]);
          const verdict = judge(about([service(times(ticks, each))]), policy);
          if (verdict.kind !== 'pass') return;
          expect(n * ticks).toBeGreaterThanOrEqual(policy.minimumRequests);
          expect(Math.min(n, bad) / n).toBeLessThanOrEqual(0.01);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('one budget', () => {
  it('covers all services: the same evidence counts less among many', () => {
    const bad = service(times(3, arms([40, 2], [360, 1])));
    const others = Array.from({ length: 15 }, (_, i) =>
      service(times(3, healthy), { service: `other-${i}` }),
    );
    expect(judge(about([bad]), policy).kind).toBe('fail');
    expect(judge(about([bad, ...others]), policy).kind).toBe('inconclusive');
  });

  it('is the policy’s: fewer false alarms ask for more evidence', () => {
    const bad = service(times(3, arms([40, 2], [360, 1])));
    expect(judge(about([bad]), { ...policy, falseAlarms: percent(0.01) }).kind).toBe('inconclusive');
  });

  it('of errors is proof enough where a source knows no latency', () => {
    const counted = ({ requests, failures }: Evidence): Evidence => ({ requests, failures, buckets: [] });
    const jobs = { canary: counted(answers(400, 0)), stable: counted(answers(3_600, 7)) };
    const workers = service(times(60, jobs), {}, counted(history));
    const { signals, ...verdict } = judge(about([workers]), policy);
    expect(verdict).toMatchObject({ kind: 'pass', because: 'proven' });
    expect(signals.find(({ name }) => name === 'noHarm')?.evidence?.value).toBeGreaterThan(20);
    const short = service(times(2, jobs), {}, counted(history));
    expect(judge(about([short]), policy)).toMatchObject({ kind: 'pass', because: 'noHarm' });
    const red = judge(about([short]), { ...policy, checks: ['login'] });
    expect(red).toMatchObject({ kind: 'notMeasured', estimate: { requests: expect.any(Number) } });
  });

  it('goes to errors where a source knows no latency', () => {
    const bare = (failures: number): Pair => ({
      canary: { requests: 40, failures, buckets: [] },
      stable: { requests: 360, failures: 0, buckets: [] },
    });
    const { signals } = judge(about([service(times(2, bare(40)), {}, noEvidence)]), policy);
    expect(signals.map(({ name }) => name)).not.toContain('latency');
    expect(signals).toContainEqual(expect.objectContaining({ name: 'errors', state: 'bad' }));
  });

  it('tolerates one fall of a fresh canary, fails at the second, and holds where they are far apart', () => {
    const fallen = (falls: number, quiet = 0) => {
      const running = addCrashes(openCrashes(), { at: 60, falls: 0, replicaSeconds: 60 });
      const fell = Array.from({ length: falls }).reduce<typeof running>(
        (state, _, i) => addCrashes(state, { at: 62 + i, falls: 1, replicaSeconds: 1 }),
        running,
      );
      return addCrashes(fell, { at: 70 + quiet, falls: 0, replicaSeconds: quiet });
    };
    const says = (falls: number, quiet = 0) =>
      judge(about([service(times(6, healthy))], { crashes: fallen(falls, quiet) }), policy);
    expect(says(0).kind).toBe('pass');
    expect(says(1).kind).toBe('pass');
    expect(says(2)).toMatchObject({ kind: 'fail', because: { name: 'crashes', observed: 2 } });
    const again = addCrashes(fallen(1, 1_200), { at: 1_300, falls: 1, replicaSeconds: 1 });
    expect(judge(about([service(times(6, healthy))], { crashes: again }), policy)).toMatchObject({
      kind: 'inconclusive',
      needs: [expect.stringContaining('ended unasked 2 times')],
    });
  });
});

describe('the estimate', () => {
  it('tells what is missing to the minimum, how long it takes, and what could be seen', () => {
    const few = service([healthy]);
    expect(judge(about([few]), policy)).toMatchObject({
      estimate: {
        requests: 60,
        seconds: 15,
        sentence: expect.stringMatching(
          /^edge: about 60 canary requests more, 15s at the present rate; with them an error share of [\d.]+ % or more would show \(stable 0\.20 %\)$/,
        ),
      },
    });
    expect(judge(about([{ ...few, rate: null }]), policy)).toMatchObject({ estimate: { seconds: null } });
  });

  it('counts what the stable arm lacks in requests of the canary', () => {
    const heavy = service(times(2, arms([360, 0], [20, 0])), { rate: 36 }); // 60 stable ones come with 1,080
    expect(judge(about([heavy]), policy)).toMatchObject({
      kind: 'inconclusive',
      needs: [expect.stringContaining('the stable revision only 40: it needs 60 more')],
      estimate: { requests: 1_080, seconds: 30 },
    });
  });

  it('follows the growth of the evidence where it points to harm', () => {
    const suspect = service([...times(8, healthy), arms([40, 4], [360, 0])]);
    const verdict = judge(about([suspect]), policy);
    const { errors, latency } = harmOf(suspect.comparison);
    const combined = Math.log(0.45 * Math.exp(errors) + 0.45 * Math.exp(latency) + 0.1);
    const more = Math.ceil((Math.log(100) - combined) / (combined / 360));
    expect(verdict).toMatchObject({ kind: 'inconclusive', estimate: { requests: more } });
  });

  it('is of the service that takes longest', () => {
    const slow = { ...service([healthy]), service: 'ai', rate: 0.1 };
    expect(judge(about([service([healthy]), slow]), policy)).toMatchObject({ estimate: { seconds: 600 } });
  });
});

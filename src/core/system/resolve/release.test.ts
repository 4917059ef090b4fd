import { describe, expect, test } from 'vitest';
import { type Environment, readSystem, resolveEnvironment, type System, withStrategy } from '#core/system';

const program = { folder: 'services/core', command: ['node', 'main.ts'], probes: { ready: '/readyz' } };
const windows = { night: { days: ['sun'], from: '22:30', until: '04:00', zone: 'Asia/Singapore' } };

function read(system: object): System {
  const { system: found, problems } = readSystem({
    name: 'shop',
    services: { core: program },
    stores: { database: { kind: 'postgres' } },
    environments: { dev: { target: 'local' } },
    ...system,
  });
  expect(problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
  if (found === null) throw new Error('the system was not read');
  return found;
}

function resolved(system: System, name?: string): Environment {
  const result = resolveEnvironment(system, name);
  if (!result.ok) throw new Error('the environment was not resolved');
  return result.value;
}
const release = (policy: object, more: object = {}) => resolved(read({ release: policy, ...more })).release;

describe('strategies', () => {
  const strategyIn = (strategy: unknown, policy: object = {}) =>
    resolved(read({ services: { core: { ...program, strategy } }, release: policy })).services[0]?.strategy;
  const step = { weight: '10%', hold: '1m' };
  const steps = [{ weight: 10, hold: 60_000, gate: true }];

  test.each([
    [
      'blue-green by name alone',
      'blue-green',
      {},
      { kind: 'blue-green', preview: 0, steps: [], advance: 'gate' },
    ],
    [
      'blue-green as the environment has it',
      'blue-green',
      { blueGreen: { preview: '5m', steps: [step], autoPromote: false } },
      { kind: 'blue-green', preview: 300_000, steps, advance: 'person' },
    ],
    [
      'blue-green in full',
      { kind: 'blue-green', preview: '1m' },
      { blueGreen: { steps: [step] } },
      { kind: 'blue-green', preview: 60_000, steps: [], advance: 'gate' },
    ],
    [
      'a canary that people promote',
      { kind: 'canary', steps: [step], autoPromote: false },
      {},
      { kind: 'canary', steps, by: 'requests', advance: 'person' },
    ],
  ])('%s', (_, strategy, policy, expected) => {
    expect(strategyIn(strategy, policy)).toEqual(expected);
  });

  test.each([
    ['that of the environment', 'rolling', {}, 1_800_000],
    ['that of blue-green where it is used', 'blue-green', { blueGreen: { keepOld: '1h' } }, 3_600_000],
    ['that of blue-green not where nothing uses it', 'rolling', { blueGreen: { keepOld: '1h' } }, 1_800_000],
    [
      'that of the service',
      { kind: 'blue-green', keepOld: '2h' },
      { blueGreen: { keepOld: '1h' } },
      7_200_000,
    ],
    ['the longest', { kind: 'blue-green', keepOld: '1m' }, { keepOld: '1d' }, 86_400_000],
  ])('old revisions are kept as long as the longest says: %s', (_, strategy, policy, keepOld) => {
    const services = { core: { ...program, strategy } };
    expect(resolved(read({ services, release: policy })).release.keepOld).toBe(keepOld);
  });

  test('a consumer belongs to a service without traffic', () => {
    const consumer = { pause: '/-/pause', resume: '/-/resume' };
    const [jobs, web] = resolved(
      read({ services: { jobs: { ...program, traffic: 'none', consumer }, web: program } }),
    ).services;
    expect([jobs?.consumer, web?.consumer]).toEqual([consumer, null]);
  });
});

describe('one kind of strategy for a whole system', () => {
  const system = read({
    services: {
      web: { ...program, replicas: 4 },
      own: { ...program, strategy: { kind: 'canary', steps: [{ weight: '5%', hold: '9m' }] } },
      jobs: { ...program, traffic: 'none' },
      paused: { ...program, traffic: 'none', consumer: { pause: '/p', resume: '/r' } },
    },
    release: {
      rolling: { surge: 2 },
      blueGreen: { preview: '1m', keepOld: '2h' },
      migrations: { service: 'web', command: ['node', 'm.ts'], contractAfter: '1h' },
    },
  });
  const strategies = (kind: 'rolling' | 'canary' | 'blue-green') =>
    resolved(withStrategy(system, kind)).services.map(({ name, strategy }) => [name, strategy]);
  const rolling = { kind: 'rolling', surge: 2, unavailable: 0, settle: 0 };

  test('rolling', () => {
    expect(strategies('rolling').map(([, strategy]) => strategy)).toEqual([
      rolling,
      rolling,
      rolling,
      rolling,
    ]);
  });
  test('canary: own settings, else one step; nothing to divide where nothing can be paused', () => {
    const canary = (weight: number, hold: number) => ({
      kind: 'canary',
      steps: [{ weight, hold, gate: true }],
      by: 'requests',
      advance: 'gate',
    });
    expect(Object.fromEntries(strategies('canary'))).toEqual({
      web: canary(10, 60_000),
      own: canary(5, 540_000),
      jobs: rolling,
      paused: canary(10, 60_000),
    });
  });
  test('blue-green, with how long the old revisions are kept', () => {
    const green = { kind: 'blue-green', preview: 60_000, steps: [], advance: 'gate' };
    expect(Object.fromEntries(strategies('blue-green'))).toEqual({
      web: green,
      own: green,
      jobs: rolling,
      paused: green,
    });
    const times = (one: System) => {
      const { keepOld, migrations } = resolved(one).release;
      return [keepOld, migrations?.contractAfter];
    };
    expect(times(withStrategy(system, 'blue-green'))).toEqual([7_200_000, 7_200_000]);
    expect(times(system)).toEqual([1_800_000, 3_600_000]);
  });
  test('a rolling update that could not move gets one replica more', () => {
    const stuck = read({
      services: { core: { ...program, strategy: 'canary' } },
      release: { rolling: { surge: 0 }, canary: { steps: [{ weight: '10%', hold: '1m' }] } },
    });
    expect(resolved(withStrategy(stuck, 'rolling')).services[0]?.strategy).toMatchObject({ surge: 1 });
  });
});

describe('times and people', () => {
  test.each([
    ['a week, when nothing is said', {}, 604_800_000],
    ['as long as a release may take, when that is shorter', { deadline: '1h' }, 3_600_000],
    ['what is said', { approval: { role: 'owner', people: 2, within: '10m' } }, 600_000],
  ])('people have %s', (_, policy, within) => {
    expect(release({ approval: { role: 'owner', people: 2 }, ...policy }).approval).toEqual({
      role: 'owner',
      people: 2,
      within,
    });
  });

  test('windows and freezes are minutes of a day, and days of the calendar', () => {
    const { window, freezes } = release(
      {
        window: 'night',
        freeze: ['fair', { name: 'holidays', from: '2026-12-20', until: '2027-01-02', zone: 'UTC' }],
      },
      { windows: { ...windows, fair: { days: ['mon', 'tue'], from: '09:00', until: '17:05', zone: 'UTC' } } },
    );
    expect(window).toEqual({ name: 'night', days: ['sun'], from: 1_350, until: 240, zone: 'Asia/Singapore' });
    expect(freezes).toEqual([
      {
        kind: 'weekly',
        window: { name: 'fair', days: ['mon', 'tue'], from: 540, until: 1_025, zone: 'UTC' },
      },
      { kind: 'dates', name: 'holidays', from: '2026-12-20', until: '2027-01-02', zone: 'UTC' },
    ]);
  });

  test('an environment changes each of them alone, and removes with null', () => {
    const system = read({
      windows,
      release: { window: 'night', approval: { role: 'owner' }, watch: '1m', supersede: 'refuse' },
      environments: {
        dev: { target: 'local', release: { window: null, approval: null, supersede: 'always' } },
        demo: { target: 'local', release: { approval: { people: 2 }, blueGreen: { preview: '1m' } } },
      },
    });
    expect(resolved(system, 'dev').release).toMatchObject({
      window: null,
      approval: null,
      watch: 60_000,
      supersede: 'always',
    });
    expect(resolved(system, 'demo').release).toMatchObject({
      window: { name: 'night' },
      approval: { role: 'owner', people: 2 },
      supersede: 'refuse',
    });
  });
});

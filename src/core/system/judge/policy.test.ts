import { describe, expect, test } from 'vitest';
import { readSystem } from '#core/system';
import { found, migrations, program, sql } from './found.fixture.ts';

/** What `check` says of a release policy: times, windows, people, shares. */
const consumer = { pause: '/-/pause', resume: '/-/resume' };
const window = (days: readonly string[], from: string, until: string, zone = 'UTC') => ({
  days,
  from,
  until,
  zone,
});
const every = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const night = window(['sun'], '02:00', '04:00');
const steps = (...weights: readonly number[]) =>
  weights.map((weight) => ({ weight: `${weight}%`, hold: '1m' }));

describe('times', () => {
  test.each([
    [
      'preview, steps and watch longer than the release',
      { release: { deadline: '3m', watch: '1m', blueGreen: { preview: '2m', steps: steps(10) } } },
      'error',
      'definition_hold_too_long',
      'release.blueGreen',
      'release.blueGreen takes 4m with its preview, its steps and release.watch, but a release may take 3m.',
    ],
    [
      'people who have no time left',
      { release: { deadline: '1m', canary: { autoPromote: false, steps: steps(10) } } },
      'error',
      'definition_hold_too_long',
      'release.canary.steps',
      'release.canary.steps are held for 1m and wait for people, but a release may take 1m.',
    ],
    [
      'a watch as long as the release',
      { release: { deadline: '1m', watch: '1m' } },
      'error',
      'definition_hold_too_long',
      'release.watch',
      'release.watch lasts 1m, but a release may take 1m.',
    ],
    [
      'a hold in which the gate is not read',
      { release: { gate: { interval: '2m' }, canary: { steps: steps(10) } } },
      'warning',
      'definition_hold_too_short',
      'release.canary.steps[0].hold',
      'release.canary.steps[0].hold is 1m, shorter than the 2m between two readings of the gate.',
    ],
    [
      'a watch in which the gate is not read',
      { release: { watch: '1s' } },
      'warning',
      'definition_hold_too_short',
      'release.watch',
      'release.watch is 1s, shorter than the 5s between two readings of the gate.',
    ],
    [
      'people asked for longer than a release lasts',
      { release: { deadline: '1h', approval: { role: 'owner', within: '2h' } } },
      'warning',
      'definition_wait_too_long',
      'release.approval.within',
      'release.approval.within is 2h, but a release is given up after 1h.',
    ],
    [
      'nobody to approve',
      { release: { approval: { role: 'owner', people: 0 } } },
      'error',
      'definition_bad_value',
      'release.approval.people',
      'release.approval.people is too small or too short.',
    ],
  ])('%s', (_, system, ...expected) => {
    expect(found(system)).toEqual([expected]);
  });
});

test.each([
  [
    'a hold as long as the time between two readings',
    { gate: { interval: '1m' }, canary: { steps: steps(10) } },
  ],
  ['steps as long as the release', { deadline: '1m', canary: { steps: steps(10) } }],
  ['people asked for as long as a release lasts', { deadline: '1h', approval: { role: 'a', within: '1h' } }],
])('%s is let through', (_, release) => {
  expect(found({ release })).toEqual([]);
});

describe('windows and freezes', () => {
  test.each([
    [
      'a window without length',
      { windows: { night: { ...night, until: '02:00' } } },
      'error',
      'definition_window_empty',
      'windows.night.until',
      'windows.night opens and closes at 02:00: it has no length.',
    ],
    [
      'a freeze that ends before it begins',
      { release: { freeze: [{ name: 'x', from: '2027-01-02', until: '2026-12-20', zone: 'UTC' }] } },
      'error',
      'definition_window_empty',
      'release.freeze[0].until',
      'release.freeze[0].until is 2026-12-20, before the freeze begins on 2027-01-02.',
    ],
    [
      'a day that is not in the calendar',
      { release: { freeze: [{ name: 'x', from: '2026-02-30', until: '2026-12-20', zone: 'UTC' }] } },
      'error',
      'definition_bad_unit',
      'release.freeze[0].from',
      'release.freeze[0].from is no day of the calendar.',
    ],
    [
      'a time zone nobody knows',
      { windows: { night: { ...night, zone: 'Asia/Singapur' } } },
      'error',
      'definition_bad_unit',
      'windows.night.zone',
      'windows.night.zone is no time zone.',
    ],
    [
      'a freeze nobody declares',
      { release: { freeze: ['fair'] }, windows: { night } },
      'error',
      'definition_unknown_reference',
      'release.freeze[0]',
      'release.freeze[0] names "fair", which is not among the windows.',
    ],
    [
      'a window nobody declares',
      { release: { window: 'nigth' }, windows: { night } },
      'error',
      'definition_unknown_reference',
      'release.window',
      'release.window names "nigth", which is not among the windows.',
    ],
    [
      'a window inside a freeze',
      {
        release: { window: 'night', freeze: ['weekend'] },
        windows: { night, weekend: window(['sat', 'sun'], '00:00', '24:00') },
      },
      'error',
      'definition_window_never_open',
      'release.window',
      'release.window is open only while the freeze "weekend" is: no release could begin.',
    ],
    [
      'a window inside a freeze of another zone',
      {
        release: { window: 'early', freeze: ['sunday'] },
        windows: {
          early: window(['mon'], '02:00', '04:00'),
          sunday: window(['sun'], '00:00', '24:00', 'America/New_York'),
        },
      },
      'error',
      'definition_window_never_open',
      'release.window',
      'release.window is open only while the freeze "sunday" is: no release could begin.',
    ],
    [
      'a freeze without end',
      {
        release: { freeze: ['days', 'nights'] },
        windows: { days: window(every, '06:00', '18:00'), nights: window(every, '18:00', '06:00') },
      },
      'error',
      'definition_window_never_open',
      'release.freeze',
      'The freeze "days" and "nights" never ends: no release could begin.',
    ],
    [
      'two windows that never meet',
      {
        ...migrations({ ...sql, window: 'day' }, { window: 'night' }),
        windows: { night, day: window(every, '08:00', '18:00') },
      },
      'error',
      'definition_window_never_open',
      'release.window',
      'The windows "night" and "day" are never open together: a release that changes the schema could not begin.',
    ],
    [
      'a window that opens after the release was given up',
      { release: { window: 'night', deadline: '1d' }, windows: { night } },
      'warning',
      'definition_wait_too_long',
      'release.window',
      'release.window keeps a release waiting for up to 6d22h, but it is given up after 1d.',
    ],
  ])('%s', (_, system, ...expected) => {
    expect(found(system)).toEqual([expected]);
  });

  test.each([
    [
      'a freeze of one day',
      { release: { freeze: [{ name: 'x', from: '2026-12-24', until: '2026-12-24', zone: 'UTC' }] } },
    ],
    ['a window on Sunday, with the usual deadline', { release: { window: 'night' }, windows: { night } }],
    [
      'a window that a freeze leaves a part of',
      {
        release: { window: 'night', freeze: ['early'] },
        windows: { night, early: window(['sun'], '00:00', '03:59') },
      },
    ],
    [
      'a freeze that follows the clocks of another zone for half of the year only',
      {
        release: { window: 'night', freeze: ['there'], deadline: '8d' },
        windows: { night, there: window(['sat'], '21:00', '23:30', 'America/New_York') },
      },
    ],
    [
      'a window over midnight on Sunday that goes on into Monday',
      {
        release: { window: 'late', freeze: ['sunday'] },
        windows: { late: window(['sun'], '23:00', '01:00'), sunday: window(['sun'], '00:00', '24:00') },
      },
    ],
  ])('%s is let through', (_, system) => {
    expect(found(system)).toEqual([]);
  });
});

describe('shares of replicas and of consumers', () => {
  const byReplicas = (replicas: number, ...weights: readonly number[]) => ({
    services: {
      web: { ...program, replicas, strategy: { kind: 'canary', by: 'replicas', steps: steps(...weights) } },
    },
  });
  const consumers = (replicas: number, strategy: object | string, release: object = {}) => ({
    services: { jobs: { ...program, traffic: 'none', consumer, replicas, strategy } },
    release,
  });
  test.each([
    [
      'one replica, all steps',
      byReplicas(1, 10, 50, 100),
      'error',
      'services.web.strategy.steps',
      'With the 1 replica of services.web, every step of services.web.strategy.steps would be 100%: nothing would be tried first.',
    ],
    [
      'a share of none',
      byReplicas(3, 10, 33),
      'warning',
      'services.web.strategy.steps[0].weight',
      'With the 3 replicas of services.web, services.web.strategy.steps[0].weight of 10% would be 33%.',
    ],
    [
      'a share of all',
      byReplicas(3, 33, 90),
      'warning',
      'services.web.strategy.steps[1].weight',
      'With the 3 replicas of services.web, services.web.strategy.steps[1].weight of 90% would be 100%.',
    ],
    [
      'one consumer',
      consumers(1, { kind: 'canary', steps: steps(10) }),
      'warning',
      'services.jobs.strategy.steps[0].weight',
      'With the 1 replica of services.jobs, services.jobs.strategy.steps[0].weight of 10% would be 50%.',
    ],
    [
      'steps of the environment',
      consumers(2, 'blue-green', { blueGreen: { steps: steps(20) } }),
      'warning',
      'release.blueGreen.steps[0].weight',
      'With the 2 replicas of services.jobs, release.blueGreen.steps[0].weight of 20% would be 33%.',
    ],
  ])('%s', (_, system, severity, path, sentence) => {
    expect(found(system)).toEqual([[severity, 'definition_share_not_shown', path, sentence]]);
  });

  test.each([
    ['ten replicas', byReplicas(10, 10, 25, 50, 100)],
    ['half of two', byReplicas(2, 50)],
    ['two consumers', consumers(2, { kind: 'canary', steps: steps(50) })],
    ['consumers that change at once', consumers(1, 'blue-green')],
  ])('%s are let through', (_, system) => {
    expect(found(system)).toEqual([]);
  });

  test.each([
    ['a canary', { kind: 'canary', steps: steps(50) }],
    ['a blue-green release', { kind: 'blue-green' }],
  ])('%s of what takes jobs and cannot be paused is refused, and told how', (_, strategy) => {
    const { problems } = readSystem({
      name: 'shop',
      services: { jobs: { ...program, traffic: 'none', strategy } },
      environments: { dev: { target: 'local' } },
    });
    expect(problems).toMatchObject([
      {
        severity: 'error',
        code: 'definition_strategy_without_traffic',
        hint: 'write consumer: { pause: "/-/pause", resume: "/-/resume" } if it can be paused, or strategy: "rolling"',
      },
    ]);
  });

  test.each([
    [
      'with traffic',
      { consumer },
      'services.web.consumer',
      'services.web has traffic: its share is one of requests, and nothing pauses it.',
    ],
    [
      'with one path for both',
      { traffic: 'none', consumer: { pause: '/p', resume: '/p' } },
      'services.web.consumer.resume',
      'services.web would be paused and resumed by the same path.',
    ],
  ])('a consumer %s', (_, change, path, sentence) => {
    expect(found({ services: { web: { ...program, ...change } } })).toEqual([
      ['error', 'definition_consumer_unfit', path, sentence],
    ]);
  });
});

describe('what cannot be reached', () => {
  const services = {
    web: program,
    jobs: { ...program, traffic: 'none', consumer, strategy: 'blue-green' },
  };
  test('a check that asks a service without traffic', () => {
    const checks = { up: { kind: 'http', service: 'jobs', path: '/', p95: '1s' } };
    expect(found({ services, checks })).toEqual([
      [
        'error',
        'definition_check_unreachable',
        'checks.up.service',
        'checks.up asks services.jobs, which has no traffic and so no address.',
      ],
    ]);
  });
  test('a check that needs a service whose old revision goes on meanwhile is let through', () => {
    const checks = { work: { kind: 'command', folder: 'x', command: ['node', 'c.ts'], needs: ['jobs'] } };
    const rolled = { ...services, jobs: { ...services.jobs, strategy: 'rolling' } };
    expect(found({ services: rolled, checks, release: { gate: { checks: ['work'] } } })).toEqual([]);
  });
  test('a check of the gate that needs a green without an address', () => {
    const check = { kind: 'command', folder: 'x', command: ['node', 'c.ts'], needs: ['web', 'jobs'] };
    const release = { gate: { checks: ['work'] } };
    expect(found({ services, checks: { work: check, other: check }, release })).toEqual([
      [
        'warning',
        'definition_check_unreachable',
        'checks.work.needs[1]',
        'The gate asks for the check work, which needs services.jobs: its new revision has no address before it takes over.',
      ],
    ]);
  });

  test.each([
    [
      'an environment nobody declares',
      { trigger: { on: 'manual', after: 'stagin' } },
      'trigger.after',
      'stagin',
    ],
    ['itself', { trigger: { on: 'manual', after: 'prod' } }, 'trigger.after', 'prod'],
    [
      'data of an environment nobody declares',
      { data: { kind: 'masked', from: 'live' } },
      'data.from',
      'live',
    ],
  ])('an environment that waits for %s', (_, change, path, name) => {
    const environments = { staging: { target: 'local' }, prod: { target: 'local', ...change } };
    expect(found({ environments })).toEqual([
      [
        'error',
        'definition_unknown_reference',
        `environments.prod.${path}`,
        `${path} names "${name}", which is not among the other environments.`,
      ],
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { type Job, type Migrations, readSystem, resolveEnvironment } from '#core/system';

const core = {
  folder: 'services/core',
  include: ['services/common'],
  command: ['node', 'main.ts'],
  env: { A: 'a' },
  secrets: ['KEY'],
  needs: ['cache'],
  probes: { ready: '/readyz' },
};

function policy(release: object) {
  const { system, problems } = readSystem({
    name: 'shop',
    services: { core },
    stores: { database: { kind: 'postgres' }, cache: { kind: 'redis' } },
    secrets: { KEY: { generate: 32 } },
    windows: { night: { days: ['sun'], from: '02:00', until: '04:00', zone: 'UTC' } },
    release,
    environments: { dev: { target: 'local' } },
  });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const result = system === null ? null : resolveEnvironment(system);
  if (result === null || !result.ok) throw new Error('the environment was not resolved');
  return result.value.release;
}

function migrations(declared: object, release: object = {}): Migrations {
  const found = policy({ ...release, migrations: { service: 'core', ...declared } }).migrations;
  if (found === null) throw new Error('there are no migrations');
  return found;
}
const rows = (jobs: readonly Job[]) =>
  jobs.map(({ purpose, service, timeout }) => [purpose, service.command.join(' '), timeout / 1_000]);

test('a hook is built like a service of nobody, with what it declares', () => {
  const { before, after } = policy({
    hooks: {
      before: [
        {
          name: 'warm-caches',
          folder: 'jobs',
          include: ['services/common'],
          command: ['node', 'warm.ts'],
          env: { PAGES: 5 },
          secrets: ['KEY'],
          needs: ['core', 'cache'],
          timeout: '1m',
          onFailure: 'ignore',
        },
      ],
      after: [{ name: 'tell', folder: 'jobs', command: ['node', 'tell.ts'] }],
    },
  }).hooks;
  expect(before).toEqual([
    {
      name: 'warm-caches',
      purpose: 'before',
      timeout: 60_000,
      onFailure: 'ignore',
      service: {
        name: 'warm-caches',
        folder: 'jobs',
        include: ['services/common'],
        command: ['node', 'warm.ts'],
        env: { PAGES: '5' },
        secrets: ['KEY'],
        needs: ['core', 'cache'],
        exposure: 'none',
        traffic: 'none',
        port: null,
        replicas: 0,
        resources: { memory: null, cpu: null },
        probes: { live: null, ready: null, startup: null },
        shutdown: { drain: 0, websocketDrain: 0, grace: 10_000 },
        affinity: null,
        consumer: null,
        strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: 0 },
      },
    },
  ]);
  expect(after).toMatchObject([{ name: 'tell', purpose: 'after', timeout: 300_000, onFailure: 'rollback' }]);
});

describe('migrations', () => {
  test('a folder of SQL is run by our runner, in three phases', () => {
    const { jobs, compatible, window, contractAfter } = migrations({ folder: 'services/core/migrations' });
    expect(rows(jobs)).toEqual([
      ['expand', 'fairway-migrate expand .', 300],
      ['backfill', 'fairway-migrate backfill .', 3_600],
      ['contract', 'fairway-migrate contract .', 300],
    ]);
    expect({ compatible, window, contractAfter }).toEqual({
      compatible: true,
      window: null,
      contractAfter: 1_800_000,
    });
  });

  test('its job has the folder of SQL alone and the address of the store, and no secret', () => {
    const [{ name, onFailure, service } = { service: null }] = migrations({
      folder: 'services/core/sql',
    }).jobs;
    expect({ name, onFailure }).toEqual({ name: 'migrate-expand', onFailure: 'rollback' });
    expect(service).toMatchObject({
      name: 'migrate-expand',
      folder: 'services/core/sql',
      include: [],
      needs: ['database'],
      secrets: [],
      env: {},
      replicas: 0,
    });
  });

  test.each([
    ['one command', { command: ['node', 'm.ts'], timeout: '9m' }, [['expand', 'node m.ts', 540]]],
    [
      'one command at the end',
      { command: ['node', 'm.ts'], when: 'after' },
      [['contract', 'node m.ts', 300]],
    ],
    [
      'a command for each phase, in the order in which they run',
      {
        timeout: '2m',
        phases: {
          contract: { command: ['c'] },
          backfill: { command: ['b'], timeout: '2h' },
          expand: { command: ['e'] },
        },
      },
      [
        ['expand', 'e', 120],
        ['backfill', 'b', 7_200],
        ['contract', 'c', 120],
      ],
    ],
    [
      'changes that fit both revisions: nothing to contract',
      { folder: 'services/core/sql', policy: 'backward-compatible' },
      [
        ['expand', 'fairway-migrate expand .', 300],
        ['backfill', 'fairway-migrate backfill .', 3_600],
      ],
    ],
  ])('%s', (_, declared, expected) => {
    expect(rows(migrations(declared).jobs)).toEqual(expected);
  });

  test('only changes of any kind do not fit the code before', () => {
    const folder = 'services/core/sql';
    const compatible = (more: object) => migrations({ folder, ...more }).compatible;
    expect(compatible({ policy: 'backward-compatible' })).toBe(true);
    expect(compatible({ policy: 'expand-contract' })).toBe(true);
    expect(compatible({ policy: 'any', window: 'night' })).toBe(false);
  });

  test('a window of their own, and a contract later than the old revisions are kept', () => {
    const folder = 'services/core/sql';
    const { window, contractAfter } = migrations(
      { folder, window: 'night', contractAfter: '2d' },
      { keepOld: '1d' },
    );
    expect([window?.name, contractAfter]).toEqual(['night', 172_800_000]);
    expect(migrations({ folder }, { keepOld: '1d' }).contractAfter).toBe(86_400_000);
  });
});

import { expect, test } from 'vitest';
import { type Environment, readSystem, resolveEnvironment } from '#core/system';

const program = { folder: 'web', command: ['node', 'main.ts'] };

function resolved(system: object, name?: string): Environment {
  const { system: read, problems } = readSystem({
    name: 'shop',
    environments: { dev: { target: 'local' } },
    ...system,
  });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const result = read === null ? null : resolveEnvironment(read, name);
  if (result === null || !result.ok) throw new Error('the environment was not resolved');
  return result.value;
}

test('a service that says little gets every default', () => {
  const { services, release } = resolved({ services: { web: { ...program, probes: { ready: '/readyz' } } } });
  expect(services).toEqual([
    {
      name: 'web',
      folder: 'web',
      include: [],
      command: ['node', 'main.ts'],
      env: {},
      secrets: [],
      needs: [],
      exposure: 'private',
      traffic: 'http',
      port: null,
      replicas: 1,
      resources: { memory: null, cpu: null },
      probes: {
        live: null,
        ready: { path: '/readyz', interval: 10_000, timeout: 1_000, successes: 1, failures: 3 },
        startup: null,
      },
      shutdown: { drain: 30_000, websocketDrain: 10_000, grace: 10_000 },
      affinity: null,
      consumer: null,
      strategy: { kind: 'rolling', surge: 1, unavailable: 0, settle: 0 },
      measure: { from: 'router' },
    },
  ]);
  expect(release).toEqual({
    gate: {
      errorShare: 1,
      slowerThan: 1_000,
      slowShare: 5,
      minimumRequests: 100,
      latencyTolerance: 10,
      warmUp: 30_000,
      interval: 5_000,
      falseAlarms: 1,
      promote: 'atDeadline',
      minimumHold: 300_000,
      onInconclusive: 'hold',
      expected: null,
      checks: [],
    },
    startDeadline: 120_000,
    routeDeadline: 10_000,
    deadline: 604_800_000,
    keepOld: 1_800_000,
    watch: 0,
    approval: null,
    window: null,
    freezes: [],
    supersede: 'waiting',
    hooks: { before: [], after: [] },
    migrations: null,
  });
});

test('every unit is a number and every value of a variable a text', () => {
  const { services, checks, secrets, flags } = resolved({
    services: {
      web: {
        ...program,
        env: { PORTS: 3, DEBUG: false, NAME: 'x' },
        resources: { memory: '512MiB', cpu: '500m' },
        affinity: { cookie: 'arm', lifetime: '1h30m' },
        shutdown: { drain: '5s' },
        strategy: 'canary',
      },
    },
    release: {
      canary: {
        steps: [
          { weight: '10%', hold: '20s' },
          { weight: '50%', hold: '1m', gate: false },
        ],
      },
    },
    checks: {
      up: { kind: 'http', service: 'web', path: '/', p95: '250ms' },
      run: { kind: 'command', folder: 'checks', command: ['node', 'a.ts'], needs: ['web'], every: '10s' },
    },
    secrets: { KEY: { generate: 32 }, GIVEN: {} },
    flags: { on: true, model: { default: 'small', killSwitch: true } },
    acceptLoss: { reason: 'a test' },
  });
  expect(services[0]).toMatchObject({
    env: { PORTS: '3', DEBUG: 'false', NAME: 'x' },
    resources: { memory: 536_870_912, cpu: 0.5 },
    affinity: { cookie: 'arm', lifetime: 5_400_000 },
    shutdown: { drain: 5_000, websocketDrain: 10_000, grace: 10_000 },
    strategy: {
      kind: 'canary',
      steps: [
        { weight: 10, hold: 20_000, gate: true },
        { weight: 50, hold: 60_000, gate: false },
      ],
      by: 'requests',
      advance: 'gate',
    },
  });
  expect(checks).toEqual([
    {
      name: 'up',
      run: { kind: 'http', service: 'web', path: '/', samples: 50, p95: 250 },
      secrets: [],
      needs: [],
      every: 60_000,
      timeout: 30_000,
    },
    {
      name: 'run',
      run: { kind: 'command', folder: 'checks', include: [], command: ['node', 'a.ts'] },
      secrets: [],
      needs: ['web'],
      every: 10_000,
      timeout: 30_000,
    },
  ]);
  expect(secrets).toEqual([
    { name: 'KEY', generateBytes: 32 },
    { name: 'GIVEN', generateBytes: null },
  ]);
  expect(flags).toEqual({ on: true, model: 'small' });
});

test('stores get names that their engines take', () => {
  const { stores } = resolved({
    stores: {
      'main-db': { kind: 'postgres', version: 16 },
      queue: { kind: 'redis', memory: '256MiB' },
      files: { kind: 'bucket', versioning: true, expireAfter: '30d' },
    },
  });
  expect(stores).toEqual([
    { kind: 'postgres', name: 'main-db', version: null, database: 'main_db' },
    { kind: 'redis', name: 'queue', persistence: 'none', evictionPolicy: 'noeviction', memory: 268_435_456 },
    { kind: 'bucket', name: 'files', bucket: 'shop-files', versioning: true, expireAfter: 2_592_000_000 },
  ]);
});

test('a service without traffic is exposed to nobody and keeps no callers', () => {
  const { services } = resolved({
    services: { jobs: { ...program, traffic: 'none', affinity: { cookie: 'a' } } },
  });
  expect(services[0]).toMatchObject({ traffic: 'none', exposure: 'none', affinity: null });
});

test('what no target can run is left out, and so are needs of it', () => {
  const { services } = resolved({
    services: { web: { ...program, needs: ['n8n'] }, n8n: { image: { name: 'n8nio/n8n' } } },
    acceptLoss: { reason: 'a test' },
  });
  expect(services.map(({ name, needs }) => [name, needs])).toEqual([['web', []]]);
});

test('an accepted release by flags puts all new replicas beside the old ones', () => {
  const { services } = resolved({
    services: { web: { ...program, replicas: 3 } },
    release: { strategy: 'flags' },
    acceptLoss: { reason: 'a test' },
  });
  expect(services[0]?.strategy).toEqual({ kind: 'rolling', surge: 3, unavailable: 0, settle: 0 });
});

test('without a name it is the first environment; an unknown name is a failure that lists the known ones', () => {
  const { system } = readSystem({
    name: 'shop',
    services: { web: program },
    environments: { dev: { target: 'local' }, prod: { target: 'docker' } },
  });
  if (system === null) throw new Error('the system was not read');
  expect(resolveEnvironment(system)).toMatchObject({ ok: true, value: { name: 'dev' } });
  expect(resolveEnvironment(system, 'prod')).toMatchObject({ ok: true, value: { target: 'docker' } });
  expect(resolveEnvironment(system, 'toString')).toEqual({
    ok: false,
    error: { code: 'environment_unknown', facts: { environment: 'toString', known: 'dev, prod' } },
  });
});

test('a service without a program of its own is absent, and says what it is', () => {
  const { services, absent } = resolved({
    services: {
      web: program,
      flows: { image: { name: 'flows:1' } },
      pages: { hosting: { kind: 'serverless', provider: 'vercel' } },
    },
    environments: { dev: { target: 'local', acceptLoss: { reason: 'a test' } } },
  });
  expect(services.map(({ name }) => name)).toEqual(['web']);
  expect(absent).toEqual([
    { name: 'flows', why: 'image', by: 'flows:1' },
    { name: 'pages', why: 'hosting', by: 'vercel' },
  ]);
});

test('copies and what must hold when things are lost, and nothing where nothing is declared', () => {
  const backup = { full: { every: '1d', keep: '14d' }, logEvery: '5m', encrypted: true };
  const { stores, recovery } = resolved({
    services: { web: program },
    stores: { db: { kind: 'postgres', backup }, other: { kind: 'redis', backup: { encrypted: true } } },
    recovery: {
      rto: '<15m',
      rpo: '1h',
      verify: { db: { rows: { 'audit.entries': 1 }, queries: { whole: { sql: 'SELECT 0', expect: 0 } } } },
    },
    environments: { dev: { target: 'local', stores: { db: { backup: { full: { keep: '30d' } } } } } },
    acceptLoss: { reason: 'a test' },
  });
  expect(stores[0]?.backup).toEqual({
    full: { every: 86_400_000, keep: 30 * 86_400_000 },
    longTerm: null,
    logEvery: 300_000,
    pointInTime: null,
    to: null,
  });
  expect(stores[1]).not.toHaveProperty('backup');
  expect(recovery).toEqual({
    rto: { limit: 900_000, strict: true },
    rpo: { limit: 3_600_000, strict: false },
    drillEvery: null,
    verify: { db: { rows: { 'audit.entries': 1 }, queries: { whole: { sql: 'SELECT 0', expect: '0' } } } },
  });
  expect(resolved({ services: { web: program } })).not.toHaveProperty('recovery');
});

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, resolveEnvironment, systemJsonSchema } from '#core/system';
import { describeFinding, loadDefinition } from '#definition';
import { type Clock, instant, type Json } from '#kernel';

const project = join(import.meta.dirname, '..', '..');
const sources = join(project, 'systems');
const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    }),
};

const systems = new Map<string, System>();
const errors: string[] = [];
const unexpected: string[] = [];
let root = '';

/** Copied to a place outside of the project: the definitions still find the package "fairway". */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fairway-profiles-'));
  await cp(sources, root, { recursive: true, filter: (path) => !/\/(node_modules|\.fairway)$/.test(path) });
  const entries = await readdir(root, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await load(join(root, entry.name));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function load(folder: string): Promise<void> {
  const loaded = await loadDefinition(folder, { clock, signal: new AbortController().signal });
  if (!loaded.ok) errors.push(...loaded.error.map(describeFinding));
  else systems.set(loaded.value.system.name, loaded.value.system);
  for (const { severity, code, path } of loaded.ok ? loaded.value.findings : [])
    if (severity === 'warning' && code !== 'definition_target_missing') unexpected.push(`${code} ${path}`);
}

test('the five systems are declared without an error, and warned of nothing but missing targets', () => {
  expect(errors).toEqual([]);
  expect(unexpected).toEqual([]);
});

test('they have fourteen environments, two or three each', () => {
  const names = [...systems].map(([name, { environments }]) => [name, Object.keys(environments)]);
  expect(Object.fromEntries(names)).toEqual({
    'customer-service': ['dev', 'staging', 'prod'],
    kianax: ['development', 'production'],
    maxai: ['dev', 'staging', 'prod'],
    planner: ['dev', 'staging', 'prod'],
    'trading-journal': ['dev', 'staging', 'prod'],
  });
});

test('the values of the planner differ per environment as its table says', () => {
  const environments = Object.values(systems.get('planner')?.environments ?? {});
  const rows = environments.map(({ services: { app } }) => [
    app?.env['DEBUG'],
    app?.env['LOG_LEVEL'],
    app?.env['CACHE_TTL'],
    app?.env['MAX_SCENARIOS'],
    app?.protection?.rateLimits?.['address']?.limit.count ?? null,
    app?.replicas,
    app?.env['DB_POOL_SIZE'],
    app?.env['REDIS_ENABLED'],
  ]);
  expect(rows).toEqual([
    [true, 'DEBUG', 600, 1_000, null, 1, 5, false],
    [false, 'INFO', 1_800, 5_000, 100, 2, 10, true],
    [false, 'WARNING', 3_600, 10_000, 60, 3, 20, true],
  ]);
});

test('the trading journal on one machine is what the demonstration needs', () => {
  const system = systems.get('trading-journal');
  const resolved = system === undefined ? null : resolveEnvironment(system, 'dev');
  if (resolved === null || !resolved.ok) throw new Error('the environment was not resolved');
  const { services, stores, checks, secrets, release, flags, target } = resolved.value;
  expect(target).toBe('local');
  const canary = {
    kind: 'canary',
    steps: [{ weight: 10, hold: 20_000, gate: true }],
    by: 'requests',
    advance: 'gate',
  };
  const rolling = { kind: 'rolling', surge: 1, unavailable: 0, settle: 0 };
  expect(
    services.map(({ name, replicas, exposure, traffic, strategy }) => [
      name,
      replicas,
      exposure,
      traffic,
      strategy,
    ]),
  ).toEqual([
    ['edge', 2, 'public', 'http', canary],
    ['core', 2, 'private', 'http', canary],
    ['workers', 1, 'none', 'none', rolling],
    ['ai', 1, 'private', 'http', rolling],
  ]);
  expect(
    services.every(({ probes }) => probes.live?.path === '/healthz' && probes.ready?.path === '/readyz'),
  ).toBe(true);
  expect(stores.map(({ kind, name }) => [kind, name])).toEqual([
    ['postgres', 'database'],
    ['redis', 'queue'],
    ['bucket', 'files'],
  ]);
  expect(checks.map(({ name }) => name)).toEqual(['login', 'reflect', 'import', 'ai']);
  expect(secrets.every(({ generateBytes }) => generateBytes === 32)).toBe(true);
  expect(services.map(({ consumer }) => consumer?.pause ?? null)).toEqual([null, null, '/-/pause', null]);
  expect(release.migrations?.jobs.map(({ service }) => service.command)).toEqual(
    ['expand', 'backfill', 'contract'].map((phase) => ['fairway-migrate', phase, '.']),
  );
  expect(release).toMatchObject({ keepOld: 120_000, gate: { minimumRequests: 50, interval: 1_000 } });
  expect(flags).toEqual({ HEURISTICS_ONLY: true, FEATURE_VENDOR_FALLBACK: false, FEATURE_BINANCE: false });
});

test('each system goes to production as its profile asks', () => {
  const policies = ['trading-journal', 'customer-service', 'kianax', 'maxai', 'planner'].map((name) => {
    const system = systems.get(name);
    const production = name === 'kianax' ? 'production' : 'prod';
    const resolved = system === undefined ? null : resolveEnvironment(system, production);
    if (resolved === null || !resolved.ok) throw new Error(`${name} was not resolved`);
    const { services, release } = resolved.value;
    const [first] = services;
    return {
      name,
      strategy: first?.strategy.kind,
      steps:
        first === undefined || first.strategy.kind === 'rolling'
          ? []
          : first.strategy.steps.map(({ weight, hold }) => [weight, hold / 60_000]),
      keepOld: release.keepOld / 60_000,
      approval: release.approval?.role ?? null,
      migrations: release.migrations?.jobs.map(({ purpose }) => purpose) ?? [],
      window: release.migrations?.window?.name ?? null,
    };
  });
  expect(policies).toEqual([
    {
      name: 'trading-journal',
      strategy: 'canary',
      steps: [[10, 30]],
      keepOld: 30,
      approval: null,
      migrations: ['expand', 'backfill', 'contract'],
      window: 'night',
    },
    {
      name: 'customer-service',
      strategy: 'rolling',
      steps: [],
      keepOld: 60,
      approval: 'release manager',
      migrations: ['expand', 'backfill', 'contract'],
      window: null,
    },
    {
      name: 'kianax',
      strategy: 'rolling',
      steps: [],
      keepOld: 5,
      approval: null,
      migrations: ['expand', 'backfill', 'contract'],
      window: null,
    },
    {
      name: 'maxai',
      strategy: 'blue-green',
      steps: [[10, 10]],
      keepOld: 1_440,
      approval: 'release manager',
      migrations: ['expand', 'backfill'],
      window: null,
    },
    {
      name: 'planner',
      strategy: 'blue-green',
      steps: [],
      keepOld: 60,
      approval: 'owner',
      migrations: ['expand', 'backfill', 'contract'],
      window: null,
    },
  ]);
});

describe('the JSON Schema', () => {
  const schema = systemJsonSchema();

  test('accepts the five systems as they were written', () => {
    const refused = [...systems].flatMap(([name, { source }]) => violations(schema, source, name));
    expect(systems.size).toBe(5);
    expect(refused).toEqual([]);
  });

  test.each([
    ['a field nobody knows', { nme: 'x' }],
    ['a missing name', {}],
    ['a number for a time', { name: 'a', release: { keepOld: 30 } }],
    ['a store without a kind', { name: 'a', stores: { db: {} } }],
    [
      'a bad overlay',
      { name: 'a', environments: { dev: { target: 'local', services: { web: { replica: 2 } } } } },
    ],
    ['an environment without a target', { name: 'a', environments: { dev: {} } }],
  ])('refuses %s', (_, value) => {
    expect(violations(schema, { environments: { dev: { target: 'local' } }, ...value }, '')).not.toEqual([]);
  });

  test('says nothing that is no JSON Schema: every reference leads somewhere', () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(
      (match) => match[1],
    );
    const definitions = Object.keys(schema['$defs'] as object);
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((name) => !definitions.includes(name ?? ''))).toEqual([]);
  });

  /** As much of JSON Schema as ours uses. */
  function violations(rule: Json | undefined, value: Json | undefined, path: string): readonly string[] {
    if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return [];
    const one = rule as Readonly<Record<string, Json>>;
    const ref = one['$ref'];
    const definitions = schema['$defs'] as Readonly<Record<string, Json>>;
    const found: string[] = [];
    if (typeof ref === 'string')
      found.push(...violations(definitions[ref.slice('#/$defs/'.length)], value, path));
    const alternatives = (one['anyOf'] ?? one['oneOf']) as readonly Json[] | undefined;
    if (alternatives?.every((option) => violations(option, value, path).length > 0))
      found.push(`${path}: fits nothing`);
    const type = one['type'];
    if (typeof type === 'string' && !isOfType(value, type)) return [...found, `${path}: no ${type}`];
    if (one['const'] !== undefined && one['const'] !== value)
      found.push(`${path}: not ${JSON.stringify(one['const'])}`);
    if (Array.isArray(one['enum']) && !one['enum'].includes(value ?? null)) found.push(`${path}: no choice`);
    if (
      typeof value === 'string' &&
      typeof one['pattern'] === 'string' &&
      !new RegExp(one['pattern'], 'u').test(value)
    )
      found.push(`${path}: pattern`);
    if (Array.isArray(value))
      found.push(
        ...value.flatMap((item, index) => violations(one['items'], item as Json, `${path}[${index}]`)),
      );
    else if (typeof value === 'object' && value !== null)
      found.push(...ofMembers(one, value as Record<string, Json>, path));
    return found;
  }

  function ofMembers(
    rule: Readonly<Record<string, Json>>,
    value: Readonly<Record<string, Json>>,
    path: string,
  ) {
    const properties = (rule['properties'] ?? {}) as Readonly<Record<string, Json>>;
    const required = (rule['required'] ?? []) as readonly string[];
    const rest = rule['additionalProperties'];
    return [
      ...required.filter((field) => value[field] === undefined).map((field) => `${path}: lacks ${field}`),
      ...Object.entries(value).flatMap(([field, member]) => {
        if (Object.hasOwn(properties, field))
          return violations(properties[field], member, `${path}.${field}`);
        if (rest === false) return [`${path}: knows no ${field}`];
        return [
          ...violations(rule['propertyNames'], field, `${path}.${field}`),
          ...violations(rest, member, `${path}.${field}`),
        ];
      }),
    ];
  }

  function isOfType(value: Json | undefined, type: string): boolean {
    if (type === 'null') return value === null;
    if (type === 'array') return Array.isArray(value);
    if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
    if (type === 'integer') return Number.isInteger(value);
    return typeof value === type;
  }
});

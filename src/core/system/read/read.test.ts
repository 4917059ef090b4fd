import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathText, readSystem, resolveEnvironment } from '#core/system';
import { nearest } from './nearest.ts';

const web = { folder: 'web', command: ['node', 'main.ts'], probes: { ready: '/readyz' } };
const small = { name: 'shop', services: { web }, environments: { dev: { target: 'local' } } };

/** A small system with one thing changed. */
function shop(change: object): unknown {
  return { ...small, ...change };
}
const withWeb = (change: object) => shop({ services: { web: { ...web, ...change } } });

describe('what is wrong is named, with the place, what was received and what to write', () => {
  test.each([
    [
      'a list',
      [],
      'definition_wrong_type',
      '',
      'A definition must be an object with fields.',
      '[]',
      'write { name: "…", services: { … }, environments: { … } }',
    ],
    [
      'an unknown part',
      shop({ servces: {} }),
      'definition_unknown_field',
      'servces',
      '"servces" is no field of a system.',
      '"servces"',
      'did you mean "services"?',
    ],
    [
      'an unknown field',
      withWeb({ replica: 2 }),
      'definition_unknown_field',
      'services.web.replica',
      '"replica" is no field of services.web.',
      '"replica"',
      'did you mean "replicas"?',
    ],
    [
      'no name',
      { ...small, name: undefined },
      'definition_missing_field',
      'name',
      'The system lacks "name".',
      null,
      'write a name in quotes',
    ],
    [
      'a text for a number',
      withWeb({ replicas: 'two' }),
      'definition_wrong_type',
      'services.web.replicas',
      'services.web.replicas must be a number, not a text.',
      '"two"',
      'write a whole number',
    ],
    [
      'half a replica',
      withWeb({ replicas: 1.5 }),
      'definition_wrong_type',
      'services.web.replicas',
      'services.web.replicas must be a whole number, not a number.',
      '1.5',
      'write a whole number',
    ],
    [
      'fewer than none',
      withWeb({ replicas: -1 }),
      'definition_bad_value',
      'services.web.replicas',
      'services.web.replicas is too small or too short.',
      '-1',
      'write 0 or more',
    ],
    [
      'a bad unit',
      shop({ release: { keepOld: '30 minuts' } }),
      'definition_bad_unit',
      'release.keepOld',
      'release.keepOld is no length of time.',
      '"30 minuts"',
      'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")',
    ],
    [
      'a number for a time',
      shop({ release: { keepOld: 30 } }),
      'definition_wrong_type',
      'release.keepOld',
      'release.keepOld must be a text, not a number.',
      '30',
      'write it as text with its unit ("250ms", "30s", "1h30m")',
    ],
    [
      'a misspelt choice',
      withWeb({ exposure: 'pubic' }),
      'definition_bad_value',
      'services.web.exposure',
      'services.web.exposure must be one of "public", "private", "vpn", "none".',
      '"pubic"',
      'did you mean "public"?',
    ],
    [
      'a short form gone wrong',
      withWeb({ probes: { ready: 'readyz' } }),
      'definition_bad_value',
      'services.web.probes.ready',
      'services.web.probes.ready is not written as it has to be.',
      '"readyz"',
      'write a path of a URL that begins with /, such as "/healthz"',
    ],
    [
      'a full form gone wrong',
      withWeb({ probes: { ready: { path: '/r', timout: '1s' } } }),
      'definition_unknown_field',
      'services.web.probes.ready.timout',
      '"timout" is no field of services.web.probes.ready.',
      '"timout"',
      'did you mean "timeout"?',
    ],
    [
      'neither form',
      withWeb({ probes: { ready: 5 } }),
      'definition_wrong_type',
      'services.web.probes.ready',
      'services.web.probes.ready must be a text, not a number.',
      '5',
      'write a path of a URL, such as "/healthz"',
    ],
    [
      'a strategy in full with a wrong value deep in it',
      withWeb({ strategy: { kind: 'canary', steps: [{ weight: '10%', hold: 'long' }] } }),
      'definition_bad_unit',
      'services.web.strategy.steps[0].hold',
      'services.web.strategy.steps[0].hold is no length of time.',
      '"long"',
      'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")',
    ],
    [
      'a strategy in full of a kind nobody knows',
      withWeb({ strategy: { kind: 'canari' } }),
      'definition_bad_value',
      'services.web.strategy.kind',
      'services.web.strategy.kind must be one of "rolling", "canary", "blue-green", "flags".',
      '"canari"',
      'did you mean "canary"?',
    ],
    [
      'a strategy that is no strategy',
      withWeb({ strategy: 'canari' }),
      'definition_bad_value',
      'services.web.strategy',
      'services.web.strategy must be one of "rolling", "canary", "blue-green", "flags".',
      '"canari"',
      'did you mean "canary"?',
    ],
    [
      'a choice that is an object with a method of its own',
      shop({ stores: { db: { kind: { toString: false } } } }),
      'definition_bad_value',
      'stores.db.kind',
      'stores.db.kind must be one of "postgres", "redis", "bucket".',
      '{"toString":false}',
      null,
    ],
    [
      'a kind nobody knows',
      shop({ stores: { db: { kind: 'postgress' } } }),
      'definition_bad_value',
      'stores.db.kind',
      'stores.db.kind must be one of "postgres", "redis", "bucket".',
      '"postgress"',
      'did you mean "postgres"?',
    ],
    [
      'no kind',
      shop({ stores: { db: {} } }),
      'definition_missing_field',
      'stores.db.kind',
      'stores.db lacks "kind".',
      null,
      'write one of "postgres", "redis", "bucket"',
    ],
    [
      'a field of another kind',
      shop({ stores: { db: { kind: 'postgres', versioning: true } } }),
      'definition_unknown_field',
      'stores.db.versioning',
      '"versioning" is no field of stores.db.',
      '"versioning"',
      null,
    ],
    [
      'a name in capitals',
      shop({ stores: { DB: { kind: 'redis' } } }),
      'definition_bad_name',
      'stores.DB',
      '"DB" cannot be a name in stores.',
      '"DB"',
      'begin with a lower-case letter; then lower-case letters, digits and single hyphens',
    ],
    [
      'an empty command',
      withWeb({ command: [] }),
      'definition_missing_field',
      'services.web.command[0]',
      'services.web.command lacks a part at position 1.',
      null,
      'write a text in quotes',
    ],
    [
      'a command line',
      withWeb({ command: 'node main.ts' }),
      'definition_wrong_type',
      'services.web.command',
      'services.web.command must be a list, not a text.',
      '"node main.ts"',
      'write the program and its arguments as a list: ["node", "main.ts"]',
    ],
    [
      'a function',
      withWeb({ env: { A: () => 1 } }),
      'definition_not_data',
      'services.web.env.A',
      'services.web.env.A is a function.',
      null,
      'write texts, numbers, true, false, lists and objects only',
    ],
    [
      'no number',
      withWeb({ replicas: Number.NaN }),
      'definition_not_data',
      'services.web.replicas',
      'services.web.replicas is the number NaN.',
      null,
      'write texts, numbers, true, false, lists and objects only',
    ],
    [
      'a name of JavaScript',
      JSON.parse('{"__proto__": {"name": "x"}}'),
      'definition_bad_name',
      '__proto__',
      '"__proto__" cannot be a name: it means something to JavaScript itself.',
      null,
      null,
    ],
    [
      'no environments',
      { ...small, environments: {} },
      'definition_no_environment',
      'environments',
      'The system declares no environment.',
      null,
      'write environments: { dev: { target: "local" } }',
    ],
    [
      'an environment without target',
      shop({ environments: { dev: {} } }),
      'definition_missing_field',
      'environments.dev.target',
      'environments.dev lacks "target".',
      null,
      'write one of "local", "docker", "kubernetes", "simulated"',
    ],
    [
      'an unknown field of an environment',
      shop({ environments: { dev: { target: 'local', servces: {} } } }),
      'definition_unknown_field',
      'environments.dev.servces',
      '"servces" is no field of environments.dev.',
      '"servces"',
      'did you mean "services"?',
    ],
    [
      'an environment that removes nothing',
      shop({ environments: { dev: { target: 'local', services: { wbe: null } } } }),
      'definition_removes_nothing',
      'environments.dev.services.wbe',
      'environments.dev.services.wbe removes what is not there.',
      'null',
      'did you mean "web"?',
    ],
    [
      'an overlay with a bad value',
      shop({ environments: { dev: { target: 'local', services: { web: { replicas: -1 } } } } }),
      'definition_bad_value',
      'environments.dev.services.web.replicas',
      'services.web.replicas is too small or too short.',
      '-1',
      'write 0 or more',
    ],
  ])('%s', (_, raw, code, path, sentence, received, hint) => {
    const { system, problems } = readSystem(raw);
    expect(system).toBeNull();
    const [first] = problems.filter(({ severity }) => severity === 'error');
    const expected = hint === null ? expect.anything() : hint;
    expect(first).toMatchObject({ code, sentence, received });
    expect(pathText(first?.path ?? [])).toBe(path);
    expect(first?.hint ?? (hint === null ? 'none' : null)).toEqual(expected);
  });
});

test('all that is wrong is told at once, and what environments repeat is told once', () => {
  const { problems } = readSystem({
    ...small,
    nme: 1,
    services: { web: { ...web, replicas: -1, needs: ['database'] } },
    release: { keepOld: 'soon' },
    environments: { dev: { target: 'local' }, prod: { target: 'kubernetes' }, odd: { target: 'moon' } },
  });
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ path }) => pathText(path)).toSorted()).toEqual([
    'environments.odd.target',
    'nme',
    'release.keepOld',
    'services.web.replicas',
  ]);
});

test('a value where a secret is declared is not shown', () => {
  const { problems } = readSystem(shop({ secrets: { JWT_SECRET: 'hunter2' } }));
  expect(problems[0]).toMatchObject({ code: 'definition_wrong_type', received: null });
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});

describe('an environment', () => {
  const raw = {
    ...small,
    services: { web: { ...web, replicas: 2, env: { A: 'a', B: 'b' } }, admin: web },
    stores: { cache: { kind: 'redis', evictionPolicy: 'allkeys-lru' } },
    environments: {
      dev: {
        target: 'local',
        services: {
          web: { replicas: 1, command: ['node', 'dev.ts'], env: { A: 'dev', B: null } },
          admin: null,
        },
        stores: { cache: { kind: 'bucket' } },
      },
      prod: { target: 'kubernetes' },
    },
  };

  test('changes member by member, replaces lists, removes with null and starts anew with another kind', () => {
    const { system } = readSystem(raw);
    const dev = system?.environments['dev'];
    expect(Object.keys(dev?.services ?? {})).toEqual(['web']);
    expect(dev?.services['web']).toMatchObject({
      replicas: 1,
      folder: 'web',
      command: ['node', 'dev.ts'],
      env: { A: 'dev' },
    });
    expect(Object.keys(dev?.services['web']?.env ?? {})).toEqual(['A']);
    expect(dev?.stores['cache']).toEqual({ kind: 'bucket', versioning: false });
  });

  test('leaves the system and other environments as they are', () => {
    const prod = readSystem(raw).system?.environments['prod'];
    expect(Object.keys(prod?.services ?? {})).toEqual(['web', 'admin']);
    expect(prod?.services['web']).toMatchObject({ replicas: 2, env: { A: 'a', B: 'b' } });
    expect(prod?.stores['cache']).toMatchObject({ kind: 'redis' });
  });
});

describe('whatever it is given', () => {
  /** Reading ends in a system or in at least one error, and a system can be resolved. */
  function isRead(raw: unknown): void {
    const { system, problems } = readSystem(raw);
    if (system === null) expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
    for (const name of Object.keys(system?.environments ?? {}))
      expect(system !== null && resolveEnvironment(system, name).ok).toBe(true);
    for (const { sentence, path } of problems) {
      expect(sentence).toMatch(/\.$/);
      expect(typeof pathText(path)).toBe('string');
    }
  }

  test('it never throws', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        isRead,
      ),
      { numRuns: 500 },
    );
  });

  test('nor when one place of a good definition is something else', () => {
    const good = {
      ...small,
      stores: { db: { kind: 'postgres', version: 16 }, queue: { kind: 'redis' }, files: { kind: 'bucket' } },
      secrets: { KEY: { generate: 32 } },
      flags: { on: true },
      checks: { up: { kind: 'http', service: 'web', path: '/', p95: '1s' } },
      release: {
        strategy: 'canary',
        canary: { steps: [{ weight: '10%', hold: '1m' }] },
        gate: { checks: ['up'] },
        window: 'night',
        freeze: [{ name: 'x', from: '2026-12-20', until: '2026-12-24', zone: 'UTC' }],
        approval: { role: 'owner', within: '1h' },
        hooks: { before: [{ name: 'warm', folder: 'web', command: ['node', 'w.ts'], needs: ['web'] }] },
        migrations: { service: 'web', folder: 'web/sql', store: 'db', window: 'night' },
      },
      windows: { night: { days: ['sun'], from: '02:00', until: '04:00', zone: 'UTC' } },
      scaling: { web: { min: 1, max: 3, metrics: [{ metric: 'cpu', target: '70%' }] } },
      acceptLoss: { reason: 'a test', fields: ['scaling'] },
    };
    const places = pathsOf(good, []);
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(fc.jsonValue(), fc.constantFrom('web', '1s', '10%', 'canary', 0, null)),
        (place, value) => {
          isRead(replaced(good, place, value));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test('a definition that contains itself is refused', () => {
    const loop: { name: string; services?: unknown } = { name: 'loop' };
    loop.services = loop;
    expect(readSystem(loop).problems[0]).toMatchObject({
      code: 'definition_not_data',
      sentence: 'services is a part of itself.',
    });
  });
});

test('the nearest name is the one with the fewest edits, and none when all are far', () => {
  expect(nearest('replcias', ['replicas', 'release'])).toBe('replicas');
  expect(nearest('Edge', ['edge', 'core'])).toBe('edge');
  expect(nearest('zebra', ['replicas', 'release'])).toBeNull();
});

function pathsOf(value: unknown, path: readonly (string | number)[]): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function replaced(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === first ? replaced(item, rest, by) : item));
  const members = value as Record<string, unknown>;
  return { ...members, [first]: replaced(members[first], rest, by) };
}

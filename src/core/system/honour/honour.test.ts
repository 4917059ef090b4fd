import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { honourTable, pathText, readSystem } from '#core/system';
import { choose } from '../read/fields.ts';
import { environmentSchema } from '../schema/system.ts';

const web = { folder: 'web', command: ['node', 'main.ts'], probes: { ready: '/readyz' } };

function told(system: object, target = 'local'): readonly (readonly [string, string])[] {
  const { problems } = readSystem({
    name: 'shop',
    services: { web },
    environments: { dev: { target } },
    ...system,
  });
  return problems
    .filter(({ code }) => code === 'not_honoured_yet')
    .map(({ severity, path }) => [severity, pathText(path)] as const);
}

describe('on the local target', () => {
  test.each([
    ['alerts', { alerts: { slow: { measure: 'p95' } } }, [['warning', 'alerts']]],
    ['scaling', { scaling: { web: { min: 1, max: 2 } } }, [['warning', 'scaling']]],
    ['backups', { stores: { db: { kind: 'postgres', backup: {} } } }, []],
    [
      'backups that say how often and for how long',
      {
        stores: {
          db: {
            kind: 'postgres',
            backup: {
              full: { every: '1d', keep: '30d' },
              longTerm: { every: '7d', keep: '365d' },
              logEvery: '15m',
              pointInTime: '7d',
              encrypted: true,
            },
          },
        },
        recovery: {
          rto: '4h',
          rpo: '1h',
          drillEvery: '30d',
          verify: { db: { rows: { orders: 1 } } },
          scenarios: { fire: { answer: 'restore' } },
          failover: ['restore'],
        },
      },
      [],
    ],
    ['backups at an address', { stores: { db: { kind: 'redis', backup: { to: 's3://copies/shop' } } } }, []],
    ['backups in a folder', { stores: { db: { kind: 'redis', backup: { to: './copies' } } } }, []],
    [
      'backups somewhere',
      { stores: { db: { kind: 'redis', backup: { to: 'another region', offRegion: true } } } },
      [
        ['warning', 'stores.db.backup.to'],
        ['warning', 'stores.db.backup.offRegion'],
      ],
    ],
    [
      'memory of a database',
      { stores: { db: { kind: 'postgres', memory: '1GB' } } },
      [['warning', 'stores.db.memory']],
    ],
    ['memory of a Redis', { stores: { db: { kind: 'redis', memory: '1GB' } } }, []],
    [
      'snapshots of a Redis',
      { stores: { db: { kind: 'redis', persistence: 'snapshot' } } },
      [['warning', 'stores.db.persistence']],
    ],
    ['encryption that is declared off', { stores: { db: { kind: 'postgres', encrypted: false } } }, []],
    ['an approval', { release: { approval: { role: 'owner' } } }, []],
    [
      'a maintenance window and a freeze',
      {
        windows: { night: { days: ['sun'], from: '02:00', until: '04:00', zone: 'UTC' } },
        release: {
          window: 'night',
          freeze: [{ name: 'holidays', from: '2026-12-20', until: '2027-01-02', zone: 'UTC' }],
        },
      },
      [],
    ],
    [
      'all times and what becomes of a release under way',
      { release: { deadline: '2d', watch: '1m', keepOld: '1h', supersede: 'always' } },
      [],
    ],
    [
      'hooks and migrations',
      {
        stores: { db: { kind: 'postgres' } },
        release: {
          hooks: { before: [{ name: 'warm', folder: 'web', command: ['node', 'warm.ts'] }] },
          migrations: { service: 'web', folder: 'web/migrations' },
        },
      },
      [],
    ],
    [
      'a consumer that can be paused',
      { services: { web: { ...web, traffic: 'none', consumer: { pause: '/p', resume: '/r' } } } },
      [],
    ],
    ['a blue-green release', { release: { strategy: 'blue-green', blueGreen: { keepOld: '1h' } } }, []],
    [
      'a blue-green service',
      {
        services: { web: { ...web, strategy: { kind: 'blue-green', autoPromote: false, keepOld: '1h' } } },
      },
      [],
    ],
    ['users who see a change by flag', { release: { strategy: 'flags' } }, [['error', 'release.strategy']]],
    [
      'a service whose users see a change by flag',
      { services: { web: { ...web, strategy: { kind: 'flags' } } } },
      [['error', 'services.web.strategy']],
    ],
    [
      'memory that a gate judges',
      { release: { gate: { memory: '80%' } } },
      [['error', 'release.gate.memory']],
    ],
    [
      'a checklist',
      {
        checklists: { 'go live': { items: ['a'] } },
        release: { checklist: 'go live' },
      },
      [
        ['error', 'release.checklist'],
        ['warning', 'checklists'],
      ],
    ],
    ['a canary', { release: { strategy: 'canary', canary: { steps: [{ weight: '10%', hold: '1m' }] } } }, []],
    [
      'a canary that waits for people',
      { release: { canary: { autoPromote: false, by: 'replicas', steps: [{ weight: '10%', hold: '1m' }] } } },
      [],
    ],
    [
      'no way back',
      { release: { rollback: { automatic: false } } },
      [['error', 'release.rollback.automatic']],
    ],
    [
      'a program of somebody else',
      { services: { n8n: { image: { name: 'n8nio/n8n' }, namespace: 'n8n' } } },
      [['error', 'services.n8n.image.name']],
    ],
    [
      'an image for a program of ours',
      { services: { web: { ...web, image: { user: 1000 } } } },
      [['warning', 'services.web.image']],
    ],
    [
      'resources',
      { services: { web: { ...web, resources: { memory: '1GB', cpu: 1, disk: '1GB' } } } },
      [['warning', 'services.web.resources.disk']],
    ],
  ] as const)('%s', (_, system, expected) => {
    expect(new Set(told(system).map(String))).toEqual(new Set(expected.map(String)));
  });
});

describe('an accepted loss', () => {
  const loss = { reason: 'for a test' };
  test.each([
    ['of everything', { alerts: { a: { measure: 'x' } }, acceptLoss: loss }, [['note', 'alerts']]],
    [
      'of other fields',
      { alerts: { a: { measure: 'x' } }, acceptLoss: { ...loss, fields: ['scaling'] } },
      [['warning', 'alerts']],
    ],
    [
      'at its place',
      {
        services: { web: { ...web, domains: ['a.example'], acceptLoss: loss } },
        alerts: { a: { measure: 'x' } },
      },
      [
        ['warning', 'alerts'],
        ['note', 'services.web.domains'],
      ],
    ],
    [
      'of what a release would need',
      { release: { rollback: { automatic: false }, acceptLoss: loss } },
      [['note', 'release.rollback.automatic']],
    ],
    [
      'in one environment',
      { release: { strategy: 'flags' }, environments: { dev: { target: 'local', acceptLoss: loss } } },
      [['note', 'release.strategy']],
    ],
    [
      'in another environment',
      {
        release: { strategy: 'flags' },
        environments: { dev: { target: 'local', acceptLoss: loss }, demo: { target: 'local' } },
      },
      [
        ['error', 'release.strategy'],
        ['note', 'release.strategy'],
      ],
    ],
  ] as const)('%s', (_, system, expected) => {
    expect(new Set(told(system).map(String))).toEqual(new Set(expected.map(String)));
  });

  test('names its reason', () => {
    const { problems } = readSystem({
      name: 'shop',
      services: { web },
      alerts: { a: { measure: 'x' } },
      environments: {
        dev: { target: 'local', acceptLoss: loss },
        demo: { target: 'local', acceptLoss: loss },
      },
    });
    expect(problems.map(({ sentence }) => sentence)).toEqual([
      'alerts is declared, but nothing acts on it yet on the target "local" (dev, demo). Accepted: for a test.',
    ]);
  });
});

test('an environment on a target that is not there is declared all the same, and its fields are not judged', () => {
  const { system, problems } = readSystem({
    name: 'shop',
    services: { web },
    release: { strategy: 'flags' },
    environments: { prod: { target: 'kubernetes' } },
  });
  expect(system?.environments['prod']?.target).toBe('kubernetes');
  expect(problems.map(({ severity, code, sentence }) => [severity, code, sentence])).toEqual([
    [
      'warning',
      'definition_target_missing',
      'environments.prod is on the target "kubernetes": declared, cannot be brought up by this version.',
    ],
  ]);
});

test('another version of a store than the embedded one is noted', () => {
  const { problems } = readSystem({
    name: 'shop',
    stores: { db: { kind: 'postgres', version: 16 }, new: { kind: 'postgres', version: '18.1' } },
    environments: { dev: { target: 'local' } },
  });
  expect(problems.map(({ severity, code, path }) => [severity, code, pathText(path)])).toEqual([
    ['note', 'definition_version_differs', 'stores.db.version'],
  ]);
});

test('the table says of every field of an environment what becomes of it', () => {
  const rows = new Set(Object.keys(honourTable));
  const silent: string[] = [];
  const visit = (schema: z.core.$ZodType, path: readonly string[]) => {
    if (rows.has(path.join('.'))) return;
    const options = schema instanceof z.ZodDiscriminatedUnion ? schema.options : [choose(schema, undefined)];
    for (const option of options) {
      if (option instanceof z.ZodObject)
        for (const [field, member] of Object.entries(option.shape))
          visit(unwrapped(member), [...path, field]);
      else if (option instanceof z.ZodRecord) visit(unwrapped(option.valueType), [...path, '*']);
      else silent.push(path.join('.'));
    }
  };
  visit(environmentSchema, []);
  expect(silent).toEqual([]);
});

/** Behind defaults, but not yet decided between alternatives. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrapped(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}

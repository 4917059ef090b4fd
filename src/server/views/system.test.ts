import { expect, test } from 'vitest';
import { aPolicy, aService } from '#core/release/fixture';
import type { Environment, Service } from '#core/system';
import { days, hours, mebibytes, minutes, percent, seconds } from '#kernel';
import { systemView } from './system.ts';
import { strategyWords } from './words.ts';

const environment = (changes: Partial<Environment> = {}): Environment => ({
  system: 'shop',
  name: 'staging',
  target: 'local',
  services: [],
  stores: [],
  checks: [],
  secrets: [],
  flags: {},
  release: aPolicy,
  ...changes,
});
const edge = (changes: Partial<Service>) =>
  systemView(environment({ services: [aService('edge', changes)] })).services[0];

test('variables are shown by name, secrets by their name alone, and no password is among them', () => {
  const view = edge({
    env: { GREETING: 'hello', DATABASE_URL: 'postgres://app:hunter2@db/shop', SESSION_KEY: 'hunter3' },
    secrets: ['SESSION_KEY'],
    command: ['node', 'main.ts', '--title', 'my shop', '--db=redis://:hunter4@cache'],
  });
  expect(view?.variables).toEqual([
    { name: 'DATABASE_URL', value: 'postgres://app:…@db/shop', secret: null },
    { name: 'GREETING', value: 'hello', secret: null },
    { name: 'SESSION_KEY', value: null, secret: 'SESSION_KEY' },
  ]);
  expect(view?.command).toBe('node main.ts --title "my shop" --db=redis://:…@cache');
  expect(JSON.stringify(view)).not.toContain('hunter');
});

test('a service tells its probes, its limits and whether it takes jobs', () => {
  const ready = { path: '/ready', interval: seconds(1), timeout: seconds(1), successes: 1, failures: 3 };
  const view = edge({
    probes: { live: null, ready, startup: null },
    resources: { memory: mebibytes(256), cpu: 0.5 },
    consumer: { pause: '/pause', resume: '/resume' },
  });
  expect(view).toMatchObject({ memoryBytes: 268_435_456, cpu: 0.5, consumes: true });
  expect(view?.probes).toEqual([{ name: 'ready', path: '/ready' }]);
});

test('stores tell their copies in words, secrets who receives them, absent services why', () => {
  const { stores, secrets, absent } = systemView(
    environment({
      services: [aService('edge', { secrets: ['KEY'] }), aService('core')],
      secrets: [
        { name: 'KEY', generateBytes: 32 },
        { name: 'UNUSED', generateBytes: null },
      ],
      stores: [
        {
          kind: 'postgres',
          name: 'db',
          version: '17',
          database: 'shop',
          standbys: { count: 2, synchronous: true, failoverAfter: seconds(10) },
          backup: {
            full: { every: hours(6), keep: days(14) },
            longTerm: null,
            logEvery: minutes(1),
            pointInTime: days(7),
            to: 's3://backups/shop',
          },
        },
        { kind: 'bucket', name: 'files', bucket: 'files', versioning: false, expireAfter: null },
      ],
      absent: [{ name: 'mail', why: 'image', by: 'mail:3' }],
    }),
  );
  expect(stores).toEqual([
    {
      name: 'db',
      kind: 'postgres',
      version: '17',
      standbys: 2,
      backup: 'every 6h, kept for 14d; log every 1m, back to any moment of 7d; to s3://backups/shop',
    },
    { name: 'files', kind: 'bucket', version: null, standbys: 0, backup: null },
  ]);
  expect(secrets).toEqual([
    { name: 'KEY', usedBy: ['edge'] },
    { name: 'UNUSED', usedBy: [] },
  ]);
  expect(absent).toMatchObject([{ name: 'mail', sentence: expect.stringContaining('mail:3') }]);
});

test('a strategy is told in words', () => {
  const step = (weight: number, hold: number) => ({
    weight: percent(weight),
    hold: minutes(hold),
    gate: true,
  });
  const canary = { kind: 'canary', by: 'requests', advance: 'gate' } as const;
  expect(strategyWords({ ...canary, steps: [step(10, 5), step(50, 10)] })).toBe(
    'canary: 10 % for 5m, 50 % for 10m, then all',
  );
  expect(strategyWords({ ...canary, steps: [step(10, 5), step(100, 2)], advance: 'person' })).toBe(
    'canary: 10 % for 5m, then all, watched for 2m, a person ends each step',
  );
  expect(strategyWords({ kind: 'blue-green', preview: minutes(3), steps: [], advance: 'gate' })).toBe(
    'blue-green: whole without users for 3m, then all',
  );
  expect(strategyWords({ kind: 'rolling', surge: 0, unavailable: 1, settle: seconds(20) })).toBe(
    'rolling: 1 fewer at a time, each ready for 20s first',
  );
});

import { systemClock } from 'fairway-kit';
import { expect, test } from 'vitest';
import { type Environment, resolveEnvironment } from '../../src/core/system/index.ts';
import { loadDefinition } from '../../src/definition/index.ts';
import { instant } from '../../src/kernel/index.ts';

const clock = { ...systemClock, now: () => instant(systemClock.now()) };
const loaded = await loadDefinition(import.meta.dirname, { clock, signal: new AbortController().signal });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const { system, findings } = loaded.value;

function resolved(name: string): Environment {
  const environment = resolveEnvironment(system, name);
  if (!environment.ok) throw new Error(JSON.stringify(environment.error));
  return environment.value;
}

test('nothing is wrong with the definition but targets that are still to come', () => {
  const others = findings.filter(
    ({ severity, code }) => severity !== 'note' && code !== 'definition_target_missing',
  );
  expect(others).toEqual([]);
});

test('the eight values of each environment are those of the table', () => {
  const rows = Object.values(system.environments).map(({ services: { app } }) => [
    ...['DEBUG', 'LOG_LEVEL', 'CACHE_TTL', 'MAX_SCENARIOS', 'RATE_LIMIT_PER_MINUTE'].map(
      (name) => app?.env[name],
    ),
    app?.replicas,
    ...['DB_POOL_SIZE', 'REDIS_ENABLED'].map((name) => app?.env[name]),
  ]);
  expect(rows).toEqual([
    [true, 'DEBUG', 600, 1_000, 0, 1, 5, false],
    [false, 'INFO', 1_800, 5_000, 100, 2, 10, true],
    [false, 'WARNING', 3_600, 10_000, 60, 3, 20, true],
  ]);
});

test('the limit of the program and of the declaration are one number', () => {
  for (const { services } of Object.values(system.environments)) {
    const [app] = [services['app']];
    const declared = Object.values(app?.protection?.rateLimits ?? {}).map(({ limit }) => limit.count);
    expect(declared.every((limit) => limit === app?.env['RATE_LIMIT_PER_MINUTE'])).toBe(true);
  }
});

test('the program ends by itself when its drain is over, before it is killed', () => {
  const ends = Object.values(system.environments).map(({ services: { app } }) => [
    app?.shutdown?.drain,
    Number(app?.shutdown?.grace) > Number(app?.env['SHUTDOWN_GRACE_MILLIS']),
  ]);
  const told = Object.values(system.environments).map(({ services: { app } }) => [
    app?.env['SHUTDOWN_GRACE_MILLIS'],
    true,
  ]);
  expect(ends).toEqual(told);
});

test('production is blue and green after an approval, and a canary of one pod in ten when asked for', () => {
  const { services, release } = resolved('prod');
  expect(services[0]?.strategy.kind).toBe('blue-green');
  expect(release.approval?.role).toBe('owner');
  expect(release.keepOld).toBe(3_600_000);
  const canary = system.environments['prod']?.release.canary;
  expect(canary?.by).toBe('replicas');
  expect(canary?.steps.map(({ weight, hold }) => [weight, hold / 60_000])).toEqual([
    [10, 15],
    [25, 5],
    [50, 5],
    [100, 5],
  ]);
});

test('development has a Postgres, no Redis, and a canary that is over soon', () => {
  const { stores, services } = resolved('dev');
  expect(stores.map(({ kind }) => kind)).toEqual(['postgres']);
  expect(services[0]?.strategy).toMatchObject({ kind: 'canary', steps: [{ weight: 10, hold: 20_000 }] });
});

test('a launch costs 200 dollars a month, 180 without the database that may be left out', () => {
  const { cost, phases, runbooks, checklists, pipeline } = resolvedBody('prod');
  const lines = Object.entries(cost?.lines ?? {});
  const sum = (of: typeof lines) => of.reduce((all, [, { from }]) => all + from, 0) / 100;
  expect(sum(lines)).toBe(200);
  expect(sum(lines.filter(([name]) => !name.startsWith('RDS')))).toBe(180);
  expect(Object.keys(cost?.options ?? {})).toHaveLength(4);
  expect(Object.keys(runbooks ?? {})).toHaveLength(4);
  expect(checklists?.['deployment']?.items).toHaveLength(12);
  expect(Object.keys(pipeline ?? {})).toHaveLength(8);
  const steps = Object.entries(phases ?? {}).filter(([name]) => name.startsWith('step'));
  expect(steps.map(([, { done }]) => done)).toEqual([...Array<boolean>(7).fill(true), false, false]);
  expect(Object.keys(phases ?? {}).filter((name) => name.startsWith('phase'))).toHaveLength(4);
});

function resolvedBody(name: string) {
  const body = system.environments[name];
  if (body === undefined) throw new Error(`there is no ${name}`);
  return body;
}

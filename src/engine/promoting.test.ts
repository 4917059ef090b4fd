import { afterEach, expect, test } from 'vitest';
import type { Environment, Job, Service } from '#core/system';
import { aPolicy, aService } from '#core/release/fixture';
import { fail, millis, minutes, type Result } from '#kernel';
import type { Target } from '#ports';
import { revisionOf } from '#core/release';
import { createMemoryStore } from '#store';
import { createEngine, type Engine } from './engine.ts';
import { fastClock, memoryTarget, memoryWorld } from './memory-target.fixture.ts';

const running: Engine[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
});

/** A job's build is kept like a service's. */
const job = (): Job => ({
  name: 'seed',
  purpose: 'before',
  service: aService('seed', { traffic: 'none', replicas: 0 }),
  timeout: minutes(1),
  onFailure: 'rollback',
});

const environment = (
  name: string,
  service: Partial<Service> = {},
  more: Partial<Environment> = {},
): Environment => ({
  system: 'shop',
  name,
  target: 'local',
  services: [aService('edge', { strategy: atOnce, ...service })],
  stores: [],
  checks: [],
  secrets: [],
  flags: {},
  release: aPolicy,
  ...more,
});
const atOnce = { kind: 'rolling', surge: 2, unavailable: 0, settle: millis(0) } as const;

/** Two environments of one system; the folder's present version is what a build is named by. */
function aPlane() {
  const clock = fastClock();
  const store = createMemoryStore({ clock });
  const worlds = { staging: memoryWorld(), production: memoryWorld() };
  const folder = { version: 'one' };
  const builds = new Set<string>();
  const target = (name: string): Target => {
    const world = name === 'staging' ? worlds.staging : worlds.production;
    return {
      ...memoryTarget(world, clock),
      build: async (service) => {
        const build = `${service.folder}@${folder.version}`;
        builds.add(build);
        return { ok: true, value: revisionOf(service, build, {}) };
      },
      adopt: async (service, build) =>
        builds.has(build)
          ? { ok: true, value: revisionOf(service, build, {}) }
          : fail('snapshot_missing', { build }),
    };
  };
  const engine = createEngine({ store, clock, owner: 'one', targetFor: target, report: () => undefined });
  running.push(engine);
  const settled = async (name: string) => {
    const runner = await engine.runner(name);
    for (let i = 0; i < 3_000; i++) {
      const { rollout, opening, closing } = runner.ledger.environment;
      if (rollout === null && opening === null && closing === null) return runner;
      await clock.sleep(millis(100));
    }
    throw new Error(`${name} did not settle`);
  };
  const ask = (declared: Environment) => ({
    environment: declared,
    sourceFolder: '/shop',
    source: '/shop',
    services: null,
    by: 'ann',
    note: '',
  });
  const up = async (declared: Environment) => {
    value(await engine.up(ask(declared)));
    return settled(declared.name);
  };
  const promote = (declared: Environment, release: number | null = null, from = 'staging') =>
    engine.promote({ environment: declared, from, release, by: 'ben', note: 'good since monday' });
  return { engine, worlds, folder, builds, up, ask, promote, settled };
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

test('what staging runs is released in production: the same builds, with the declaration of production', async () => {
  const { folder, up, promote, settled, engine } = aPlane();
  const hooks = { before: [job()], after: [] };
  await up(environment('staging', {}, { release: { ...aPolicy, hooks } }));
  folder.version = 'two';
  const production = environment(
    'production',
    { replicas: 3, env: { LEVEL: 'warn' } },
    { release: { ...aPolicy, hooks } },
  );
  await up(production);
  folder.version = 'three'; // nobody has built it, and nobody does now
  const accepted = value(await promote(production));
  expect(accepted.release).toBe(2);
  const { ledger } = await settled('production');
  expect(ledger.environment.good).toEqual([1, 2]);
  const release = await ledger.release(2);
  expect(release).toMatchObject({
    by: 'ben',
    note: 'good since monday',
    source: 'promoted from staging, release 1',
  });
  expect(release?.revisions).toMatchObject([
    { build: 'edge@one', spec: { replicas: 3, env: { LEVEL: 'warn' } } },
  ]);
  expect(release?.jobs['seed']).toMatchObject({ build: 'seed@one' });
  expect((await (await engine.runner('staging')).ledger.release(1))?.revisions[0]?.build).toBe('edge@one');
});

test('an older release of staging can be named; one that was gone back from cannot', async () => {
  const { folder, up, ask, promote, settled, engine } = aPlane();
  await up(environment('staging'));
  folder.version = 'two';
  value(await engine.release(ask(environment('staging'))));
  await settled('staging');
  folder.version = 'three';
  await up(environment('production'));
  value(await promote(environment('production'), 1));
  const { ledger } = await settled('production');
  expect((await ledger.release(2))?.revisions[0]?.build).toBe('edge@one');
  value(await engine.rollback('staging', null, { by: 'ann', note: '' }));
  await settled('staging');
  expect(await promote(environment('production'), 2)).toMatchObject({
    error: { code: 'promotion_not_good', facts: { from: 'staging', release: 2, good: '1' } },
  });
  expect(await promote(environment('production'), 9)).toMatchObject({
    error: { code: 'release_unknown', facts: { environment: 'staging', release: 9 } },
  });
});

test('what is the same already begins nothing', async () => {
  const { up, promote, settled } = aPlane();
  await up(environment('staging'));
  await up(environment('production'));
  expect(value(await promote(environment('production')))).toMatchObject({ release: null });
  expect((await settled('production')).ledger.environment.lastRelease).toBe(1);
});

test('a promotion that cannot be is refused with its cause, and nothing is released', async () => {
  const { builds, up, promote, settled, engine } = aPlane();
  const production = environment('production');
  await up(production);
  const code = async (result: ReturnType<typeof promote>) => {
    const done = await result;
    return done.ok ? 'done' : done.error.code;
  };
  expect(await code(promote(production))).toBe('promotion_nothing_released');
  expect(await code(promote(production, null, 'production'))).toBe('promotion_to_itself');
  await up(environment('staging'));
  const two = environment('production', {}, { services: [...production.services, aService('core')] });
  expect(await promote(two)).toMatchObject({
    error: {
      code: 'promotion_part_missing',
      facts: { part: 'the service core', from: 'staging', release: 1 },
    },
  });
  const hooks = { before: [job()], after: [] };
  const hooked = environment('production', {}, { release: { ...aPolicy, hooks } });
  expect(await promote(hooked)).toMatchObject({
    error: { code: 'promotion_part_missing', facts: { part: 'the job seed' } },
  });
  expect(await code(promote(environment('production', { include: ['shared'] })))).toBe(
    'promotion_files_differ',
  );
  builds.clear();
  expect(await code(promote(production))).toBe('promotion_build_gone');
  value(await engine.down('staging', { by: 'ann', note: '', erase: false }));
  await settled('staging');
  expect(await code(promote(production))).toBe('promotion_source_down');
  const { ledger } = await settled('production');
  expect(ledger.environment.lastRelease).toBe(1);
  value(await engine.down('production', { by: 'ann', note: '', erase: false }));
  await settled('production');
  expect(await code(promote(production, 1))).toBe('environment_down');
});

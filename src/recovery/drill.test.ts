import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { aService } from '#core/release/fixture';
import { type Revision, revisionOf } from '#core/release';
import type { Check, Environment } from '#core/system';
import { type Clock, fail, instant, millis, minutes, ok, type Result, seconds } from '#kernel';
import type { RestoreRequest, StoreCopies, Target } from '#ports';
import { openDesk } from './desk.ts';
import type { OperationAsk, OperationView, Recovery } from './index.ts';
import { database, environmentOf, fakeStore, ownInMemory, worldOn } from './testing/world.ts';

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};
const by = { by: 'ann', note: '' };
const revision = (name: string, consumer: boolean, needs: readonly string[] = []): Revision =>
  revisionOf(
    { ...aService(name), needs, consumer: consumer ? { pause: '/pause', resume: '/resume' } : null },
    'build',
    {},
  );
const check = (name: string, needs: readonly string[]): Check => ({
  name,
  run: { kind: 'command', folder: 'checks', include: [], command: ['node', 'check.mjs'] },
  secrets: [],
  needs,
  every: minutes(1),
  timeout: millis(200),
});

interface Scene {
  readonly recovery: Recovery;
  readonly folder: string;
  /** Effects on the scratch target, in order. */
  readonly done: string[];
  /** A check is green when this holds. */
  isGreen: (check: string) => boolean;
  restores: (request: RestoreRequest) => Promise<Result<{ reached: null; pieces: number; detail: null }>>;
  entries(): Promise<readonly { type: string; data: unknown }[]>;
  again(): Recovery;
  /** The first control plane is gone from one moment to the next. */
  kill(): Promise<void>;
}

async function sceneOf(checks: readonly Check[], more: Partial<Environment> = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-drill-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const revisions = [revision('web', false, ['database']), revision('worker', true)];
  const stores = more.stores ?? [database()];
  const environment = environmentOf(stores, {
    services: revisions.map(({ spec }) => spec),
    checks,
    ...more,
  });
  const world = worldOn(clock, stores, environment);
  for (const store of world.stores) store.copyTakes = millis(1);
  const done: string[] = [];
  const beat = clock.now();
  const store = fakeStore(database(), clock);
  const scene = {
    isGreen: () => true,
    restores: async () => ok({ reached: null, pieces: 2, detail: null }),
  } as unknown as { -readonly [K in keyof Scene]: Scene[K] };
  const copies: StoreCopies = {
    ...store.copies,
    restore: (request) => scene.restores(request),
    pulse: { beat: async () => ok(null), last: async () => ok(instant(beat - 1_000)) },
  };
  const note = (what: string) => {
    done.push(what);
    return ok(null);
  };
  const scratch = (name: string): Target => {
    const place = join(folder, name);
    return {
      can: {} as Target['can'],
      open: async () => {
        await mkdir(place, { recursive: true });
        return note('open');
      },
      build: async () => fail('source_missing'),
      adopt: async () => fail('snapshot_missing'),
      ensureReplicas: async ({ revision: { service } }) => note(`start ${service}`),
      setRoute: async ({ routes }) => {
        note(`route ${routes.map(({ service }) => service).join(' ')}`);
        return ok({ acknowledged: 1 });
      },
      drain: async () => ok({ cut: 0 }),
      stop: async () => ok(null),
      consume: async ({ revision: id }) => note(`consume ${id.split('-')[0]}`),
      runTask: async (ask) => {
        const what = ask.kind === 'check' ? ask.check.name : '';
        note(`check ${what}`);
        return ok({ exitCode: scene.isGreen(what) ? 0 : 1, output: '{"detail":"no jobs"}', tookMillis: 1 });
      },
      observe: async () => ({
        at: clock.now(),
        replicas: revisions.map(({ id, service }) => ({
          replica: id,
          service,
          revision: id,
          state: 'ready' as const,
          readySince: clock.now(),
          crashes: 0,
          detail: null,
          port: 1,
          pid: 1,
          consuming: null,
        })),
        stores: [],
        unread: [],
        router: { state: 'serving', acknowledged: 0, addresses: {}, previews: {}, counts: [] },
      }),
      async *logs() {},
      close: async ({ erase }) => note(`close ${erase ? 'erase' : ''}`),
      release: async () => undefined,
      recovery: {
        ...world.site().target,
        copies: () => copies,
        storeFolder: (store) => join(place, 'stores', store),
        own: { secrets: join(place, 'secrets.json'), snapshots: folder, systemFolder: folder },
      },
    };
  };
  const release = {
    ...{ number: 1, environment: 'dev', createdAt: beat, by: 'ann', note: '', source: '.' },
    ...{ revisions, jobs: {} },
  };
  const serving = async () => ({ isUp: true, release, pins: [] });
  const again = (store = world.store) =>
    openDesk(world.site({ scratch, serving, store }), ownInMemory(clock));
  let owner = '';
  let isKilled = false;
  const recovery = again({
    ...world.store,
    async acquire(name, who, length, now) {
      owner = who;
      return isKilled ? fail('store_unavailable') : world.store.acquire(name, who, length, now);
    },
  });
  const kill = async () => {
    isKilled = true;
    await world.store.giveUp('recovery/dev', owner);
  };
  return Object.assign(scene, { recovery, folder, done, again, kill, entries: () => world.entries() });
}

async function finished(recovery: Recovery, ask: OperationAsk): Promise<OperationView> {
  const begun = await recovery.begin(ask);
  if (!begun.ok) throw new Error(JSON.stringify(begun.error));
  for (;;) {
    const view = recovery.operation(begun.value.id);
    if (view !== null && view.state !== 'running') return view;
    await delay(5);
  }
}

const drilled = async (scene: Scene) => {
  await finished(scene.recovery, { kind: 'backup', of: null, ...by });
  const view = await finished(scene.recovery, { kind: 'drill', ...by });
  await scene.recovery.end();
  return view;
};

test('a drill restores, starts, checks, measures, and leaves nothing', async () => {
  const scene = await sceneOf([check('read', ['web'])]);
  const view = await drilled(scene);
  expect(view).toMatchObject({ state: 'done', drill: { ok: true, findings: [] } });
  expect(view.drill?.rpo).toBeGreaterThanOrEqual(1_000);
  expect(view.drill?.rpo).toBeLessThan(10_000);
  expect(scene.done).toEqual([
    'open',
    'start web',
    'start worker',
    'route web worker',
    'check read',
    'close erase',
  ]);
  expect(existsSync(join(scene.folder, 'dev-drill'))).toBe(false);
  expect((await scene.entries()).map(({ type }) => type).slice(-2)).toEqual([
    'recovery.drill_begun',
    'recovery.drilled',
  ]);
});

test('a consumer takes jobs when a check names it', async () => {
  const scene = await sceneOf([check('deliver', ['worker'])]);
  expect(await drilled(scene)).toMatchObject({ state: 'done', drill: { ok: true, findings: [] } });
  expect(scene.done.filter((what) => /consume|check/.test(what))).toEqual([
    'consume worker',
    'check deliver',
  ]);
});

test('a check that stays red without consumers gets them, and the record says so', async () => {
  const scene = await sceneOf([check('deliver', ['web'])]);
  scene.isGreen = () => scene.done.includes('consume worker');
  const view = await drilled(scene);
  expect(view).toMatchObject({ state: 'done', drill: { ok: true } });
  expect(view.drill?.findings).toEqual([expect.stringContaining('worker')]);
});

test('a check that stays red fails the drill, and everything of it is removed all the same', async () => {
  const scene = await sceneOf([check('read', ['web'])]);
  scene.isGreen = () => false;
  const view = await drilled(scene);
  expect(view).toMatchObject({
    state: 'failed',
    failure: { code: 'drill_failed' },
    drill: { ok: false, rto: null },
  });
  expect(view.drill?.findings).toHaveLength(1);
  expect(scene.done.at(-1)).toBe('close erase');
  expect(existsSync(join(scene.folder, 'dev-drill'))).toBe(false);
});

test('a bound that is broken fails the drill, although everything was brought back', async () => {
  const strict = { limit: millis(500), strict: true };
  const recovery = { rto: { limit: minutes(15), strict: true }, rpo: strict, drillEvery: null, verify: {} };
  const view = await drilled(await sceneOf([check('read', ['web'])], { recovery }));
  expect(view).toMatchObject({ state: 'failed', failure: { code: 'drill_failed' }, drill: { ok: false } });
  expect(view.drill?.rto).toBeGreaterThan(0);
  expect(view.drill?.findings).toEqual([expect.stringContaining('500ms')]);
});

test('data that cannot be brought back fail the drill before anything is started', async () => {
  const scene = await sceneOf([check('read', ['web'])]);
  scene.restores = async () =>
    fail('backup_part_damaged', { path: 'base.tar', place: 'memory', reason: 'short' });
  const view = await drilled(scene);
  expect(view).toMatchObject({ state: 'failed', drill: { ok: false, rto: null } });
  expect(scene.done).not.toContain('open');
  expect(view.drill?.findings[0]).toContain('base.tar');
});

test('of two stores the one whose copy is damaged is named, the other is told as left off because of it', async () => {
  const scene = await sceneOf([], { stores: [database('ledger'), database('cache')] });
  let begun: () => void = () => undefined;
  const cacheBegun = new Promise<void>((resolve) => (begun = resolve));
  scene.restores = async ({ folder, signal }) => {
    if (folder.endsWith('ledger')) {
      await cacheBegun;
      return fail('backup_part_damaged', { path: 'base.tar', place: 'memory', reason: 'short' });
    }
    begun();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return fail('cancelled', { what: 'the restore' });
  };
  const { drill } = await drilled(scene);
  const detailOf = (name: string) => drill?.steps.find((step) => step.name === name)?.detail;
  expect(drill?.findings[0]).toContain('base.tar');
  expect(detailOf('restore ledger')).toContain('base.tar');
  expect(detailOf('restore cache')).toBe('The restore of cache was left off: that of ledger had failed.');
});

test('what a drill left whose control plane was killed is removed by the next one that keeps', async () => {
  const scene = await sceneOf([check('read', ['web'])]);
  await finished(scene.recovery, { kind: 'backup', of: null, ...by });
  let stop: () => void = () => undefined;
  const killed = new Promise<void>((resolve) => (stop = resolve));
  scene.restores = async () => {
    await mkdir(join(scene.folder, 'dev-drill', 'stores'), { recursive: true });
    stop();
    return new Promise(() => undefined);
  };
  void scene.recovery.begin({ kind: 'drill', ...by });
  await killed;
  await scene.kill();
  const next = scene.again();
  const over = new AbortController();
  const kept = next.keep(over.signal);
  for (let tries = 0; existsSync(join(scene.folder, 'dev-drill')) && tries < 250; tries += 1)
    await delay(100);
  expect(existsSync(join(scene.folder, 'dev-drill'))).toBe(false);
  over.abort();
  await kept;
  await next.end();
}, 60_000);

test('a side store is known to the next control plane, and is gone when it is discarded', async () => {
  const scene = await sceneOf([]);
  await finished(scene.recovery, { kind: 'backup', of: null, ...by });
  const restore = {
    kind: 'restore',
    store: 'database',
    copy: null,
    target: { kind: 'latest' },
    ...by,
  } as const;
  const { side } = await finished(scene.recovery, restore);
  expect(side).toMatchObject({ store: 'database', lost: { transactions: 3 } });
  await scene.recovery.end();
  const next = scene.again();
  const state = await next.state();
  expect(state.ok && state.value.sides.map(({ id }) => id)).toEqual([side?.id]);
  expect(await finished(next, { kind: 'discard', side: 'no such', ...by })).toMatchObject({
    state: 'failed',
    failure: { code: 'recovery_side_unknown' },
  });
  expect((await finished(next, { kind: 'discard', side: side?.id ?? '', ...by })).state).toBe('done');
  expect(existsSync(side?.folder ?? '')).toBe(false);
  await delay(seconds(0));
  const after = await next.state();
  expect(after.ok && after.value.sides).toEqual([]);
  await next.end();
});

import { describe, expect, test } from 'vitest';
import { bucketOf } from '#core/gate';
import type { TaskProgress } from '#ports';
import { after, minutes, seconds } from '#kernel';
import type { BehaviourInput, Faults } from './index.ts';
import { createScene, readyOf, type Scene, until, valueOf } from './testing/scene.ts';

/** A life with everything in it. */
async function story(seed: number): Promise<string> {
  const faults = {
    busy: 0.1,
    lostAnswer: 0.1,
    slow: 0.1,
    duplicate: 0.2,
    crashEvery: 20_000,
    routeLate: 0.2,
  };
  const scene = createScene(seed, { faults });
  const { world, target, site, context, pass } = scene;
  world.behave('v2', { errorShare: 0.02, flapEvery: 9_000 });
  const [first, second] = [scene.revision('web', 'v1'), scene.revision('web', 'v2')];
  site.load('web', 300);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const limit = { deadline: after(scene.clock.now(), seconds(20)) };
    await target.open(scene.environment, context(limit));
    await target.ensureReplicas({ revision: first, count: 2 }, context(limit));
    await target.ensureReplicas({ revision: second, count: 2 }, context(limit));
    await target.setRoute(scene.table(attempt + 1, [first, 70], [second, 30]), context(limit));
    await pass(7_000);
    await target.observe();
  }
  world.heal();
  await pass(30_000);
  const seen = await target.observe();
  return `${world.fingerprint()} ${world.events} ${scene.clock.elapsed()} ${JSON.stringify(seen)} ${world.lost}`;
}

test('the same seed brings about the same world, another one another', async () => {
  const [one, again, other] = [await story(11), await story(11), await story(12)];
  expect(again).toBe(one);
  expect(other.slice(0, 8)).not.toBe(one.slice(0, 8));
});

test('how often somebody looks does not change how long replicas live', async () => {
  const lives = async (looks: number) => {
    const scene = createScene(4);
    scene.world.behave('web', { crashEvery: 15_000, flapEvery: 7_000 });
    await scene.open();
    await scene.ensure(scene.revision('web', 'v1'), 3);
    for (let i = 0; i < looks; i += 1) {
      await scene.pass(600_000 / looks);
      await scene.target.observe();
    }
    const { replicas } = await scene.target.observe();
    return replicas.map(({ crashes, state, readySince }) => ({ crashes, state, readySince }));
  };
  const often = await lives(3_000);
  expect(await lives(1)).toEqual(often);
  expect(often.every(({ crashes }) => crashes > 5)).toBe(true);
});

describe('replicas live as their revision says', () => {
  const after30 = async (behaviour: BehaviourInput) => {
    const scene = createScene(3);
    scene.world.behave('v1', behaviour);
    const revision = scene.revision('web', 'v1');
    await scene.open();
    await scene.ensure(revision, 1);
    const states = new Set<string>();
    for (let i = 0; i < 300; i += 1) {
      await scene.pass(100);
      for (const { state } of (await scene.target.observe()).replicas) states.add(state);
    }
    const crashes = (await scene.target.observe()).replicas[0]?.crashes ?? -1;
    return { states: [...states].sort(), crashes };
  };
  test.each<[string, BehaviourInput, readonly string[], boolean]>([
    ['a healthy one', {}, ['ready', 'starting'], false],
    ['one that is never ready', { neverReady: true }, ['starting'], false],
    ['one that dies at start', { crashOnStart: 1 }, ['backingOff', 'starting'], true],
    ['one that dies after a while', { crashAfter: 4_000 }, ['backingOff', 'ready', 'starting'], true],
    ['one that dies at random', { crashEvery: 4_000 }, ['backingOff', 'ready', 'starting'], true],
    ['one that leaks', { leakAfter: 6_000 }, ['backingOff', 'ready', 'starting'], true],
    ['one that flaps', { flapEvery: 3_000 }, ['ready', 'starting', 'unready'], false],
  ])('%s', async (_name, behaviour, states, crashes) => {
    const seen = await after30(behaviour);
    expect(seen.states).toEqual(states);
    expect(seen.crashes > 0).toBe(crashes);
  });
});

describe('load', () => {
  const loaded = async (behaviour: BehaviourInput, wait = 100_000, weight = 20) => {
    const scene = createScene(9);
    scene.world.behave('v2', behaviour);
    const [first, second] = [scene.revision('web', 'v1'), scene.revision('web', 'v2')];
    await scene.open();
    await scene.ready(first, 2);
    await scene.ready(second, 1);
    await scene.route(1, [first, 100 - weight], [second, weight]);
    scene.site.load('web', 200);
    const before = scene.clock.elapsed();
    await scene.pass(wait);
    const { counts } = (await scene.target.observe()).router;
    const of = (id: string) => {
      const found = counts.find(({ revision }) => revision === id);
      if (found === undefined) throw new Error(`${id} was not counted`);
      return found;
    };
    return { stable: of(first.id), canary: of(second.id), seconds: (scene.clock.elapsed() - before) / 1_000 };
  };
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const near = (value: number, mean: number, deviation: number) =>
    expect(Math.abs(value - mean)).toBeLessThan(5 * deviation);

  test('requests, their shares and their failures lie within the bounds of chance', async () => {
    const { stable, canary, seconds: span } = await loaded({ errorShare: 0.05 });
    const total = stable.requests + canary.requests;
    near(total, 200 * span, Math.sqrt(200 * span));
    near(canary.requests, 0.2 * total, Math.sqrt(total * 0.2 * 0.8));
    near(canary.failures, 0.05 * canary.requests, Math.sqrt(canary.requests * 0.05 * 0.95));
    for (const { requests, failures, buckets } of [stable, canary])
      expect(sum(buckets)).toBe(requests - failures);
  });

  test('slow answers show in their buckets', async () => {
    const { canary, stable } = await loaded({ slowShare: 0.3, slowMillis: 4_000 });
    const slow = (buckets: readonly number[]) => sum(buckets.slice(bucketOf(1_500)));
    near(slow(canary.buckets), 0.3 * canary.requests, Math.sqrt(canary.requests * 0.3 * 0.7));
    expect(slow(stable.buckets)).toBe(0);
  });

  test('a leak makes answers slower as time goes on', async () => {
    const early = await loaded({ leakAfter: 60_000 }, 20_000);
    const late = await loaded({ leakAfter: 60_000 }, 55_000);
    const over50 = ({ requests, buckets }: { requests: number; buckets: readonly number[] }) =>
      sum(buckets.slice(bucketOf(50) + 1)) / requests;
    expect(over50(early.canary)).toBeLessThan(0.01);
    expect(over50(late.canary)).toBeGreaterThan(0.05);
  });

  test('what is beyond the capacity of its replicas fails', async () => {
    const { canary } = await loaded({ capacity: 10 }, 100_000, 20);
    expect(canary.failures / canary.requests).toBeGreaterThan(0.7);
    expect(canary.failures / canary.requests).toBeLessThan(0.8);
  });

  test('a router that restarts counts from nothing, under another name', async () => {
    const scene = createScene(2);
    const revision = scene.revision('web', 'v1');
    await scene.open();
    await scene.ready(revision, 1);
    await scene.route(1, [revision, 100]);
    scene.site.load('web', 100);
    await scene.pass(60_000);
    const [before] = (await scene.target.observe()).router.counts;
    scene.site.restartRouter();
    expect((await scene.target.observe()).router).toMatchObject({ state: 'absent', counts: [] });
    const { router } = await until(scene.target, scene.clock, (seen) => seen.router.counts.length > 0);
    expect(router.acknowledged).toBe(1);
    expect(router.counts[0]?.epoch).not.toBe(before?.epoch);
    expect(router.counts[0]?.requests).toBeLessThan((before?.requests ?? 0) / 2);
    expect(sum(router.counts[0]?.buckets ?? [])).toBe(router.counts[0]?.requests);
    expect(scene.world.lost).toBeGreaterThan(0);
  });
});

describe('faults end when the world is healed', () => {
  const disturbed = async (faults: Partial<Faults>, act: (scene: Scene) => Promise<unknown>) => {
    const scene = createScene(5);
    await scene.open();
    scene.world.disturb(faults);
    let isDone = false;
    const work = act(scene).then(() => (isDone = true));
    await scene.pass(20_000);
    const wasDone = isDone;
    scene.world.heal();
    await scene.pass(10_000);
    expect([wasDone, isDone]).toEqual([false, true]);
    await work;
  };
  test('effects that hang go on', () =>
    disturbed({ hang: 1 }, (scene) => scene.ready(scene.revision('web', 'v1'), 1)));
  test('answers that were lost come', async () => {
    for (let seed = 0; ; seed += 1) {
      const scene = createScene(seed);
      await scene.open();
      scene.world.disturb({ lostAnswer: 1 });
      const revision = scene.revision('web', 'v1');
      const answer = scene.target.ensureReplicas({ revision, count: 1 }, scene.context());
      await scene.pass(20_000);
      expect((await scene.target.observe()).replicas).toHaveLength(1);
      scene.world.heal();
      const result = await answer;
      if (result.ok) return expect(scene.clock.elapsed()).toBeLessThan(25_000);
      expect(result).toMatchObject({ error: { code: 'target_busy' } });
    }
  });
  test('tables that were never acknowledged are', async () => {
    const scene = createScene(5);
    const revision = scene.revision('web', 'v1');
    await scene.open();
    await scene.ready(revision, 1);
    scene.world.disturb({ routeNever: 1 });
    const routing = scene.route(1, [revision, 100]);
    await scene.pass(20_000);
    expect((await scene.target.observe()).router.acknowledged).toBe(0);
    scene.world.heal();
    expect(await routing).toEqual({ acknowledged: 1 });
  });
  test('replicas that the machine kept from getting ready do', () =>
    disturbed({ stuckStart: 1 }, (scene) => scene.ready(scene.revision('web', 'v1'), 2)));
  test('a revision that is bad itself stays bad', async () => {
    const scene = createScene(5, { faults: { stuckStart: 1 } });
    scene.world.behave('v1', { neverReady: true });
    const revision = scene.revision('web', 'v1');
    await scene.open();
    await scene.ensure(revision, 1);
    scene.world.heal();
    await scene.pass(600_000);
    expect(readyOf(await scene.target.observe(), revision.id)).toBe(0);
  });
  test('without it they stay: a hanging effect ends with its deadline, undone', async () => {
    const scene = createScene(5);
    await scene.open();
    scene.world.disturb({ hang: 1 });
    const revision = scene.revision('web', 'v1');
    const asked = scene.target.ensureReplicas({ revision, count: 1 }, scene.context());
    expect(await asked).toMatchObject({ error: { code: 'cancelled' } });
    expect(scene.clock.elapsed()).toBeGreaterThan(minutes(1));
    expect((await scene.target.observe()).replicas).toEqual([]);
  });
  test('a wire that delivers twice changes nothing twice', async () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const scene = createScene(seed, { faults: { duplicate: 1 } });
      const revision = scene.revision('web', 'v1');
      await scene.open();
      await scene.ready(revision, 1);
      await scene.drain(revision, 0);
      await scene.stop(revision, 0);
      await scene.pass(300_000);
      expect((await scene.target.observe()).replicas).toEqual([]);
      expect(scene.world.violations).toEqual([]);
    }
  });
  test('what the world ended is not ended again', async () => {
    const scene = createScene(5, { faults: { crashEvery: 10_000 } });
    const revision = scene.revision('web', 'v1');
    await scene.open();
    await scene.ready(revision, 3);
    await scene.pass(60_000);
    scene.world.heal();
    const crashes = async () =>
      (await scene.target.observe()).replicas.reduce((sum, replica) => sum + replica.crashes, 0);
    const before = await crashes();
    expect(before).toBeGreaterThan(3);
    await scene.pass(600_000);
    expect(await crashes()).toBe(before);
  });
});

describe('tasks', () => {
  const opened = async (behaviour: BehaviourInput = {}) => {
    const scene = createScene(6);
    scene.world.behave('expand', behaviour);
    await scene.open();
    return { scene, migration: scene.revision('expand', 'm1') };
  };
  test('a job that dies half-way is resumed where it was', async () => {
    const { scene, migration } = await opened({ job: { crashes: 1, steps: 10, takesMillis: 10_000 } });
    const told: TaskProgress[] = [];
    const progress = (each: TaskProgress) => void told.push(each);
    expect((await scene.job(migration, { progress })).exitCode).toBe(137);
    const resume = told.at(-1)?.resume ?? null;
    expect(told.at(-1)).toEqual({ resume: 'step 4', done: 4, of: 10 });
    const before = scene.clock.elapsed();
    expect((await scene.job(migration, { progress }, resume)).exitCode).toBe(0);
    expect(scene.clock.elapsed() - before).toBe(6_000);
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
  test('the same key is the same run, for a later controller too', async () => {
    const { scene, migration } = await opened({ job: { takesMillis: 8_000 } });
    const first = scene.job(migration, { key: 'k' });
    await scene.pass(2_000);
    expect(await scene.job(migration, { key: 'k' })).toEqual(await first);
    expect(scene.clock.elapsed()).toBeLessThan(9_000);
    expect(await scene.job(migration, { key: 'k' })).toEqual(await first);
    expect(scene.clock.elapsed()).toBeLessThan(9_000);
  });
  test('a second run finds the lock held; one that is aborted gives it back', async () => {
    const { scene, migration } = await opened({ job: { takesMillis: 8_000 } });
    const abort = new AbortController();
    const asked = { kind: 'job', job: migration, resume: null } as const;
    const running = scene.target.runTask(asked, scene.context({ signal: abort.signal }));
    expect((await scene.job(migration)).exitCode).toBe(75);
    abort.abort();
    expect(await running).toMatchObject({ error: { code: 'cancelled' } });
    expect((await scene.job(migration)).exitCode).toBe(0);
  });
  test.each([
    ['green', 0],
    ['red', 1],
    ['broken', 70],
    ['endless', 124],
  ] as const)('a check that is %s ends with exit code %i', async (result, exitCode) => {
    const { scene } = await opened();
    scene.world.check('login', { result });
    expect(await scene.checked('login', 'canary')).toMatchObject({ exitCode });
  });
  test('a check is red against the arm whose revision fails it', async () => {
    const { scene } = await opened();
    scene.world.behave('v2', { failsChecks: ['login'] });
    const [first, second] = [scene.revision('web', 'v1'), scene.revision('web', 'v2')];
    await scene.ready(first, 1);
    await scene.ready(second, 1);
    await scene.route(1, [first, 100], [second, 0]);
    expect((await scene.checked('login', 'canary')).exitCode).toBe(1);
    expect((await scene.checked('login', 'stable')).exitCode).toBe(0);
  });
});

test('a queue is worked off by those that take jobs, and grows while nobody does', async () => {
  const scene = createScene(8);
  const revision = scene.consumer('v1');
  await scene.open();
  await scene.ready(revision, 2);
  scene.site.jobs('worker', 5);
  await scene.pass(20_000);
  expect(scene.site.queue('worker').done).toBe(0);
  await scene.consume(revision, 2);
  await scene.pass(60_000);
  const { arrived, waiting, done } = scene.site.queue('worker');
  expect(arrived).toBe(waiting + done);
  expect(waiting).toBeLessThan(20);
  await scene.consume(revision, 1);
  const [crashed] = (await scene.target.observe()).replicas.filter(({ consuming }) => consuming);
  scene.site.crash(crashed?.replica ?? '');
  await scene.pass(30_000);
  const { replicas } = await scene.target.observe();
  expect(replicas.filter(({ state }) => state === 'ready')).toHaveLength(2);
  expect(replicas.filter(({ consuming }) => consuming)).toHaveLength(1);
});

test('logs tell what became of the replicas of a service', async () => {
  const scene = createScene(8);
  const revision = scene.revision('web', 'v1');
  await scene.open();
  await scene.ready(revision, 1);
  const texts: string[] = [];
  const ask = { service: 'web', lines: 10, follow: false };
  for await (const { text } of scene.target.logs(ask, new AbortController().signal)) texts.push(text);
  expect(texts).toEqual(['started', 'ready']);
});

test('an effect before the environment was opened is refused', async () => {
  const scene = createScene(8);
  const revision = scene.revision('web', 'v1');
  const refused = await scene.target.ensureReplicas({ revision, count: 1 }, scene.context());
  expect(refused).toMatchObject({ error: { code: 'not_open' } });
  await valueOf(scene.target.open(scene.environment, scene.context()));
  await scene.ready(revision, 1);
});

test('closing ends jobs at once, and a table of before can be asked for again', async () => {
  const scene = createScene(8);
  scene.world.behave('patient', { job: { waits: true } });
  const revision = scene.revision('web', 'v1');
  await scene.open();
  await scene.ready(revision, 1);
  await scene.route(1, [revision, 100]);
  const running = scene.job(scene.revision('patient', 'p1'));
  await valueOf(scene.target.close({ erase: false }, scene.context()));
  expect((await running).exitCode).toBe(143);
  expect(scene.clock.elapsed()).toBeLessThan(30_000);
  await scene.open();
  await scene.ready(revision, 1);
  expect((await scene.target.observe()).router.acknowledged).toBe(0);
  expect(await scene.route(1, [revision, 100])).toEqual({ acknowledged: 1 });
  expect((await scene.target.observe()).router.acknowledged).toBe(1);
  expect(scene.world.violations).toEqual([]);
});

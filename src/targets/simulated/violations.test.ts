import { describe, expect, test } from 'vitest';
import type { Revision } from '#core/release';
import { createScene, type Scene, tableOf } from './testing/scene.ts';

/** A controller that does one thing wrong, and the rule that the world must name for it. */
interface Wrong {
  readonly what: string;
  readonly rule: string;
  readonly says: string;
  readonly promises?: { readonly fences?: boolean; readonly remembers?: boolean };
  readonly act: (scene: Scene, first: Revision, second: Revision) => Promise<unknown>;
}

const wrongs: readonly Wrong[] = [
  {
    what: 'sends traffic to a revision of which nobody is ready',
    rule: 'R1',
    says: 'gives 10 % to',
    async act({ ensure, route }, first, second) {
      await ensure(second, 1);
      await route(2, [first, 90], [second, 10]);
    },
  },
  {
    what: 'sends traffic to a revision that was never started',
    rule: 'R1',
    says: 'gives 10 % to',
    act: ({ route }, first, second) => route(2, [first, 90], [second, 10]),
  },
  {
    what: 'drains the last replica of a revision with traffic',
    rule: 'R1',
    says: 'the last ready replica',
    act: ({ drain }, first) => drain(first, 0),
  },
  {
    what: 'splits less than the whole',
    rule: 'R2',
    says: 'sum to 90',
    act: ({ route }, first) => route(2, [first, 90]),
  },
  {
    what: 'stops a revision that has traffic',
    rule: 'R3',
    says: 'is stopped while it has 100 %',
    act: ({ stop }, first) => stop(first, 0),
  },
  {
    what: 'stops replicas that were not drained',
    rule: 'R3',
    says: '1 of',
    act: ({ stop }, first) => stop(first, 1),
  },
  {
    what: 'goes on though another one has taken over, on a target that does not fence',
    rule: 'R6',
    says: 'is done by epoch 1 after 2',
    promises: { fences: false },
    async act({ target, context }, first, second) {
      await target.ensureReplicas({ revision: first, count: 2 }, context({ fence: 2 }));
      await target.ensureReplicas({ revision: second, count: 1 }, context({ fence: 1 }));
    },
  },
  {
    what: 'uses one key for two effects',
    rule: 'R6',
    says: 'the key same means ensure',
    async act({ target, context }, first) {
      await target.ensureReplicas({ revision: first, count: 2 }, context({ key: 'same' }));
      await target.ensureReplicas({ revision: first, count: 3 }, context({ key: 'same' }));
    },
  },
  {
    what: 'asks again, late, on a target that does not remember',
    rule: 'R6',
    says: 'changed the world twice',
    promises: { remembers: false },
    async act({ target, context, drain, stop }, first, second) {
      const again = { revision: second, count: 1 };
      await target.ensureReplicas(again, context({ key: 'same' }));
      await drain(second, 0);
      await stop(second, 0);
      await target.ensureReplicas(again, context({ key: 'same' }));
      await stop(first, 2);
    },
  },
  {
    what: 'runs a job twice for one key, on a target that does not remember',
    rule: 'R6',
    says: 'took effect 2 times',
    promises: { remembers: false },
    async act({ job, revision }) {
      const migration = revision('expand', 'm1');
      await job(migration, { key: 'same' });
      await job(migration, { key: 'same' });
    },
  },
  {
    what: 'stops what is to be kept warm',
    rule: 'R9',
    says: 'kept warm',
    async act({ world, ready, drain, stop }, _first, second) {
      world.onStop(({ revision }) => (revision === second.id ? `${revision} is kept warm` : null));
      await ready(second, 1);
      await drain(second, 0);
      await stop(second, 0);
    },
  },
  {
    what: 'resumes one colour while the other has not finished',
    rule: 'R14',
    says: 'of the passive worker-',
    async act(scene) {
      const { ready, consume, target, context } = scene;
      const [blue, green] = [scene.consumer('blue'), scene.consumer('green')];
      await ready(blue, 2);
      await ready(green, 2);
      await consume(blue, 2);
      const pausing = target.consume({ revision: blue.id, active: 0 }, context());
      await target.consume({ revision: green.id, active: 2 }, context());
      await pausing;
    },
  },
  {
    what: 'starts a revision before the schema was expanded for it',
    rule: 'schema',
    says: 'before the schema was expanded',
    async act({ world, ensure }, _first, second) {
      world.behave('v2', { schema: 2 });
      await ensure(second, 1);
    },
  },
  {
    what: 'starts a revision after the schema was contracted beyond it',
    rule: 'schema',
    says: 'contracted beyond it',
    async act({ world, revision, job, ensure }) {
      world.behave('contract', { job: { purpose: 'contract', level: 2 } });
      world.behave('old', { schema: 1 });
      world.behave('expand', { job: { purpose: 'expand', level: 1 } });
      world.behave('v1', { schema: 2 });
      await job(revision('expand', 'e1'));
      await job(revision('contract', 'c1'));
      await ensure(revision('web', 'old'), 1);
    },
  },
  {
    what: 'contracts the schema while an older revision runs',
    rule: 'schema',
    says: 'contracts while the older web-',
    async act({ world, ready, revision, job }, _first, second) {
      world.behave('contract', { job: { purpose: 'contract' } });
      await ready(second, 1);
      await job(revision('contract', 'c1'));
    },
  },
];

describe('what must never happen is named when it does', () => {
  test.each(wrongs)('$rule: a controller that $what', async ({ rule, says, promises = {}, act }) => {
    const { scene, first, second } = await serving(promises);
    expect(scene.world.violations).toEqual([]);
    await act(scene, first, second);
    const named = scene.world.violations.filter((sentence) => sentence.startsWith(`${rule} dev at `));
    expect(named.join('\n')).toContain(says);
  });
});

test('a controller that keeps the rules moves everything over without a word, and no request is lost', async () => {
  const { scene, first, second } = await serving({});
  const { world, ready, route, drain, stop, site, pass, target, revision, consume, job } = scene;
  site.load('web', 500);
  world.behave('expand', { job: { purpose: 'expand', level: 2 } });
  world.behave('v2', { schema: 2 });
  await job(revision('expand', 'e1'));
  await ready(second, 2);
  for (const [version, weight] of [
    [2, 10],
    [3, 50],
  ] as const) {
    await route(version, [first, 100 - weight], [second, weight]);
    await pass(5_000);
  }
  await route(4, [second, 100]);
  await drain(first, 0);
  await stop(first, 0);
  const [blue, green] = [scene.consumer('blue'), scene.consumer('green')];
  await ready(blue, 1);
  await consume(blue, 1);
  await ready(green, 1);
  await consume(blue, 0);
  await consume(green, 1);
  await pass(60_000);
  const seen = await target.observe();
  expect(seen.replicas.filter(({ consuming }) => consuming)).toMatchObject([{ revision: green.id }]);
  expect(world.violations).toEqual([]);
  expect(world.lost).toBe(0);
  expect(world.answered).toBeGreaterThan(30_000);
});

test('what dies after the controller has looked is not held against it; the requests are lost all the same', async () => {
  const { scene, first, second } = await serving({});
  const { world, site, ready, target, context, pass } = scene;
  const seen = await ready(second, 1);
  site.load('web', 1_000);
  const routing = target.setRoute(
    tableOf(2, [
      [first, 50],
      [second, 50],
    ]),
    context(),
  );
  for (const { replica, revision } of seen.replicas) if (revision === second.id) site.crash(replica);
  await target.observe();
  await routing;
  await pass(200);
  await target.observe();
  expect(world.violations).toEqual([]);
  expect(world.lost).toBeGreaterThan(0);
  expect(world.lostByRouting).toBe(0);
});

test('requests that a table sends to nobody are lost by routing', async () => {
  const { scene, first, second } = await serving({});
  scene.site.load('web', 1_000);
  await scene.route(2, [first, 90], [second, 10]);
  await scene.pass(10_000);
  await scene.target.observe();
  const { lost, lostByRouting, answered } = scene.world;
  expect(lostByRouting).toBe(lost);
  expect(lost / (lost + answered)).toBeCloseTo(0.1, 1);
});

/** Two ready replicas of the first revision with all the traffic; the second one is known and not started. */
async function serving(promises: NonNullable<Wrong['promises']>) {
  const scene = createScene(1, { promises });
  const [first, second] = [scene.revision('web', 'v1'), scene.revision('web', 'v2')];
  await scene.open();
  await scene.ready(first, 2);
  await scene.route(1, [first, 100]);
  return { scene, first, second };
}

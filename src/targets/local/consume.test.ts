import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { after, millis } from '#kernel';
import type { ReplicaView, Target } from '#ports';
import type { State } from './book.ts';
import { startPlane } from './testing/plane.ts';
import {
  allReady,
  consumerProgram,
  context,
  createWorld,
  environment,
  service,
  systemClock,
  until,
  untilReplicas,
  value,
  worker,
  type World,
} from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.write('services/worker/main.mjs', consumerProgram);
});
afterEach(() => world.end());

const stateFile = '.fairway/dev/replicas.json';
const notes = async () => (await world.read('notes').catch(() => '')).split('\n').slice(0, -1);
const tell = (replica: ReplicaView | undefined, path: string) =>
  fetch(`http://127.0.0.1:${replica?.port}${path}`);
const soon = (length = 700) => context({ deadline: after(systemClock.now(), millis(length)) });
const wait = (length: number) => new Promise((resolve) => setTimeout(resolve, length));

async function opened(spec = worker()): Promise<Target> {
  const target = world.target();
  value(await target.open(environment([spec]), context()));
  return target;
}

/** In the order in which they were started. */
async function running(count: number, spec = worker()) {
  const target = await opened(spec);
  const revision = value(await target.build(spec, world.folder, context()));
  for (let each = 1; each <= count; each += 1) {
    value(await target.ensureReplicas({ revision, count: each }, context()));
    await wait(5); // so that one is the older
  }
  const replicas = await untilReplicas(target, allReady(count));
  const consume = (active: number, more = context()) =>
    target.consume({ revision: revision.id, active }, more);
  return { target, revision, replicas, consume };
}

const consumingOf = (replicas: readonly ReplicaView[]) => replicas.map(({ consuming }) => consuming);

/** What each says of itself. */
const atWork = (replicas: readonly ReplicaView[]) =>
  Promise.all(
    replicas.map(async (replica) => {
      const { isPaused } = (await (await tell(replica, '/')).json()) as { isPaused: boolean };
      return !isPaused;
    }),
  );

describe('a consumer', () => {
  test('begins paused, and the oldest take jobs when so many are asked for', async () => {
    const { target, replicas, consume } = await running(3);
    expect(await notes()).toHaveLength(3);
    for (const note of await notes()) expect(note).toContain('began paused');
    expect(consumingOf(replicas)).toEqual([false, false, false]);
    for (const [active, expected] of [
      [2, [true, true, false]],
      [3, [true, true, true]],
      [1, [true, false, false]],
      [0, [false, false, false]],
    ] as const) {
      value(await consume(active));
      const seen = (await target.observe()).replicas;
      expect([await atWork(seen), consumingOf(seen)]).toEqual([expected, expected]);
    }
  });

  test('is not told again what it has answered', async () => {
    const { consume } = await running(2);
    value(await consume(1));
    const before = await notes();
    value(await consume(1));
    await wait(1_200);
    expect(await notes()).toEqual(before);
  });

  test('that is started again begins paused, and another one takes its place', async () => {
    const { target, replicas, consume } = await running(2);
    value(await consume(1));
    process.kill(replicas[0]?.pid ?? 0, 'SIGKILL');
    const seen = await untilReplicas(target, (all) => allReady(2)(all) && all[0]?.crashes === 1);
    await until(async () => (await target.observe()).replicas[1]?.consuming === true);
    expect(await atWork(seen)).toEqual([false, true]);
  });

  test('that is started again takes jobs again once it is ready, when it is needed', async () => {
    const { target, replicas, consume } = await running(2);
    value(await consume(2));
    process.kill(replicas[1]?.pid ?? 0, 'SIGKILL');
    await until(async () => {
      const [, second] = (await target.observe()).replicas;
      return second?.crashes === 1 && second.consuming === true;
    });
    expect(await atWork((await target.observe()).replicas)).toEqual([true, true]);
    expect((await notes()).filter((note) => note.endsWith('began paused'))).toHaveLength(3);
  });

  test('that is not ready any more gives its place away, and only after it has paused', async () => {
    const { target, replicas, consume } = await running(2);
    value(await consume(1));
    await tell(replicas[0], '/hold');
    await tell(replicas[0], '/unready');
    await until(async () => (await notes()).some((note) => note.endsWith('asked pause')));
    await wait(500);
    expect(await atWork(replicas)).toEqual([true, false]);
    await tell(replicas[0], '/let');
    await until(async () => (await target.observe()).replicas[1]?.consuming === true);
    expect(await atWork(replicas)).toEqual([false, true]);
  });

  test('a service that is none needs nothing, and a revision that does not run has nobody to pause', async () => {
    await world.write('services/plain/main.mjs', consumerProgram);
    const { target, consume } = await running(1, service('plain', { traffic: 'none' }));
    value(await consume(5));
    expect((await target.observe()).replicas).toMatchObject([{ consuming: null }]);
    expect(await notes()).toEqual([expect.stringContaining('began at work')]);
    value(await target.consume({ revision: 'worker-000', active: 0 }, context()));
    expect(await target.consume({ revision: 'worker-000', active: 1 }, context())).toMatchObject({
      error: { code: 'consumers_not_settled' },
    });
  });
});

describe('pausing', () => {
  test('is done when the slowest has answered', async () => {
    const { replicas, consume } = await running(2);
    value(await consume(2));
    await tell(replicas[1], '/hold');
    let isDone = false;
    const pausing = consume(0).then((result) => {
      isDone = true;
      return result;
    });
    await until(async () => (await notes()).some((note) => note.endsWith('asked pause')));
    await wait(600);
    expect(isDone).toBe(false);
    await tell(replicas[1], '/let');
    value(await pausing);
    expect(await atWork(replicas)).toEqual([false, false]);
  });

  test('that is refused is asked for again until the deadline, says why it failed, and is asked for after it', async () => {
    const { target, revision, replicas, consume } = await running(2);
    value(await consume(2));
    await tell(replicas[1], '/refuse');
    expect(await consume(0, soon())).toEqual({
      ok: false,
      error: {
        code: 'consumers_not_settled',
        facts: {
          revision: revision.id,
          active: 0,
          resumed: 0,
          unpaused: replicas[1]?.replica,
          reason: 'POST /-/pause answered 500',
        },
      },
    });
    expect(consumingOf((await target.observe()).replicas)).toEqual([false, true]);
    await tell(replicas[1], '/let');
    value(await consume(0));
    expect(await atWork(replicas)).toEqual([false, false]);
  });

  test('that is never answered ends at the deadline; a process that is gone counts as paused', async () => {
    const { target, replicas, consume } = await running(1);
    value(await consume(1));
    await tell(replicas[0], '/hold');
    const failed = await consume(0, soon());
    expect(failed).toMatchObject({ error: { code: 'consumers_not_settled', facts: { active: 0 } } });
    const pausing = consume(0);
    process.kill(replicas[0]?.pid ?? 0, 'SIGKILL');
    value(await pausing);
    const [again] = await untilReplicas(target, (all) => allReady(1)(all) && all[0]?.crashes === 1);
    expect(await atWork(again === undefined ? [] : [again])).toEqual([false]);
  });

  test('can be aborted, and gives way to another number', async () => {
    const { replicas, consume } = await running(1);
    value(await consume(1));
    await tell(replicas[0], '/hold');
    const stop = new AbortController();
    const aborted = consume(0, context({ signal: stop.signal }));
    const replaced = consume(0);
    await until(async () => (await notes()).some((note) => note.endsWith('asked pause')));
    stop.abort();
    expect(await aborted).toMatchObject({ error: { code: 'cancelled' } });
    const resuming = consume(1);
    expect(await replaced).toMatchObject({ error: { code: 'cancelled' } });
    await tell(replicas[0], '/let');
    value(await resuming);
    expect(await atWork(replicas)).toEqual([true]);
  });

  test('is part of a drain: one that leaves ends its jobs, or is cut', async () => {
    const { target, revision, replicas, consume } = await running(3);
    value(await consume(3));
    await tell(replicas[2], '/hold');
    const drain = (keep: number) => target.drain({ revision: revision.id, keep }, context());
    expect(await drain(2)).toEqual({ ok: true, value: { cut: 1 } });
    expect(await drain(1)).toEqual({ ok: true, value: { cut: 0 } });
    expect(await atWork(replicas)).toEqual([true, false, true]);
  });
});

describe('the number that was asked for', () => {
  test('kill -9 of the control plane in the middle of it: the next one goes on', async () => {
    const plane = startPlane(world.folder, 'consume');
    const said = await plane.said((text) => text.endsWith('\n'));
    const replicas = JSON.parse(said) as ReplicaView[];
    expect(await atWork(replicas)).toEqual([true]);
    await tell(replicas[0], '/hold');
    await world.write('go', '');
    await until(async () => (await notes()).some((note) => note.endsWith('asked pause')));
    await plane.kill();

    const target = await opened();
    const [adopted] = (await target.observe()).replicas;
    expect(adopted).toMatchObject({ pid: replicas[0]?.pid, consuming: true });
    const pausing = target.consume({ revision: adopted?.revision ?? '', active: 0 }, context());
    await until(async () => (await notes()).filter((note) => note.endsWith('asked pause')).length === 2);
    expect(await atWork(replicas)).toEqual([true]);
    await tell(replicas[0], '/let');
    value(await pausing);
    expect(await atWork(replicas)).toEqual([false]);
    expect((await target.observe()).replicas).toMatchObject([{ pid: replicas[0]?.pid, consuming: false }]);
  });

  test('holds under the next control plane, also for one that crashed while nobody watched', async () => {
    const { target, replicas, consume } = await running(3);
    value(await consume(2));
    await target.release();
    process.kill(replicas[0]?.pid ?? 0, 'SIGKILL');
    await wait(100);
    const next = await opened();
    await until(async () => {
      const seen = (await next.observe()).replicas;
      return allReady(3)(seen) && consumingOf(seen).filter((each) => each === true).length === 2;
    });
    await wait(300);
    expect(await atWork((await next.observe()).replicas)).toEqual([false, true, true]);
  });

  test('leaves those at their work that are at work when the control plane changes', async () => {
    const { target, consume } = await running(2);
    value(await consume(1));
    await target.release();
    const before = await notes();
    const next = await opened();
    await untilReplicas(next, allReady(2));
    value(
      await next.consume(
        { revision: (await next.observe()).replicas[0]?.revision ?? '', active: 1 },
        context(),
      ),
    );
    const seen = (await next.observe()).replicas;
    expect([consumingOf(seen), await atWork(seen)]).toEqual([
      [true, false],
      [true, false],
    ]);
    // Both are asked once more: what a control plane before us heard we do not know.
    const told = (await notes()).slice(before.length).map((note) => note.split(' ')[1]);
    expect(new Set(told)).toEqual(new Set(['paused', 'resumed']));
    expect(told).toHaveLength(2);
  });

  test('is forgotten with the last replica', async () => {
    const { target, revision, consume } = await running(1);
    value(await consume(1));
    expect((JSON.parse(await world.read(stateFile)) as State).consumers).toEqual({ [revision.id]: 1 });
    value(await target.stop({ revision: revision.id, keep: 0 }, context()));
    expect((JSON.parse(await world.read(stateFile)) as State).consumers).toEqual({});
    value(await target.ensureReplicas({ revision, count: 1 }, context()));
    const seen = await untilReplicas(target, allReady(1));
    expect(await atWork(seen)).toEqual([false]);
  });

  test('a controller that was replaced tells nobody anything any more', async () => {
    const { target: old, revision, replicas, consume } = await running(1);
    value(await consume(1));
    const next = world.target();
    value(await next.open(environment([worker()]), context({ fence: 2 })));
    value(await next.consume({ revision: revision.id, active: 0 }, context({ fence: 2 })));
    expect(await old.consume({ revision: revision.id, active: 1 }, context({ fence: 1 }))).toMatchObject({
      error: { code: 'fenced' },
    });
    await wait(1_500);
    expect(await atWork(replicas)).toEqual([false]);
  });

  test('a controller that was replaced while it was asking asks no more', async () => {
    const { revision, replicas, consume } = await running(1);
    value(await consume(1));
    await tell(replicas[0], '/refuse');
    expect(await consume(0, soon(300))).toMatchObject({ error: { code: 'consumers_not_settled' } });
    const next = world.target();
    value(await next.open(environment([worker()]), context({ fence: 2 })));
    const keeping = next.consume({ revision: revision.id, active: 1 }, context({ fence: 2 }));
    const asked = async () => (JSON.parse(await world.read(stateFile)) as State).consumers[revision.id];
    await until(async () => (await asked()) === 1);
    await wait(300); // what was on its way before is over
    const before = (await notes()).length;
    await tell(replicas[0], '/let');
    value(await keeping);
    await wait(1_000);
    expect((await notes()).slice(before).filter((note) => note.endsWith(' paused'))).toEqual([]);
    expect(await atWork(replicas)).toEqual([true]);
  });

  test('a file of before there were consumers is read', async () => {
    const { target } = await running(1);
    await target.release();
    const { consumers: _none, ...older } = JSON.parse(await world.read(stateFile)) as State;
    const replicas = older.replicas.map(({ role: _role, ...record }) => record);
    await world.write(stateFile, JSON.stringify({ ...older, replicas }));
    const next = await opened();
    const [seen] = await untilReplicas(next, allReady(1));
    expect(seen).toMatchObject({ consuming: false });
    value(await next.consume({ revision: seen?.revision ?? '', active: 1 }, context()));
  });
});

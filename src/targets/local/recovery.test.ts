import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReplicaView, Target } from '#ports';
import { identify, isRunning } from '#process';
import type { State } from './book.ts';
import { startPlane } from './testing/plane.ts';
import {
  allReady,
  context,
  createWorld,
  environment,
  routeTo,
  service,
  until,
  untilReplicas,
  value,
  webProgram,
  type World,
} from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.write('services/web/main.mjs', webProgram);
});
afterEach(() => world.end());

const slowToEnd = `
  import { createServer } from 'node:http';
  createServer((request, response) => response.end('here')).listen(Number(process.env.PORT), '127.0.0.1');
  process.on('SIGTERM', () => {
    console.log('told to end');
    setTimeout(() => process.exit(0), 1_500);
  });
`;

const web = service('web');
const stateFile = '.fairway/dev/replicas.json';
const readState = async () => JSON.parse(await world.read(stateFile)) as State;
const changeState = async (update: (state: State) => State) =>
  world.write(stateFile, JSON.stringify(update(await readState())));

async function opened(): Promise<Target> {
  const target = world.target();
  value(await target.open(environment([web]), context()));
  return target;
}

async function running(count: number) {
  const target = await opened();
  const revision = value(await target.build(web, world.folder, context()));
  value(await target.ensureReplicas({ revision, count }, context()));
  const replicas = await untilReplicas(target, allReady(count));
  value(await target.setRoute(routeTo(1, revision), context()));
  return { target, revision, replicas };
}

const pids = (replicas: readonly ReplicaView[]) => replicas.map(({ pid }) => pid ?? 0).sort((a, b) => a - b);

describe('the next control plane', () => {
  test('finds the replica of one that was killed with kill -9', async () => {
    const plane = startPlane(world.folder, 'web');
    const [before] = JSON.parse(await plane.said((text) => text.endsWith('\n'))) as ReplicaView[];
    await plane.kill();

    const target = await opened();
    const [after] = await untilReplicas(target, allReady(1));
    expect(after).toMatchObject({
      replica: before?.replica,
      pid: before?.pid,
      port: before?.port,
      crashes: 0,
    });
  });

  test('adopts a child that was started and not recorded', async () => {
    const { target, replicas } = await running(1);
    await target.release();
    await changeState((state) => ({
      ...state,
      replicas: state.replicas.map((record) => ({ ...record, process: null, port: 1 })),
    }));
    const next = await opened();
    const [adopted] = await untilReplicas(next, allReady(1));
    expect(adopted).toMatchObject({ pid: replicas[0]?.pid, port: replicas[0]?.port });
    expect((await readState()).replicas[0]?.process?.pid).toBe(replicas[0]?.pid);
  });

  test('ends a child that nobody remembers', async () => {
    const { target, replicas } = await running(2);
    await target.release();
    const [lost, kept] = replicas;
    const identity = identify(lost?.pid ?? 0);
    await changeState((state) => ({
      ...state,
      replicas: state.replicas.filter(({ replica }) => replica !== lost?.replica),
    }));
    const next = await opened();
    await until(() => identity !== null && !isRunning(identity));
    expect(pids(await untilReplicas(next, allReady(1)))).toEqual([kept?.pid]);
  });

  test('starts again what died while nobody watched, and counts it', async () => {
    const { target, replicas } = await running(1);
    const identity = identify(replicas[0]?.pid ?? 0);
    await target.release();
    process.kill(replicas[0]?.pid ?? 0, 'SIGKILL');
    await until(() => identity !== null && !isRunning(identity));
    const next = await opened();
    const [revived] = await untilReplicas(next, allReady(1));
    expect(revived).toMatchObject({ replica: replicas[0]?.replica, crashes: 1 });
    expect(revived?.pid).not.toBe(replicas[0]?.pid);
  });

  test('does not tell a replica twice to end: some take a second SIGTERM as an order to die at once', async () => {
    await world.write('services/web/main.mjs', slowToEnd);
    const { target, revision, replicas } = await running(1);
    const ask = { revision: revision.id, keep: 0 };
    value(await target.drain(ask, context()));
    void target.stop(ask, context());
    const log = `.fairway/dev/logs/web/${replicas[0]?.replica}.log`;
    await until(async () => (await world.read(log)).includes('told to end'));
    const next = await opened();
    value(await next.stop(ask, context()));
    expect((await world.read(log)).match(/told to end/g)).toHaveLength(1);
  });

  test('forgets what was on its way out and is gone', async () => {
    const { target, revision, replicas } = await running(2);
    value(await target.drain({ revision: revision.id, keep: 1 }, context()));
    const drained = (await target.observe()).replicas.find(({ state }) => state === 'draining');
    await target.release();
    const identity = identify(drained?.pid ?? 0);
    process.kill(drained?.pid ?? 0, 'SIGKILL');
    await until(() => identity !== null && !isRunning(identity));
    const next = await opened();
    const [left] = await untilReplicas(next, allReady(1));
    expect(replicas.map(({ replica }) => replica)).toContain(left?.replica);
    expect(left?.replica).not.toBe(drained?.replica);
  });

  test('keeps a drained replica out of the router', async () => {
    const { target, revision } = await running(2);
    value(await target.drain({ revision: revision.id, keep: 1 }, context()));
    await target.release();
    const next = await opened();
    const seen = await untilReplicas(next, (all) => all.some(({ state }) => state === 'ready'));
    expect(seen.map(({ state }) => state).sort()).toEqual(['draining', 'ready']);
    const { addresses } = (await next.observe()).router;
    const ready = seen.find(({ state }) => state === 'ready')?.replica;
    for (let ask = 0; ask < 6; ask += 1)
      expect(await (await fetch(String(addresses['web']))).json()).toMatchObject({ replica: ready });
  });

  test('does not answer with a missing route while it takes over', async () => {
    const { target } = await running(2);
    const { addresses } = (await target.observe()).router;
    await target.release();
    let isOver = false;
    const asking = (async () => {
      const statuses = new Set<number>();
      while (!isOver) statuses.add((await fetch(String(addresses['web']))).status);
      return statuses;
    })();
    const next = await opened();
    await untilReplicas(next, allReady(2));
    isOver = true;
    expect([...(await asking)]).toEqual([200]);
  });
});

test('a controller that was replaced stops restarting and refuses everything', async () => {
  const { target: old, revision } = await running(1);
  const next = world.target();
  value(await next.open(environment([web]), context({ fence: 2 })));
  const [replica] = await untilReplicas(next, allReady(1));
  const refused = await old.ensureReplicas({ revision, count: 5 }, context({ fence: 1 }));
  expect(refused).toMatchObject({ ok: false, error: { code: 'fenced', facts: { fence: 1, highest: 2 } } });

  process.kill(replica?.pid ?? 0, 'SIGKILL');
  const [again] = await untilReplicas(next, ([only]) => only?.crashes === 1 && only.state === 'ready');
  await next.release();
  expect((await readState()).replicas).toMatchObject([{ crashes: 1, process: { pid: again?.pid } }]);
});

test('a state file of an unknown format is refused, not overwritten', async () => {
  await world.write(stateFile, '{"format": 99}');
  const refused = await world.target().open(environment([web]), context());
  expect(refused).toMatchObject({ ok: false, error: { code: 'state_unreadable' } });
  expect(await world.read(stateFile)).toBe('{"format": 99}');
});

test('a disk that cannot be written is named, and the replicas there keep running', async () => {
  const { target, revision, replicas } = await running(1);
  // A folder of the file's name stands in the way of the rename: the one failure that root cannot write past.
  await rm(join(world.folder, stateFile));
  await mkdir(join(world.folder, stateFile, 'in the way'), { recursive: true });
  const refused = await target.ensureReplicas({ revision, count: 2 }, context());
  expect(refused).toMatchObject({ ok: false, error: { facts: { path: join(world.folder, stateFile) } } });
  expect(pids((await target.observe()).replicas)).toEqual(pids(replicas));
  const { addresses } = (await target.observe()).router;
  expect((await fetch(String(addresses['web']))).status).toBe(200);
});

test('a router that died is started again and has its table', async () => {
  const { target } = await running(1);
  const { addresses } = (await target.observe()).router;
  await world.stopRouter();
  expect((await target.observe()).router.state).toBe('absent');
  await until(async () => (await target.observe()).router.acknowledged === 1);
  expect((await fetch(String(addresses['web']))).status).toBe(200);
});

test('the port of a service stays the same as long as its router lives, and after that too', async () => {
  const { target } = await running(1);
  const before = (await target.observe()).router.addresses;
  await target.release();
  expect((await (await opened()).observe()).router.addresses).toEqual(before);
  await world.stopRouter();
  expect((await (await opened()).observe()).router.addresses).toEqual(before);
});

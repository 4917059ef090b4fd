import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { days, hours, type Instant, instant, minutes } from '#kernel';
import type { Target } from '#ports';
import { openDesk } from './desk.ts';
import type { Recovery, RecoverySite } from './index.ts';
import {
  createWorld,
  database,
  environmentOf,
  finished,
  ownInMemory,
  start,
  type World,
} from './testing/world.ts';

/** What is begun without anybody who asks. */

const by = { by: 'ann', note: '' };
const backup = { kind: 'backup', of: null, ...by } as const;

/** Drills find no room at once: that one was begun is all that matters here. */
const noRoom = () => ({ recovery: undefined }) as unknown as Target;

async function keeping(world: World, more: Partial<RecoverySite> = {}): Promise<Recovery> {
  const recovery = openDesk(world.site({ scratch: noRoom, ...more }), ownInMemory(world.clock));
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  onTestFinished(async () => {
    over.abort();
    await world.clock.until(kept);
    await world.clock.until(recovery.end());
  });
  return recovery;
}

const at = (time: number): Instant => instant(start + time);

function drilling() {
  const recovery = {
    rto: { limit: minutes(15), strict: true },
    rpo: { limit: minutes(5), strict: false },
    drillEvery: hours(2),
    verify: {},
  };
  const world = createWorld([database()], environmentOf([database()], { recovery }));
  const begun = async () =>
    (await world.entries()).filter(({ type }) => type === 'recovery.drill_begun').map((entry) => entry.at);
  return { world, begun };
}

test('a drill begins by itself when its time has come, and again after the declared interval', async () => {
  const { world, begun } = drilling();
  await keeping(world);
  await world.clock.run(at(hours(2)));
  expect(await begun()).toEqual([]); // the first copy was read back some seconds after the begin
  await world.clock.run(at(hours(2) + minutes(2)));
  const [first = 0, ...others] = await begun();
  expect(others).toEqual([]);
  expect(first - start).toBeLessThan(hours(2) + minutes(1));
  await world.clock.run(instant(first + hours(2) - minutes(1)));
  expect(await begun()).toHaveLength(1);
  await world.clock.run(instant(first + hours(2) + minutes(1)));
  expect(await begun()).toHaveLength(2);
  const drilled = (await world.entries()).filter(({ type }) => type === 'recovery.drill_begun');
  expect(drilled.map(({ data }) => data)).toMatchObject([{ by: 'fairway' }, { by: 'fairway' }]);
});

test('no drill begins while an operation runs; it begins soon after', async () => {
  const { world, begun } = drilling();
  const [store] = world.stores;
  if (store === undefined) throw new Error('there is a store');
  const recovery = await keeping(world);
  await world.clock.run(at(hours(1) + minutes(52)));
  store.copyTakes = hours(1);
  expect((await recovery.begin(backup)).ok).toBe(true);
  await world.clock.run(at(hours(2) + minutes(52) - 1_000));
  expect(await begun()).toEqual([]);
  await world.clock.run(at(hours(2) + minutes(53)));
  expect(await begun()).toHaveLength(1);
});

test('a restored store goes after seven days, not while something else goes on, and the journal says so', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (store === undefined) throw new Error('there is a store');
  const recovery = await keeping(world);
  await world.clock.run(at(minutes(2)));
  const ask = { kind: 'restore', store: 'database', copy: null, target: { kind: 'latest' }, ...by } as const;
  const { side } = (await finished(recovery, world.clock, recovery.begin(ask))) ?? {};
  if (side == null) throw new Error('there is a side store');
  onTestFinished(() => rmSync(side.folder, { recursive: true, force: true }));
  const after = (time: number) => world.clock.run(instant(world.clock.now() + time));
  world.clock.stepWall(days(7) - hours(2));
  await after(minutes(10)); // the copies that are due now
  expect(existsSync(side.folder)).toBe(true);
  store.copyTakes = hours(3);
  expect((await recovery.begin(backup)).ok).toBe(true);
  await after(hours(3) - minutes(1));
  expect(existsSync(side.folder)).toBe(true);
  store.copyTakes = minutes(0);
  await after(minutes(2));
  const gone = async () => (await world.entries()).filter(({ type }) => type === 'recovery.discarded');
  // The disk has no virtual time.
  for (let turn = 0; (await gone()).length === 0 && turn < 1_000; turn += 1) await setImmediate();
  const told = await gone();
  expect(told.map(({ data }) => data)).toEqual([
    { side: side.id, store: 'database', by: 'fairway', note: 'kept for 7d, as restored stores are' },
  ]);
  expect(existsSync(side.folder)).toBe(false);
});

test('what a restore left whose control plane was killed is removed, and the journal says so once', async () => {
  const world = createWorld([database()]);
  const work = await world.site().target.workFolder();
  const folder = join(work.ok ? work.value : '', 'sides', '20261122T013000Z-dead', 'database');
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(join(folder, '../..'), { recursive: true, force: true }));
  await keeping(world);
  const cleared = async () => (await world.entries()).filter(({ type }) => type === 'recovery.sides_cleared');
  await world.clock.run(at(hours(1)));
  for (let turn = 0; (await cleared()).length === 0 && turn < 1_000; turn += 1) await setImmediate();
  await world.clock.run(at(hours(3)));
  expect((await cleared()).map(({ data }) => data)).toEqual([{ sides: ['20261122T013000Z-dead'] }]);
  expect(existsSync(folder)).toBe(false);
});

import { expect, test } from 'vitest';
import { type Instant, instant, minutes, seconds } from '#kernel';
import { openDesk } from './desk.ts';
import { createWorld, database, finished, ownInMemory } from './testing/world.ts';

const by = { by: 'ann', note: 'what was deleted by mistake' };
const piece = (position: number) =>
  `0000000100000000000000${position.toString(16).toUpperCase().padStart(2, '0')}`;

/** A copy, a minute later a piece that was handed over, and one that is still written; then two minutes go by. */
async function worldWithLog() {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (store === undefined) throw new Error('there is a store');
  store.detail = { firstPiece: piece(1), lastPiece: piece(1), systemId: '7' };
  const recovery = openDesk(world.site(), ownInMemory(world.clock));
  await finished(recovery, world.clock, recovery.begin({ kind: 'backup', of: null, ...by }));
  const copied = world.clock.now();
  await world.clock.run(instant(copied + minutes(1)));
  store.pieces.set(piece(2), 'content');
  store.current = piece(3);
  await world.clock.run(instant(world.clock.now() + minutes(2)));
  const shipped = () =>
    [...world.repository.files.keys()].flatMap(
      (path) => /\/log\/database\/([0-9A-F]{24})/.exec(path)?.[1] ?? [],
    );
  const restore = (at: Instant) =>
    finished(
      recovery,
      world.clock,
      recovery.begin({ kind: 'restore', store: 'database', copy: null, target: { kind: 'time', at }, ...by }),
    );
  return { world, store, recovery, restore, shipped, copied };
}

test('a moment of some seconds ago is brought back with the log that was not handed over yet', async () => {
  const { world, store, recovery, restore, shipped } = await worldWithLog();
  const view = await restore(instant(world.clock.now() - seconds(10)));
  expect(view).toMatchObject({ state: 'done', failure: null });
  expect(shipped()).toEqual([piece(2), piece(3)]);
  expect(store.beats).toHaveLength(1); // a commit behind the moment
  await recovery.end();
});

test('of a store that is down what it handed over before is kept, and the failure says up to when it reaches', async () => {
  const { world, store, recovery, restore, shipped } = await worldWithLog();
  store.isDown = true;
  const kept = world.clock.now();
  const before = await restore(instant(kept - seconds(10)));
  expect(before).toMatchObject({ state: 'done', failure: null });
  expect(shipped()).toEqual([piece(2)]);
  await world.clock.run(instant(world.clock.now() + minutes(5)));
  const view = await restore(instant(world.clock.now() - seconds(10)));
  expect(view).toMatchObject({
    state: 'failed',
    failure: { code: 'recovery_target_too_new', facts: { newest: expect.stringMatching(/^2026-/) } },
  });
  await recovery.end();
});

test('a moment that is kept for long is brought back without asking the running store', async () => {
  const { world, store, recovery, restore, copied } = await worldWithLog();
  await world.clock.run(instant(copied + minutes(12)));
  await restore(instant(world.clock.now() - seconds(1)));
  store.beats.length = 0;
  store.current = piece(4);
  await restore(instant(copied + seconds(1)));
  expect(store.beats).toEqual([]);
  expect(store.current).toBe(piece(4));
  await recovery.end();
});

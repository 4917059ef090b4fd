import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { days, hours, instant, millis, minutes, seconds } from '#kernel';
import { openDesk } from './desk.ts';
import type { RecoverySite } from './index.ts';
import { createWorld, database, finished, ownInMemory, start, type World } from './testing/world.ts';

const deskOf = (world: World, more: Partial<RecoverySite> = {}) =>
  openDesk(world.site(more), ownInMemory(world.clock));
const by = { by: 'ann', note: 'before the migration' };
const backup = { kind: 'backup', of: null, ...by } as const;

test('a backup copies every declared store and what Fairway keeps, and the journal says so', async () => {
  const world = createWorld([database()]);
  const recovery = deskOf(world);
  const view = await finished(recovery, world.clock, recovery.begin(backup));
  expect(view).toMatchObject({ state: 'done', share: 1, failure: null });
  expect(view?.copies.map(({ of, why }) => `${of} ${why}`)).toEqual(['database asked', 'fairway asked']);
  expect(await world.types()).toEqual(['recovery.copied', 'recovery.copied']);
  await recovery.end();
});

test('a store whose copy fails does not keep the others from being copied', async () => {
  const world = createWorld([database('one'), database('two')]);
  const [one] = world.stores;
  if (one) one.failsWith = 'postgres_not_answering';
  const recovery = deskOf(world);
  const view = await finished(recovery, world.clock, recovery.begin(backup));
  expect(view).toMatchObject({ state: 'failed', failure: { code: 'postgres_not_answering' } });
  expect(view?.copies.map(({ of }) => of)).toEqual(['two', 'fairway']);
  expect(await world.types()).toEqual(['recovery.copy_failed', 'recovery.copied', 'recovery.copied']);
  expect([...world.repository.files.keys()].filter((path) => path.includes('/one/'))).toEqual([]);
  await recovery.end();
});

test('one operation at a time, and one that is ended leaves nothing that counts', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (store) store.copyTakes = hours(1);
  const recovery = deskOf(world);
  const begun = await recovery.begin(backup);
  expect(begun.ok).toBe(true);
  expect(await recovery.begin(backup)).toMatchObject({ ok: false, error: { code: 'recovery_busy' } });
  await world.clock.run(instant(start + 60_000));
  await world.clock.until(recovery.end());
  expect(recovery.operation(begun.ok ? begun.value.id : '')).toMatchObject({
    state: 'failed',
    failure: { code: 'cancelled' },
  });
  expect(world.repository.files.size).toBe(0);
  expect(await recovery.begin(backup)).toMatchObject({ ok: false, error: { code: 'recovery_ended' } });
});

test('of two control planes one is in charge, and the other is told who', async () => {
  const world = createWorld([database()]);
  const [first, second] = [deskOf(world), deskOf(world)];
  await finished(first, world.clock, first.begin(backup));
  expect(await second.begin(backup)).toMatchObject({ ok: false, error: { code: 'lease_held' } });
  await first.end();
  expect((await second.begin(backup)).ok).toBe(true);
  await world.clock.until(second.end());
});

test('where only one control plane can be, the next one goes on at once when one was killed', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  const plane = () => deskOf(world, { owner: 'local shop' });
  const killed = plane();
  await finished(killed, world.clock, killed.begin(backup)); // it gives nothing back
  const next = plane();
  const over = new AbortController();
  const kept = next.keep(over.signal);
  await world.clock.run(instant(world.clock.now() + 1_500));
  expect(store?.beats.length).toBeGreaterThanOrEqual(1);
  over.abort();
  await world.clock.until(kept);
  await next.end();
});

test('keeping makes due copies, ships the log in order, beats every second, and leaves off when it is told', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (!store) throw new Error('there is a store');
  for (const name of ['000000010000000000000001', '000000010000000000000002']) store.pieces.set(name, name);
  const recovery = deskOf(world);
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  await world.clock.run(instant(start + 120_000));
  expect(store.beats.length).toBeGreaterThanOrEqual(118);
  expect(store.beats.length).toBeLessThanOrEqual(122);
  expect(store.pieces.size).toBe(0);
  expect([...world.repository.files.keys()].filter((path) => path.includes('/log/database/'))).toHaveLength(
    2,
  );
  const copies = (await world.entries()).filter(({ type }) => type === 'recovery.copied');
  expect(copies.map(({ data }) => (data as { of: string; why: string }).of)).toEqual(['database', 'fairway']);
  over.abort();
  await world.clock.until(kept);
  const beats = store.beats.length;
  await world.clock.run(instant(world.clock.now() + 60_000));
  expect(store.beats.length).toBe(beats);
  await recovery.end();
});

test('a slow store is never asked twice at once, and does not slow the others', async () => {
  const world = createWorld([database('slow'), database('quick')]);
  const [slow, quick] = world.stores;
  if (!slow || !quick) throw new Error('there are two');
  slow.beatTakes = millis(7_000);
  const recovery = deskOf(world);
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  await world.clock.run(instant(start + 100_000));
  expect(slow.mostBeats).toBe(1);
  expect(slow.beats.length).toBeLessThan(16);
  expect(quick.beats.length).toBeGreaterThan(95);
  over.abort();
  await world.clock.until(kept);
  await recovery.end();
});

test('a place that refuses keeps the pieces here, and is told once when it begins and once when it ends', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (!store) throw new Error('there is a store');
  const recovery = deskOf(world);
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  await world.clock.run(instant(start + 120_000));
  world.repository.refuses = 'backup_place_full';
  store.pieces.set('000000010000000000000001', 'content');
  await world.clock.run(instant(world.clock.now() + 600_000));
  expect(store.pieces.size).toBe(1);
  expect(world.reported.filter(({ code }) => code === 'backup_place_full')).toHaveLength(1);
  world.repository.refuses = null;
  await world.clock.run(instant(world.clock.now() + 180_000));
  expect(store.pieces.size).toBe(0);
  const of = (type: string) => async () =>
    (await world.entries()).filter(
      (entry) => entry.type === type && (entry.data as { code: string }).code === 'recovery_log_not_shipped',
    );
  expect(await of('recovery.warning')()).toHaveLength(1);
  expect(await of('recovery.warning_ended')()).toHaveLength(1);
  over.abort();
  await world.clock.until(kept);
  await recovery.end();
});

test('a copy that fails is tried again after some minutes, not in a storm', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (store) store.failsWith = 'postgres_not_answering';
  const recovery = deskOf(world);
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  await world.clock.run(instant(start + minutes(60)));
  const failed = (await world.types()).filter((type) => type === 'recovery.copy_failed').length;
  expect(failed).toBeGreaterThanOrEqual(8);
  expect(failed).toBeLessThanOrEqual(13);
  over.abort();
  await world.clock.until(kept);
  await recovery.end();
});

test('a clock that jumps a month ahead, and back, makes one copy more and no storm', async () => {
  const world = createWorld([database()]);
  const recovery = deskOf(world);
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  const copied = async () => (await world.types()).filter((type) => type === 'recovery.copied').length;
  await world.clock.run(instant(start + minutes(5)));
  expect(await copied()).toBe(2);
  world.clock.stepWall(days(30));
  await world.clock.run(instant(world.clock.now() + minutes(30)));
  expect(await copied()).toBe(4);
  world.clock.stepWall(-days(30));
  await world.clock.run(instant(world.clock.now() + minutes(30)));
  expect(await copied()).toBeLessThanOrEqual(4);
  over.abort();
  await world.clock.until(kept);
  await recovery.end();
});

test('the keeper of a control plane that is gone is followed by another one, whose copies go on', async () => {
  const world = createWorld([database()]);
  const [first, second] = [deskOf(world), deskOf(world)];
  const [one, two] = [new AbortController(), new AbortController()];
  const kept = [first.keep(one.signal), second.keep(two.signal)];
  await world.clock.run(instant(start + 60_000));
  const beats = world.stores[0]?.beats.length ?? 0;
  expect(beats).toBeLessThanOrEqual(62);
  one.abort();
  await world.clock.until(first.end());
  await world.clock.run(instant(world.clock.now() + 60_000));
  expect((world.stores[0]?.beats.length ?? 0) - beats).toBeGreaterThan(50);
  two.abort();
  await world.clock.until(Promise.all(kept));
  await second.end();
});

test('an environment that is down is left alone', async () => {
  const world = createWorld([database()]);
  let isUp = false;
  const serving = async () => ({ isUp, release: null, pins: [] });
  const recovery = deskOf(world, { serving });
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  await world.clock.run(instant(start + 60_000));
  expect(world.stores[0]?.beats).toEqual([]);
  isUp = true;
  await world.clock.run(instant(world.clock.now() + 60_000));
  expect(world.stores[0]?.beats.length).toBeGreaterThan(50);
  over.abort();
  await world.clock.until(kept);
  await recovery.end();
});

test('the state tells how safe each store is, and what is held', async () => {
  const world = createWorld([database()]);
  const recovery = deskOf(world);
  const before = await recovery.state();
  expect(before.ok && before.value.stores[0]?.atRisk).toBe(null);
  const view = await finished(recovery, world.clock, recovery.begin(backup));
  const copy = view?.copies[0]?.id ?? '';
  const held = await recovery.hold({ of: 'database', copy, reason: 'a lawsuit', by: 'ann' });
  expect(held.ok).toBe(true);
  await world.clock.run(instant(world.clock.now() + seconds(10)));
  const state = await recovery.state();
  expect(state).toMatchObject({
    ok: true,
    value: {
      place: 'memory',
      isOffSite: true,
      holds: [{ copy, reason: 'a lawsuit' }],
      stores: [
        { store: 'database', copies: 1, declared: true },
        { store: 'fairway', copies: 1 },
      ],
      bounds: { rto: { ok: null } },
    },
  });
  await recovery.end();
});

test('copies that the policy lets go are deleted, and never one that is held or the last', async () => {
  const world = createWorld([database()]);
  const recovery = deskOf(world);
  const first = await finished(recovery, world.clock, recovery.begin(backup));
  const copy = first?.copies[0]?.id ?? '';
  await recovery.hold({ of: 'database', copy, reason: 'a lawsuit', by: 'ann' });
  for (let day = 1; day <= 40; day += 1) {
    await world.clock.run(instant(start + days(day)));
    await finished(recovery, world.clock, recovery.begin(backup));
  }
  const state = await recovery.state();
  const copies = state.ok ? state.value.copies.filter(({ of }) => of === 'database') : [];
  expect(copies.map(({ id }) => id)).toContain(copy);
  expect(copies.length).toBeGreaterThanOrEqual(15);
  expect(copies.length).toBeLessThanOrEqual(17);
  await recovery.end();
});

test('copies that are there and cannot be brought back are told, whatever is wrong with them', async () => {
  const world = createWorld([database()]);
  const recovery = deskOf(world);
  for (let copy = 0; copy < 3; copy += 1) {
    await finished(recovery, world.clock, recovery.begin(backup));
    await world.clock.run(instant(world.clock.now() + minutes(1)));
  }
  const { files } = world.repository;
  const [first, second] = [...files.keys()].filter((path) => path.includes('/copies/database/')).toSorted();
  const inFirst = [...files.keys()].filter((path) => path.startsWith(first?.replace(/[^/]+$/, '') ?? '-'));
  const part = inFirst.find((path) => !path.endsWith('copy.json')) ?? '';
  files.delete(part);
  const later = [...files.keys()]
    .filter((path) => /\/copies\/database\/.*copy\.json$/.test(path))
    .toSorted()[1];
  files.set(later ?? '', Buffer.from('{"format":1}'));
  const state = await recovery.state();
  const database_ = state.ok ? state.value.stores.find(({ store }) => store === 'database') : undefined;
  expect(second).toBeDefined();
  expect(database_?.copies).toBe(1);
  expect(database_?.warnings).toEqual(
    expect.arrayContaining([
      { code: 'backup_copy_incomplete', severity: 'warning', sentence: expect.stringContaining('base.tar') },
      {
        code: 'backup_document_damaged',
        severity: 'warning',
        sentence: expect.stringContaining('copy.json'),
      },
    ]),
  );
  await recovery.end();
});

test('a hole in the log, as a takeover may leave it, is closed by a new copy, once', async () => {
  const world = createWorld([database()]);
  const [store] = world.stores;
  if (!store) throw new Error('there is a store');
  const piece = (timeline: number, position: number) =>
    [timeline, 0, position].map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
  const copyAt = (timeline: number, position: number) => {
    const place = piece(timeline, position);
    store.detail = {
      systemId: '7',
      firstPiece: place,
      lastPiece: place,
      stopLsn: `0/${position.toString(16)}000100`,
    };
  };
  copyAt(1, 1);
  const recovery = deskOf(world);
  const over = new AbortController();
  const kept = recovery.keep(over.signal);
  const copied = async () =>
    (await world.entries()).filter(
      ({ type, data }) => type === 'recovery.copied' && (data as { of: string }).of === 'database',
    ).length;
  const warned = async () =>
    (await world.entries()).filter(
      ({ type, data }) => /warning/.test(type) && (data as { code: string }).code === 'recovery_log_gap',
    );
  await world.clock.run(instant(start + minutes(2)));
  expect(await copied()).toBe(1);
  // The primary dies while it writes piece 4, before piece 3 was handed over; its standby goes on within piece 4.
  store.pieces.set(piece(1, 2), 'content');
  store.pieces.set('00000002.history', `1\t0/4000028\tno recovery target specified\n`);
  store.pieces.set(piece(2, 4), 'content');
  copyAt(2, 5);
  await world.clock.run(instant(world.clock.now() + minutes(1))); // although a copy was made a moment ago
  expect(await copied()).toBe(2);
  await world.clock.run(instant(world.clock.now() + minutes(30)));
  expect(await copied()).toBe(2);
  expect((await warned()).map(({ type }) => type)).toEqual(['recovery.warning', 'recovery.warning_ended']);
  over.abort();
  await world.clock.until(kept);
  await recovery.end();
});

test('what a restore left whose control plane was killed is removed by the next one; side stores that are known stay', async () => {
  const world = createWorld([database()]);
  const site = world.site();
  const first = deskOf(world);
  await finished(first, world.clock, first.begin(backup));
  const ask = { kind: 'restore', store: 'database', copy: null, target: { kind: 'latest' }, ...by } as const;
  const [kept, gone] = [
    (await finished(first, world.clock, first.begin(ask)))?.side,
    (await finished(first, world.clock, first.begin(ask)))?.side,
  ];
  await first.end();
  const work = await site.target.workFolder();
  const killed = join(work.ok ? work.value : '', 'sides', '20261122T013000Z-dead', 'database');
  await mkdir(join(killed, 'home', 'data.restoring'), { recursive: true });
  await rm(gone?.folder ?? '', { recursive: true });
  const next = deskOf(world);
  const over = new AbortController();
  const keeping = next.keep(over.signal);
  // The disk keeps to no virtual clock.
  for (let turn = 0; turn < 100 && existsSync(dirname(killed)); turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await world.clock.run(instant(world.clock.now() + seconds(5)));
  }
  expect(existsSync(dirname(killed))).toBe(false);
  expect(existsSync(kept?.folder ?? '')).toBe(true);
  await world.clock.run(instant(world.clock.now() + seconds(10)));
  const state = await next.state();
  expect(state.ok && state.value.sides.map(({ id }) => id)).toEqual([kept?.id]);
  over.abort();
  await world.clock.until(keeping);
  await next.end();
  await rm(work.ok ? work.value : '', { recursive: true, force: true });
});

import { expect, test } from 'vitest';
import { seconds, seededRandom } from '#kernel';
import { createMemoryStore } from '#store';
import { createVirtualClock, faultyStore, type StoreFaults } from './index.ts';
import { start } from './testing/scene.ts';

function faulty(faults: Partial<StoreFaults>) {
  const clock = createVirtualClock(start, { runs: 'always' });
  const real = createMemoryStore({ clock });
  const store = faultyStore(real, { clock, random: seededRandom(1), faults });
  const write = (expected: number, fence: { lease: string; epoch: number } | null = null) =>
    store.commit({
      stream: 'dev',
      expected,
      entries: [{ type: 'noted', at: clock.now(), data: {} }],
      rows: [],
      fence,
    });
  return { clock, store, write, length: async () => (await store.last('dev'))?.sequence ?? 0 };
}

const unavailable = { ok: false, error: { code: 'store_unavailable' } };

test('a commit that fails before it was written leaves nothing behind', async () => {
  const { store, write, length } = faulty({ failsBefore: 1 });
  expect(await write(0)).toMatchObject(unavailable);
  expect(await length()).toBe(0);
  store.heal();
  expect(await write(0)).toMatchObject({ ok: true });
});

test('a commit that fails after it was written is there, whatever was said', async () => {
  const { store, write, length } = faulty({ failsAfter: 1 });
  expect(await write(0)).toMatchObject(unavailable);
  expect(await length()).toBe(1);
  store.heal();
  expect(await write(0)).toMatchObject({ error: { code: 'store_conflict' } });
});

test('a slow commit takes its time', async () => {
  const { clock, write } = faulty({ slow: 1, slowMillis: 5_000 });
  await write(0);
  expect(clock.elapsed()).toBeGreaterThan(100);
});

test('a lease that was taken away fences its owner out until it ends', async () => {
  const { clock, store, write } = faulty({ leaseTaken: 1, takenMillis: 5_000 });
  const granted = await store.acquire('dev', 'me', seconds(15), clock.now());
  const epoch = granted.ok ? granted.value.epoch : 0;
  expect(await write(0, { lease: 'dev', epoch })).toMatchObject({ error: { code: 'store_fenced' } });
  store.heal();
  expect(await store.acquire('dev', 'me', seconds(15), clock.now())).toMatchObject({
    error: { code: 'lease_held' },
  });
  await clock.sleep(seconds(5));
  const again = await store.acquire('dev', 'me', seconds(15), clock.now());
  expect(again.ok ? again.value.epoch : 0).toBeGreaterThan(epoch);
});

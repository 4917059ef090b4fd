import { describe, expect, it } from 'vitest';
import { type Clock, instant, millis, seconds } from '#kernel';
import { createMemoryStore } from '#store';
import { scopedStore, watchLeases } from './shared-store.ts';

const at = instant(1_000);
const clock: Clock = { now: () => at, sleep: async () => undefined };
const entry = { type: 'x', at, data: 1 };

describe('systems in one store', () => {
  it('with environments of one name do not meet', async () => {
    const store = createMemoryStore({ clock });
    const [shop, bank] = [scopedStore(store, 'shop'), scopedStore(store, 'bank')];
    const write = (value: string) => ({ kind: 'environment', key: 'dev', expected: 0, format: 1, value });
    const commit = { stream: 'dev', expected: 0, entries: [entry], fence: null };
    expect((await shop.commit({ ...commit, rows: [write('shop')] })).ok).toBe(true);
    expect((await bank.commit({ ...commit, rows: [write('bank')] })).ok).toBe(true);
    expect(await shop.row('environment', 'dev')).toMatchObject({ key: 'dev', value: 'shop' });
    expect((await bank.rows('environment', '')).map(({ key, value }) => [key, value])).toEqual([
      ['dev', 'bank'],
    ]);
    expect(await shop.last('dev')).toMatchObject({ stream: 'dev', sequence: 1 });
    expect(await shop.read('dev', 0, 10)).toHaveLength(1);
    expect(await shop.verify('dev')).toBe(null);
  });

  it('hold leases of one name side by side, and are fenced by their own', async () => {
    const store = createMemoryStore({ clock });
    const [shop, bank] = [scopedStore(store, 'shop'), scopedStore(store, 'bank')];
    const lease = await shop.acquire('environment/dev', 'a', seconds(15), at);
    expect(lease).toMatchObject({ ok: true, value: { name: 'environment/dev', epoch: 1 } });
    expect((await bank.acquire('environment/dev', 'b', seconds(15), at)).ok).toBe(true);
    expect(await shop.acquire('environment/dev', 'b', seconds(15), at)).toMatchObject({
      ok: false,
      error: { code: 'lease_held', facts: { lease: 'environment/dev', owner: 'a' } },
    });
    const fenced = { stream: 'dev', expected: 0, entries: [entry], rows: [] };
    const fence = { lease: 'environment/dev', epoch: 2 };
    expect(await shop.commit({ ...fenced, fence })).toMatchObject({
      ok: false,
      error: { code: 'store_fenced', facts: { lease: 'environment/dev' } },
    });
  });
});

describe('who is in charge', () => {
  it('is known from what the store said last, until the lease ends or is given up', async () => {
    let now = at;
    const moving: Clock = { ...clock, now: () => now };
    const store = createMemoryStore({ clock: moving });
    const own = watchLeases(store, 'own', moving);
    const other = watchLeases(store, 'other', moving);
    expect(own.inCharge('dev')).toBe(null);
    await other.store.acquire('environment/dev', 'other', seconds(15), now);
    await own.store.acquire('environment/dev', 'own', seconds(15), now);
    expect(own.inCharge('dev')).toEqual({ owner: 'other', until: 16_000, ours: false });
    expect(other.inCharge('dev')).toEqual({ owner: 'other', until: 16_000, ours: true });
    now = instant(now + millis(15_000));
    expect(own.inCharge('dev')).toBe(null);
    await own.store.acquire('environment/dev', 'own', seconds(15), now);
    expect(own.inCharge('dev')).toMatchObject({ ours: true });
    await own.store.giveUp('environment/dev', 'own');
    expect(own.inCharge('dev')).toBe(null);
  });
});

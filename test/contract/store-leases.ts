import { describe, expect, it } from 'vitest';
import { instant, type Millis, seconds } from '#kernel';
import { commitOf, type Subject } from './store-subject.ts';

export function leasesContract(subject: Subject): void {
  describe('leases', () => {
    const acquire = (owner: string, length: Millis = seconds(10)) =>
      subject.store.acquire('engine', owner, length, subject.clock.now());
    const advance = (length: Millis) => subject.clock.set(instant(subject.clock.now() + length));
    const fenced = async (epoch: number) => {
      const { sequence = 0 } = (await subject.store.last('s')) ?? {};
      const entries = [{ type: 'fenced', at: subject.clock.now(), data: null }];
      const fence = { lease: 'engine', epoch };
      return subject.store.commit(commitOf({ stream: 's', expected: sequence, entries, fence }));
    };

    it('grants a free lease with epoch 1', async () => {
      const expires = subject.clock.now() + 10_000;
      const value = { name: 'engine', owner: 'me', epoch: 1, expires };
      expect(await acquire('me')).toEqual({ ok: true, value });
    });

    it('prolongs the lease of the same owner under the same epoch, and never shortens it', async () => {
      await acquire('me');
      advance(seconds(4));
      expect(await acquire('me')).toMatchObject({
        value: { epoch: 1, expires: subject.clock.now() + 10_000 },
      });
      expect(await acquire('me', seconds(1))).toMatchObject({
        value: { epoch: 1, expires: subject.clock.now() + 10_000 },
      });
    });

    it('refuses a second owner while the first holds it, and says until when', async () => {
      await acquire('me');
      const expires = subject.clock.now() + 10_000;
      advance(seconds(9));
      const facts = { lease: 'engine', owner: 'me', expires };
      expect(await acquire('other')).toEqual({ ok: false, error: { code: 'lease_held', facts } });
    });

    it('grows the epoch when the lease changes hands or is taken again after its end', async () => {
      await acquire('me');
      advance(seconds(10));
      expect(await acquire('other')).toMatchObject({ value: { owner: 'other', epoch: 2 } });
      advance(seconds(10));
      expect(await acquire('other')).toMatchObject({ value: { owner: 'other', epoch: 3 } });
    });

    it('frees the lease when its owner gives it up, and never uses an epoch again', async () => {
      await acquire('me');
      await subject.store.giveUp('engine', 'me');
      expect(await acquire('other')).toMatchObject({ value: { owner: 'other', epoch: 2 } });
      await subject.store.giveUp('engine', 'other');
      expect(await acquire('me')).toMatchObject({ value: { owner: 'me', epoch: 3 } });
    });

    it('does not free the lease of somebody else', async () => {
      await acquire('me');
      await subject.store.giveUp('engine', 'other');
      await subject.store.giveUp('unknown', 'other');
      expect(await acquire('other')).toMatchObject({ ok: false, error: { code: 'lease_held' } });
      expect(await fenced(1)).toMatchObject({ ok: true });
    });

    it('keeps leases of different names apart', async () => {
      await acquire('me');
      expect(await subject.store.acquire('other', 'you', seconds(1), subject.clock.now())).toMatchObject({
        value: { epoch: 1 },
      });
    });

    it('lets a commit through while its lease is held with its epoch', async () => {
      await acquire('me');
      expect(await fenced(1)).toMatchObject({ ok: true });
      advance(seconds(9.999));
      expect(await fenced(1)).toMatchObject({ ok: true });
    });

    it.each<[string, () => Promise<unknown>, number, object]>([
      ['was never taken', async () => {}, 1, { present: 0, owner: null }],
      ['has ended', async () => advance(seconds(10)), 1, { present: 0, owner: null }],
      ['is of an epoch to come', () => acquire('me'), 2, { present: 1, owner: 'me' }],
    ])('refuses a commit whose lease %s', async (_, arrange, epoch, facts) => {
      await arrange();
      expect(await fenced(epoch)).toEqual({
        ok: false,
        error: { code: 'store_fenced', facts: { lease: 'engine', epoch, ...facts } },
      });
      expect(await subject.store.last('s')).toBeNull();
    });

    it('refuses a commit under a lease that ended, was given up or went to another', async () => {
      await acquire('me');
      advance(seconds(10));
      expect(await fenced(1)).toMatchObject({ error: { facts: { present: 1, owner: null } } });
      await acquire('other');
      expect(await fenced(1)).toMatchObject({ error: { facts: { present: 2, owner: 'other' } } });
      await subject.store.giveUp('engine', 'other');
      expect(await fenced(2)).toMatchObject({ error: { code: 'store_fenced' } });
      expect(await subject.store.last('s')).toBeNull();
    });

    it('tells a writer without its lease so even when it is behind as well', async () => {
      await subject.append('s', 0, 'one');
      const fence = { lease: 'engine', epoch: 1 };
      expect(await subject.store.commit(commitOf({ stream: 's', expected: 0, fence }))).toMatchObject({
        error: { code: 'store_fenced' },
      });
    });
  });
}

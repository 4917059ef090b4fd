import { describe, expect, it } from 'vitest';
import { type Json, seconds } from '#kernel';
import { commitOf, rowWrite, type Subject } from './store-subject.ts';

export function commitContract(subject: Subject): void {
  describe('a commit', () => {
    it('writes entries and rows together', async () => {
      const entries = [{ type: 'queued', at: subject.clock.now(), data: null }];
      expect(
        (await subject.store.commit(commitOf({ stream: 's', entries, rows: [rowWrite(0, 1)] }))).ok,
      ).toBe(true);
      expect(await subject.store.last('s')).toMatchObject({ type: 'queued', data: null });
      expect(await subject.store.row('release', 'shop')).toMatchObject({ value: 1 });
    });

    it('writes nothing at all when its last row does not fit', async () => {
      const entries = [{ type: 'queued', at: subject.clock.now(), data: null }];
      const rows = [rowWrite(0, 1, 'a'), rowWrite(0, 2, 'b'), rowWrite(7, 3, 'c')];
      expect(await subject.store.commit(commitOf({ stream: 's', entries, rows }))).toMatchObject({
        error: { code: 'store_conflict' },
      });
      expect(await subject.store.last('s')).toBeNull();
      expect(await subject.store.rows('release', '')).toEqual([]);
      expect(await subject.append('s', 0, 'after')).toMatchObject({ ok: true, value: { sequence: 1 } });
    });

    it('writes no row when the stream has moved on', async () => {
      await subject.append('s', 0, 'one');
      await subject.store.commit(commitOf({ stream: 's', expected: 0, rows: [rowWrite(0, 1)] }));
      expect(await subject.store.rows('release', '')).toEqual([]);
    });

    it.each([
      ['text of every plane', 'naïve 日本 \u{1F680} \u0000 \u001f " \\ \u2028'],
      ['a lone surrogate', '\ud800'],
      ['odd keys', JSON.parse('{"":1,"__proto__":2,"a.b":3,"\u{1F600}":4,"0":5}')],
      ['numbers at the edge', [Number.MAX_SAFE_INTEGER, 5e-324, 1.7976931348623157e308, 0.1]],
      ['a large value', { text: 'x'.repeat(3_000_000), list: Array.from({ length: 10_000 }, (_, i) => i) }],
    ])('gives back %s unchanged', async (_, value) => {
      const data = JSON.parse(JSON.stringify(value)) as Json;
      const entries = [{ type: 'kept', at: subject.clock.now(), data }];
      await subject.store.commit(commitOf({ stream: 's', entries, rows: [rowWrite(0, data)] }));
      expect((await subject.store.last('s'))?.data).toEqual(data);
      expect((await subject.store.row('release', 'shop'))?.value).toEqual(data);
      expect(await subject.store.verify('s')).toBeNull();
    });

    it('keeps a copy: changing the value afterwards changes nothing in the store', async () => {
      const value = { list: [1] };
      await subject.store.commit(
        commitOf({
          stream: 's',
          entries: [{ type: 'kept', at: subject.clock.now(), data: value }],
          rows: [rowWrite(0, value)],
        }),
      );
      value.list.push(2);
      expect((await subject.store.last('s'))?.data).toEqual({ list: [1] });
      expect((await subject.store.row('release', 'shop'))?.value).toEqual({ list: [1] });
      expect(await subject.store.verify('s')).toBeNull();
    });

    it('survives closing: a store opened later continues where it was', async () => {
      await subject.append('s', 0, 'one');
      await subject.write(rowWrite(0, 'kept'));
      await subject.store.acquire('engine', 'me', seconds(10), subject.clock.now());
      await subject.reopen();
      expect(await subject.append('s', 1, 'two')).toMatchObject({ ok: true, value: { sequence: 2 } });
      expect(await subject.store.row('release', 'shop')).toMatchObject({ value: 'kept' });
      expect(await subject.store.verify('s')).toBeNull();
      expect(await subject.store.acquire('engine', 'other', seconds(1), subject.clock.now())).toMatchObject({
        ok: false,
      });
    });

    it('is refused after closing, and reads reject with the same failure', async () => {
      await subject.store.close();
      await subject.store.close();
      const failure = { code: 'store_unavailable', facts: { reason: 'it was closed' } };
      expect(await subject.append('s', 0, 'late')).toMatchObject({ error: failure });
      expect(await subject.store.acquire('l', 'me', seconds(1), subject.clock.now())).toMatchObject({
        error: failure,
      });
      await expect(subject.store.read('s', 0, 1)).rejects.toMatchObject({ failure });
      await expect(subject.store.last('s')).rejects.toMatchObject({ failure });
      await expect(subject.store.row('k', 'key')).rejects.toMatchObject({ failure });
      await expect(subject.store.rows('k', '')).rejects.toMatchObject({ failure });
      await expect(subject.store.verify('s')).rejects.toMatchObject({ failure });
      await subject.store.giveUp('l', 'me');
    });
  });

  it('refuses names that a database could not keep unchanged', async () => {
    for (const name of ['', 'a\0b', '\ud800']) {
      await expect(subject.append(name, 0, 'x')).rejects.toThrow('well-formed');
      await expect(subject.append('s', 0, name)).rejects.toThrow('well-formed');
      await expect(subject.write(rowWrite(0, 1, name))).rejects.toThrow('well-formed');
      await expect(subject.store.acquire(name, 'me', seconds(1), subject.clock.now())).rejects.toThrow(
        'well-formed',
      );
      await expect(subject.store.acquire('l', name, seconds(1), subject.clock.now())).rejects.toThrow(
        'well-formed',
      );
    }
    expect(await subject.store.rows('release', '')).toEqual([]);
    expect(await subject.store.last('s')).toBeNull();
  });
}

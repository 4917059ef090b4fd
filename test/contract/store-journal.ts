import { describe, expect, it } from 'vitest';
import { instant } from '#kernel';
import type { JournalEntry } from '#ports';
import { chained, commitOf, type Subject, summary } from './store-subject.ts';

export function journalContract(subject: Subject): void {
  describe('journal', () => {
    it('numbers the entries of each stream from 1 without a gap', async () => {
      expect(await subject.append('a', 0, 'one', 'two')).toMatchObject({ ok: true, value: { sequence: 2 } });
      expect(await subject.append('b', 0, 'other')).toMatchObject({ ok: true, value: { sequence: 1 } });
      expect(await subject.append('a', 2, 'three')).toMatchObject({ ok: true, value: { sequence: 3 } });
      expect(summary(await subject.store.read('a', 0, 10))).toEqual(['1 one', '2 two', '3 three']);
      expect(summary(await subject.store.read('b', 0, 10))).toEqual(['1 other']);
    });

    it('keeps every part of an entry, and chains its hash to the one before', async () => {
      const data = { z: [1, 2.5, -3, null, true], ä: 'ü', nested: { b: 1, a: [] } };
      const at = instant(1_700_000_000_000.25);
      const done = await subject.store.commit(
        commitOf({ stream: 's', entries: [{ type: 'made', at, data }] }),
      );
      await subject.append('s', 1, 'next');
      const [first, second] = await subject.store.read('s', 0, 10);
      const hash = chained('0'.repeat(64), { stream: 's', sequence: 1, at, type: 'made', data });
      expect(first).toEqual({ stream: 's', sequence: 1, at, type: 'made', data, hash });
      expect(done).toEqual({ ok: true, value: { sequence: 1, hash } });
      const { hash: found, ...line } = second as JournalEntry;
      expect(found).toBe(chained(hash, line));
    });

    it.each([
      ['knows too little', 1],
      ['knows too much', 3],
      ['thinks the stream empty', 0],
    ])('refuses an append of a writer that %s, and changes nothing', async (_, expected) => {
      await subject.append('s', 0, 'one', 'two');
      expect(await subject.append('s', expected, 'late')).toEqual({
        ok: false,
        error: { code: 'store_conflict', facts: { subject: 'stream s', expected, found: 2 } },
      });
      expect(summary(await subject.store.read('s', 0, 10))).toEqual(['1 one', '2 two']);
    });

    it('lets exactly one of several writers with the same knowledge win', async () => {
      const outcomes = await Promise.all(['x', 'y', 'z'].map((type) => subject.append('s', 0, type)));
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
      expect(await subject.store.read('s', 0, 10)).toHaveLength(1);
    });

    it('reads pages: after a sequence, oldest first, at most so many', async () => {
      await subject.append('s', 0, ...Array.from({ length: 7 }, (_, index) => `e${index + 1}`));
      expect(summary(await subject.store.read('s', 0, 3))).toEqual(['1 e1', '2 e2', '3 e3']);
      expect(summary(await subject.store.read('s', 3, 3))).toEqual(['4 e4', '5 e5', '6 e6']);
      expect(summary(await subject.store.read('s', 6, 3))).toEqual(['7 e7']);
      expect(await subject.store.read('s', 7, 3)).toEqual([]);
      expect(await subject.store.read('s', 99, 3)).toEqual([]);
      expect(await subject.store.read('s', 0, 0)).toEqual([]);
    });

    it('knows the last entry, and that an empty stream has none', async () => {
      expect(await subject.store.last('s')).toBeNull();
      await subject.append('s', 0, 'one', 'two');
      expect(await subject.store.last('s')).toMatchObject({ sequence: 2, type: 'two' });
    });

    it('answers a commit without entries with the present end of the stream', async () => {
      expect(await subject.append('s', 0)).toEqual({
        ok: true,
        value: { sequence: 0, hash: '0'.repeat(64) },
      });
      const one = await subject.append('s', 0, 'one');
      expect(await subject.append('s', 1)).toEqual(one);
    });
  });
}

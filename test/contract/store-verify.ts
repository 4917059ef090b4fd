import { describe, expect, it } from 'vitest';
import type { Json } from '#kernel';
import { chained, type RawEntry, type Subject } from './store-subject.ts';

export function verifyContract(subject: Subject): void {
  describe('verify', () => {
    const [first, second, third, fourth] = [0, 1, 2, 3];
    const without = (index: number) => (entries: readonly RawEntry[]) =>
      entries.filter((_, place) => place !== index);
    const altered =
      (index: number, change: (entry: RawEntry) => Partial<RawEntry>) => (entries: readonly RawEntry[]) =>
        entries.map((entry, place) => (place === index ? { ...entry, ...change(entry) } : entry));
    const renumbered = (entries: readonly RawEntry[]) =>
      entries.map((entry, index) => ({ ...entry, sequence: index + 1 }));
    const swapped = (entries: readonly RawEntry[]) => {
      const [a, b, c, d] = entries as [RawEntry, RawEntry, RawEntry, RawEntry];
      return renumbered([a, c, b, d]);
    };
    const rehashed = (entries: readonly RawEntry[]) => {
      let previous = '0'.repeat(64);
      return entries.map((entry) => {
        const { hash: _, data, ...line } = entry;
        previous = chained(previous, { stream: 's', ...line, data: JSON.parse(data) as Json });
        return { ...entry, hash: previous };
      });
    };

    it('finds nothing in streams nobody touched', async () => {
      await subject.append('s', 0, 'a', 'b', 'c', 'd');
      await subject.append('other', 0, 'a');
      expect(await subject.store.verify('s')).toBeNull();
      expect(await subject.store.verify('other')).toBeNull();
      expect(await subject.store.verify('empty')).toBeNull();
    });

    it.each<[string, (entries: readonly RawEntry[]) => readonly RawEntry[], number]>([
      ['altered data                         ', altered(second, () => ({ data: '{"type":"x"}' })), 2],
      ['data that is no JSON any more        ', altered(second, ({ data }) => ({ data: `${data},` })), 2],
      ['an altered type                      ', altered(third, () => ({ type: 'x' })), 3],
      ['an altered time                      ', altered(first, ({ at }) => ({ at: at + 1 })), 1],
      ['an altered hash                      ', altered(third, () => ({ hash: 'f'.repeat(64) })), 3],
      ['the altered hash of the last entry   ', altered(fourth, () => ({ hash: 'f'.repeat(64) })), 4],
      ['a removed first entry                ', without(first), 1],
      ['a removed first entry, renumbered    ', (entries) => renumbered(without(first)(entries)), 1],
      ['a removed entry in the middle        ', without(second), 2],
      ['a removed entry, renumbered          ', (entries) => renumbered(without(second)(entries)), 2],
      ['a removed last entry                 ', without(fourth), 4],
      ['everything removed                   ', () => [], 1],
      ['two entries exchanged                ', swapped, 2],
      ['an inserted copy                     ', (e) => renumbered([...e.slice(0, 2), ...e.slice(1)]), 3],
      ['an entry added with the right hash   ', (e) => rehashed(renumbered([...e, ...e.slice(3)])), 5],
      [
        'a rewritten past with the right hashes',
        (e) => rehashed(altered(first, () => ({ type: 'x' }))(e)),
        4,
      ],
    ])('finds %s', async (_, change, misfit) => {
      await subject.append('s', 0, 'a', 'b', 'c', 'd');
      subject.tamper('s', change);
      expect(await subject.store.verify('s')).toBe(misfit);
    });

    it('finds an entry moved here from another stream', async () => {
      await subject.append('s', 0, 'a');
      await subject.append('other', 0, 'a');
      let moved: readonly RawEntry[] = [];
      subject.tamper('other', (entries) => {
        moved = entries;
        return entries;
      });
      subject.tamper('s', () => moved);
      expect(await subject.store.verify('s')).toBe(1);
    });

    it('looks behind the first pages of a long stream', async () => {
      await subject.append('s', 0, ...Array.from({ length: 1_500 }, (_, index) => `e${index}`));
      expect(await subject.store.verify('s')).toBeNull();
      subject.tamper(
        's',
        altered(1_233, () => ({ type: 'x' })),
      );
      expect(await subject.store.verify('s')).toBe(1_234);
    });
  });
}

import { describe, expect, it } from 'vitest';
import { type Subject, rowWrite } from './store-subject.ts';

export function rowsContract(subject: Subject): void {
  describe('rows', () => {
    it('creates, changes and deletes a row at the version the writer knows', async () => {
      await subject.write(rowWrite(0, { phase: 'queued' }));
      expect(await subject.store.row('release', 'shop')).toEqual({
        kind: 'release',
        key: 'shop',
        version: 1,
        format: 1,
        value: { phase: 'queued' },
      });
      await subject.write({ ...rowWrite(1, { phase: 'live' }), format: 2 });
      expect(await subject.store.row('release', 'shop')).toMatchObject({
        version: 2,
        format: 2,
        value: { phase: 'live' },
      });
      expect((await subject.write(rowWrite(2, null))).ok).toBe(true);
      expect(await subject.store.row('release', 'shop')).toBeNull();
      await subject.write(rowWrite(0, 'anew'));
      expect(await subject.store.row('release', 'shop')).toMatchObject({ version: 1, value: 'anew' });
    });

    it.each([
      ['creating what is there', 0, 'new'],
      ['changing an older version', 1, 'new'],
      ['changing a version that is not written yet', 3, 'new'],
      ['deleting an older version', 1, null],
      ['deleting while thinking there is none', 0, null],
    ])('refuses %s', async (_, expected, value) => {
      await subject.write(rowWrite(0, 'first'));
      await subject.write(rowWrite(1, 'second'));
      expect(await subject.write(rowWrite(expected, value))).toEqual({
        ok: false,
        error: { code: 'store_conflict', facts: { subject: 'release shop', expected, found: 2 } },
      });
      expect(await subject.store.row('release', 'shop')).toMatchObject({ version: 2, value: 'second' });
    });

    it('refuses to change or delete a row that is not there', async () => {
      for (const value of ['new', null]) {
        const facts = { subject: 'release shop', expected: 1, found: 0 };
        expect(await subject.write(rowWrite(1, value))).toEqual({
          ok: false,
          error: { code: 'store_conflict', facts },
        });
      }
      expect(await subject.store.row('release', 'shop')).toBeNull();
    });

    it('sees earlier writes of the same commit', async () => {
      expect(
        (await subject.write(rowWrite(0, 'a'), rowWrite(1, 'b'), rowWrite(2, null), rowWrite(0, 'c'))).ok,
      ).toBe(true);
      expect(await subject.store.row('release', 'shop')).toMatchObject({ version: 1, value: 'c' });
    });

    it('lists the rows of one kind under a prefix, by code point of the key', async () => {
      const keys = ['b/2', 'a/10', 'a/2', 'a', 'a/\u{1F600}', 'a/\uFFFD', 'a/é', 'A/1', 'a0', 'a/%_'];
      await subject.write(...keys.map((key) => rowWrite(0, key, key)), {
        ...rowWrite(0, 'x', 'a/other'),
        kind: 'task',
      });
      const listed = async (prefix: string) =>
        (await subject.store.rows('release', prefix)).map(({ key }) => key);
      expect(await listed('a/')).toEqual(['a/%_', 'a/10', 'a/2', 'a/é', 'a/\uFFFD', 'a/\u{1F600}']);
      expect(await listed('a/\u{1F600}')).toEqual(['a/\u{1F600}']);
      expect(await listed('a')).toHaveLength(8);
      expect(await listed('')).toHaveLength(keys.length);
      expect(await listed('a/1%')).toEqual([]);
      expect(await subject.store.rows('nothing', '')).toEqual([]);
    });
  });
}

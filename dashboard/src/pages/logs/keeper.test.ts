import { describe, expect, it } from 'vitest';
import { capacity, createKeeper } from './keeper.ts';
import { newerThan, windowOf } from './window.ts';

const line = (text: string) => ({ service: 'edge', replica: '1', revision: 'r', text });
const everything = { level: null, text: '' } as const;

describe('the newest lines', () => {
  it('are kept, and no more than there is room for', () => {
    const keeper = createKeeper(everything);
    for (let at = 1; at <= 3 * capacity; at += 1) {
      keeper.add(line(`line ${at}`));
      if (at % 5_000 === 0) keeper.advance(5_000);
    }
    expect(keeper.kept).toBeLessThan(capacity + 10_000);
    expect(keeper.kept).toBeGreaterThanOrEqual(capacity);
    expect(keeper.came).toBe(3 * capacity);
    expect(keeper.shown.length).toBe(keeper.kept);
    expect(keeper.shown.at(-1)?.text).toBe(`line ${3 * capacity}`);
    const [oldest] = keeper.shown;
    expect(oldest?.number).toBe(3 * capacity - keeper.kept + 1);
  });

  it('are looked at again in portions when something else is wanted', () => {
    const keeper = createKeeper(everything);
    for (let at = 0; at < 100; at += 1) keeper.add(line(at % 10 === 0 ? 'wanted' : 'other'));
    expect(keeper.advance(100)).toBe(false);
    keeper.want({ level: null, text: 'WANTED' });
    expect(keeper.advance(60)).toBe(true);
    expect(keeper.shown).toHaveLength(6);
    expect(keeper.advance(60)).toBe(false);
    expect(keeper.shown).toHaveLength(10);
  });

  it('lose none where room is made before they were looked at', () => {
    const keeper = createKeeper({ level: null, text: 'wanted' });
    for (let at = 0; at < capacity + 10_000; at += 1) keeper.add(line('wanted'));
    while (keeper.advance(7_000));
    expect(keeper.shown.length).toBe(keeper.kept);
  });

  it('say where lines are missing', () => {
    const keeper = createKeeper({ level: 'error', text: '' });
    keeper.add(line('fine'));
    keeper.addGap(40, '40 lines left out');
    keeper.advance(10);
    expect(keeper.missing).toBe(40);
    expect(keeper.shown.map(({ text }) => text)).toEqual(['40 lines left out']);
  });
});

describe('the rows that are drawn', () => {
  it.each([
    [50_000, null, 600, 24, { first: 49_967, rows: 33 }],
    [50_000, 0, 600, 24, { first: 0, rows: 33 }],
    [50_000, 2_400, 600, 24, { first: 96, rows: 33 }],
    [50_000, 2e9, 600, 24, { first: 49_967, rows: 33 }],
    [3, null, 600, 24, { first: 0, rows: 3 }],
    [0, null, 600, 24, { first: 0, rows: 0 }],
  ])('%s lines, at %s of %s by %s', (length, top, height, row, window) => {
    expect(windowOf(length, top, height, row)).toEqual(window);
  });

  it('are counted from one on', () => {
    const entries = [2, 5, 9].map((number) => ({ ...line(''), number, isGap: false }));
    expect([0, 2, 4, 9].map((number) => newerThan(entries, number))).toEqual([3, 2, 2, 0]);
  });
});

import { describe, expect, test } from 'vitest';
import { bucketOf } from '#core/gate';
import type { Sheet } from './sheet.ts';
import { advance, firstTally, type WentBack } from './tally.ts';

type Les = readonly (readonly [le: number, total: number])[];
const sheet = (
  requests: Readonly<Record<string, number>>,
  latency: Readonly<Record<string, Les>> = {},
): Sheet => ({
  requests,
  failures: {},
  latency: Object.fromEntries(
    Object.entries(latency).map(([key, group]) => [key, group.map(([le, total]) => ({ le, total }))]),
  ),
  began: null,
});

/** Totals after these sheets, the first of them history or not. */
function after(sheets: readonly Sheet[], wentBack: WentBack, isNew = false) {
  const [first = sheet({}), ...others] = sheets;
  return others.reduce((tally, each) => advance(tally, each, 'p', wentBack), firstTally(first, 'p', isNew))
    .totals;
}

describe('requests', () => {
  test.each([
    ['history is not counted', [{ a: 10 }], false, 0, 0],
    ['what is new is', [{ a: 10 }], true, 10, 10],
    ['growth is added', [{ a: 10 }, { a: 15 }, { a: 17 }], false, 7, 7],
    ['a series that shows itself counts whole', [{ a: 10 }, { a: 10, b: 3 }], false, 3, 3],
    ['what went back: anew, or something is gone', [{ a: 10 }, { a: 12 }, { a: 4 }, { a: 5 }], false, 7, 3],
    ['a series that goes keeps what it had', [{ a: 10, b: 5 }, { a: 11, b: 7 }, { a: 12 }], false, 4, 4],
    ['and is known when it comes back', [{ a: 10, b: 5 }, { a: 11 }, { a: 12, b: 6 }], false, 3, 3],
    ['nothing known at first: all is new', [{}, { a: 4 }], false, 4, 4],
  ] as const)('%s', (_, totals, isNew, anew, unknown) => {
    const sheets = totals.map((each) => sheet(each));
    expect([after(sheets, 'anew', isNew).requests, after(sheets, 'unknown', isNew).requests]).toEqual([
      anew,
      unknown,
    ]);
  });
});

test('another process counts whole, also where it has counted more than the one before', () => {
  const first = firstTally(sheet({ a: 10 }), 'p', false);
  expect(advance(first, sheet({ a: 12 }), 'q', 'anew').totals.requests).toBe(12);
  expect(advance(first, sheet({ a: 12 }), 'p', 'anew').totals.requests).toBe(2);
});

describe('latency', () => {
  const inf = Number.POSITIVE_INFINITY;
  const counted = (sheets: readonly Sheet[], isNew = false) =>
    Object.fromEntries([...after(sheets, 'anew', isNew).buckets.entries()].filter(([, count]) => count > 0));
  const of = (...groups: readonly Les[]) =>
    sheet({}, Object.fromEntries(groups.map((group, i) => [`${i}`, group])));

  test('the growth of a bucket beyond the one below it goes to its upper bound', () => {
    const sheets = [
      of([
        [0.1, 5],
        [0.5, 8],
        [inf, 9],
      ]),
      of([
        [0.1, 7],
        [0.5, 14],
        [inf, 16],
      ]),
    ];
    expect(counted(sheets)).toEqual({ [bucketOf(100)]: 2, [bucketOf(500)]: 4, 167: 1 });
  });

  test('histograms with other bounds are added up bucket by bucket', () => {
    const sheets = [
      of(
        [
          [0.1, 3],
          [1, 5],
          [inf, 5],
        ],
        [
          [0.5, 4],
          [inf, 4],
        ],
      ),
    ];
    expect(counted(sheets, true)).toEqual({ [bucketOf(100)]: 3, [bucketOf(500)]: 4, [bucketOf(1_000)]: 2 });
  });

  test('a histogram that began anew counts whole', () => {
    const sheets = [
      of([
        [0.1, 5],
        [inf, 9],
      ]),
      of([
        [0.1, 1],
        [inf, 3],
      ]),
    ];
    expect(counted(sheets)).toEqual({ [bucketOf(100)]: 1, 167: 2 });
  });

  test('buckets that contradict each other take nothing away', () => {
    const sheets = [
      of([
        [0.1, 5],
        [0.5, 3],
        [inf, 6],
      ]),
    ];
    expect(counted(sheets, true)).toEqual({ [bucketOf(100)]: 5, 167: 1 });
  });
});

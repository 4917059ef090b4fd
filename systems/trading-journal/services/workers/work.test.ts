import { describe, expect, test } from 'vitest';
import { fillsOf, parseFills } from './import.ts';
import { ruleOfThumb } from './score.ts';
import { simulate } from './simulation.ts';

const header = 'executed_at,symbol,side,quantity,price,profit_cents';
const good = '2025-01-15T10:00:00Z,AAPL,buy,3,101.25,-1250';

describe('a file of fills', () => {
  test('is read line by line; the profit may be missing', () => {
    expect(parseFills(`${header}\r\n${good}\n\n2025-01-16T10:00:00+08:00,EURUSD,sell,0.5,1.08,\n`)).toEqual({
      ok: true,
      value: [
        {
          line: 2,
          executedAt: '2025-01-15T10:00:00Z',
          symbol: 'AAPL',
          side: 'buy',
          quantity: '3',
          price: '101.25',
          profitCents: -1_250,
        },
        {
          line: 3,
          executedAt: '2025-01-16T10:00:00+08:00',
          symbol: 'EURUSD',
          side: 'sell',
          quantity: '0.5',
          price: '1.08',
          profitCents: null,
        },
      ],
    });
  });

  test.each([
    ['2025-01-15,AAPL,buy,3,101.25,1', 'no time'],
    ['2025-13-15T10:00:00Z,AAPL,buy,3,101.25,1', 'no such month'],
    ['2025-01-15T10:00:00Z,<b>,buy,3,101.25,1', 'no symbol'],
    ['2025-01-15T10:00:00Z,AAPL,hold,3,101.25,1', 'no side'],
    ['2025-01-15T10:00:00Z,AAPL,buy,0,101.25,1', 'no quantity'],
    ['2025-01-15T10:00:00Z,AAPL,buy,3,-1,1', 'no price'],
    ['2025-01-15T10:00:00Z,AAPL,buy,3,101.25,1.5', 'half a cent'],
    ['2025-01-15T10:00:00Z,AAPL,buy,3,101.25,1,2', 'one too many'],
  ])('with "%s" is refused: %s', (line) => {
    expect(parseFills([header, good, line].join('\n'))).toMatchObject({
      code: 'line_wrong',
      detail: 'Line 3 is no fill.',
    });
  });

  test('of made-up fills is the same for the same seed', () => {
    const of = (seed: number) => fillsOf({ source: 'synthetic', fills: 5, seed });
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

describe('a simulation', () => {
  const request = { seed: 3, paths: 4_000, trades: 100, winShare: 0.5, gain: 1, loss: 1 };
  const still = () => Promise.resolve();

  test('has one result per request, whoever plays it', async () => {
    expect(await simulate(request, still)).toEqual(await simulate(request, still));
    expect((await simulate({ ...request, seed: 4 }, still)).hash).not.toBe(
      (await simulate(request, still)).hash,
    );
  });

  test('comes near what is known: a fair game of 100 throws has mean 0 and a deviation of 10', async () => {
    const { percentiles, lossShare } = await simulate(request, still);
    expect(Math.abs(percentiles.p50)).toBeLessThanOrEqual(2);
    expect(Math.abs(percentiles.p95 - 16.4)).toBeLessThan(2); // 1.645 deviations
    expect(Math.abs(lossShare - 0.46)).toBeLessThan(0.03); // half of what is not exactly 0
  });
});

test.each([
  ['short', 0, 0, 41, 1],
  ['ten words are enough to say why one had traded', 0, 0, 50, 0],
  ['ten words are enough to say why one had traded', 4, 2, 60, 0],
])('the rule of thumb gives "%s" with %i trades and %i wins %i', (note, trades, wins, score, advice) => {
  expect(ruleOfThumb({ note, trades, wins })).toMatchObject({ score, by: 'heuristics' });
  expect(ruleOfThumb({ note, trades, wins }).advice).toHaveLength(advice);
});

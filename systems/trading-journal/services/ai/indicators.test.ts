import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closes, hash } from '../../checks/fixture.ts';
import { formatDecimal, parseDecimal, squareRoot } from './decimal.ts';
import { indicators } from './indicators.ts';

const of = (body: object) => indicators(JSON.stringify(body));

describe('indicators', () => {
  test('of the fixture have the hash that the check expects', () => {
    expect(of({ closes })).toMatchObject({ ok: true, value: { hash } });
  });

  test('agree with floating point to five digits, over random series', () => {
    const price = fc.integer({ min: 100, max: 10_000_000 }).map((cents) => cents / 100);
    fc.assert(
      fc.property(
        fc.array(price, { minLength: 30, maxLength: 120 }),
        fc.integer({ min: 2, max: 20 }),
        (series, period) => {
          const result = of({ closes: series.map((each) => each.toFixed(2)), period });
          const found = result.ok ? result.value.indicators : {};
          for (const [name, expected] of Object.entries(inFloatingPoint(series, period))) {
            const scale = Math.max(1, ...series);
            expect(Math.abs(Number(found[name]) - expected) / scale, name).toBeLessThan(1e-5);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('that need more prices are null', () => {
    expect(of({ closes: ['1', '2', '3'], period: 3 })).toMatchObject({
      value: { indicators: { simpleAverage: '2.00000000', relativeStrength: null, macd: null } },
    });
  });

  test.each([
    ['too few', { closes: ['1'] }],
    ['numbers instead of texts', { closes: [1, 2] }],
    ['a negative price', { closes: ['1', '-2'] }],
    ['a ninth digit', { closes: ['1', '2.123456789'] }],
    ['a period of one', { closes: ['1', '2'], period: 1 }],
  ])('refuse %s', (_, body) => {
    expect(of(body)).toMatchObject({ ok: false, code: 'body_wrong' });
  });
});

describe('decimal numbers', () => {
  test('are written as they were read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }), (value) => {
        expect(parseDecimal(formatDecimal(value))).toBe(value);
      }),
    );
  });

  test('have square roots that are the largest whose square is not larger', () => {
    const one = 10n ** 8n;
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), (value) => {
        const root = squareRoot(value);
        expect(root * root <= value * one && (root + 1n) * (root + 1n) > value * one).toBe(true);
      }),
    );
  });
});

function inFloatingPoint(series: readonly number[], period: number): Record<string, number> {
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const exponential = (length: number) =>
    series
      .slice(length)
      .reduce(
        (value, close) => value + ((close - value) * 2) / (length + 1),
        average(series.slice(0, length)),
      );
  const last = series.slice(-period);
  const middle = average(last);
  const deviation = Math.sqrt(average(last.map((close) => (close - middle) ** 2)));
  return {
    simpleAverage: middle,
    exponentialAverage: exponential(period),
    macd: exponential(12) - exponential(26),
    bollingerUpper: middle + 2 * deviation,
    bollingerLower: middle - 2 * deviation,
  };
}

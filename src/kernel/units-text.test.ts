import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytes,
  cents,
  formatBytes,
  formatDuration,
  formatMoney,
  formatPercent,
  formatProcessors,
  formatRate,
  millis,
  parseBytes,
  parseDuration,
  parseMoney,
  parsePercent,
  parseProcessors,
  parseRate,
  percent,
} from '#kernel';

describe('a text is read as', () => {
  test.each([
    [parseDuration, '250ms', 250],
    [parseDuration, '30s', 30_000],
    [parseDuration, '30m', 1_800_000],
    [parseDuration, '4h', 14_400_000],
    [parseDuration, '14d', 1_209_600_000],
    [parseDuration, '1h30m', 5_400_000],
    [parseDuration, '1.5s', 1_500],
    [parseDuration, '1.1s', 1_100],
    [parseDuration, '0s', 0],
    [parsePercent, '10%', 10],
    [parsePercent, '0.5%', 0.5],
    [parsePercent, '100%', 100],
    [parseBytes, '512MiB', 536_870_912],
    [parseBytes, '8GB', 8_000_000_000],
    [parseBytes, '256KB', 256_000],
    [parseBytes, '1.5KiB', 1_536],
    [parseMoney, '$200', 20_000],
    [parseMoney, '$1,200', 120_000],
    [parseMoney, '$0.05', 5],
    [parseMoney, '$3.5', 350],
    [parseProcessors, '500m', 0.5],
    [parseProcessors, '0.5', 0.5],
    [parseProcessors, '2', 2],
    [parseRate, '60/min', { count: 60, per: 60_000 }],
    [parseRate, '300/5min', { count: 300, per: 300_000 }],
  ])('%o %s', (parse, text, value) => {
    expect(parse(text)).toEqual({ ok: true, value });
  });
});

describe('a text that means nothing is refused and the answer says what to write', () => {
  test.each([
    [parseDuration, '30 minuts', 'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")'],
    [parseDuration, '', 'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")'],
    [parseDuration, '-5s', 'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")'],
    [parseDuration, '30m1h', 'write larger units first, each once ("1h30m")'],
    [parseDuration, '1h1h', 'write larger units first, each once ("1h30m")'],
    [parseDuration, '0.5ms', 'write whole milliseconds ("1500ms")'],
    [parseDuration, '999999999999999d', 'write a smaller number'],
    [parsePercent, '101%', 'write a number from 0 to 100 and % ("10%")'],
    [parsePercent, '10', 'write a number from 0 to 100 and % ("10%")'],
    [parseBytes, '8 GB', 'write a number and a unit: B, KB, MB, GB, TB or KiB, MiB, GiB, TiB ("512MiB")'],
    [parseBytes, '8Gi', 'write a number and a unit: B, KB, MB, GB, TB or KiB, MiB, GiB, TiB ("512MiB")'],
    [parseBytes, '0.5B', 'write whole bytes ("1500B")'],
    [parseMoney, '200', 'write dollars with at most two decimals ("$1,200", "$0.05")'],
    [parseMoney, '$1,20', 'write dollars with at most two decimals ("$1,200", "$0.05")'],
    [parseMoney, '$0.005', 'write dollars with at most two decimals ("$1,200", "$0.05")'],
    [parseProcessors, '0.5m', 'write processors or thousandths of one ("500m", 0.5)'],
    [parseProcessors, 'two', 'write processors or thousandths of one ("500m", 0.5)'],
    [parseRate, '60', 'write a count, a slash and a time: s, min, h, d ("60/min")'],
    [parseRate, '60/0min', 'write a count, a slash and a time: s, min, h, d ("60/min")'],
  ])('%o "%s"', (parse, text, write) => {
    expect(parse(text)).toEqual({ ok: false, error: { received: text, write } });
  });
});

describe('a quantity is written as', () => {
  test.each([
    [formatDuration(millis(90_000)), '1m30s'],
    [formatDuration(millis(0)), '0s'],
    [formatDuration(millis(1_209_600_000)), '14d'],
    [formatBytes(bytes(536_870_912)), '512MiB'],
    [formatBytes(bytes(8_000_000_000)), '8GB'],
    [formatBytes(bytes(1_025)), '1025B'],
    [formatPercent(percent(12.5)), '12.5%'],
    [formatPercent(percent(1e-7)), '0.0000001%'],
    [formatMoney(cents(120_000)), '$1,200'],
    [formatMoney(cents(5)), '$0.05'],
    [formatMoney(cents(-150)), '-$1.50'],
    [formatProcessors(0.5), '500m'],
    [formatProcessors(2), '2'],
    [formatRate({ count: 60, per: millis(60_000) }), '60/min'],
    [formatRate({ count: 300, per: millis(300_000) }), '300/5min'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('what was written is read back as the same', () => {
  const whole = (max: number) => fc.integer({ min: 0, max });
  test('lengths of time', () => {
    fc.assert(fc.property(whole(1e12), (n) => sameAfter(n, formatDuration(millis(n)), parseDuration)));
  });
  test('sizes', () => {
    const sizes = fc.oneof(
      whole(2 ** 50),
      whole(5_000).map((n) => n * 1_024 ** 2),
      whole(5_000).map((n) => n * 1e9),
    );
    fc.assert(fc.property(sizes, (n) => sameAfter(n, formatBytes(bytes(n)), parseBytes)));
  });
  test('percentages', () => {
    const shares = whole(1_000_000).map((n) => n / 10_000);
    fc.assert(fc.property(shares, (n) => sameAfter(n, formatPercent(percent(n)), parsePercent)));
  });
  test('amounts of money', () => {
    fc.assert(fc.property(whole(1e12), (n) => sameAfter(n, formatMoney(cents(n)), parseMoney)));
  });
  test('processors', () => {
    const shares = whole(128_000).map((n) => n / 1_000);
    fc.assert(fc.property(shares, (n) => sameAfter(n, formatProcessors(n), parseProcessors)));
  });
  test('rates', () => {
    const rates = fc.record({
      count: whole(1e6),
      per: fc.integer({ min: 1, max: 1e5 }).map((n) => millis(n * 1_000)),
    });
    fc.assert(fc.property(rates, (rate) => sameAfter(rate, formatRate(rate), parseRate)));
  });
});

test('no text makes a reader throw', () => {
  const readers = [parseDuration, parsePercent, parseBytes, parseMoney, parseProcessors, parseRate];
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^\$?[\d.,]{0,30}[a-zA-Z%/]{0,4}$/));
  fc.assert(
    fc.property(fc.constantFrom(...readers), texts, (read, text) => {
      expect(typeof read(text).ok).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
});

function sameAfter<T>(value: T, text: string, parse: (text: string) => unknown): void {
  expect(parse(text)).toEqual({ ok: true, value });
}

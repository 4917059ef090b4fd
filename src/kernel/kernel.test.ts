import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  after,
  BrokenInvariant,
  between,
  bytes,
  canonicalJson,
  cents,
  days,
  err,
  fail,
  hours,
  instant,
  invariant,
  mebibytes,
  millis,
  minutes,
  ok,
  percent,
  seconds,
  seededRandom,
  unreachable,
} from './index.ts';

describe('units', () => {
  test.each([
    [seconds(1), 1_000],
    [minutes(1), 60_000],
    [hours(1), 3_600_000],
    [days(1), 86_400_000],
    [mebibytes(2), 2_097_152],
    [after(instant(5), seconds(1)), 1_005],
    [between(instant(5), instant(8)), 3],
    [cents(-12), -12],
  ])('%d is %d in the smallest unit', (value, expected) => {
    expect(value).toBe(expected);
  });

  test('between is 0 when the clock was set back', () => {
    expect(between(instant(8), instant(5))).toBe(0);
  });

  test.each([
    ['a negative length of time', () => millis(-1)],
    ['an endless length of time', () => millis(Number.POSITIVE_INFINITY)],
    ['no number', () => seconds(Number.NaN)],
    ['a point in time that is no number', () => instant(Number.NaN)],
    ['more than the whole', () => percent(100.1)],
    ['less than nothing', () => percent(-0.1)],
    ['a share that is no number', () => percent(Number.NaN)],
    ['a negative size', () => bytes(-1)],
    ['an endless amount', () => cents(Number.NEGATIVE_INFINITY)],
  ])('%s is refused', (_, make) => {
    expect(make).toThrow(BrokenInvariant);
  });
});

describe('results', () => {
  test('a result is a value or an error', () => {
    expect(ok(1)).toEqual({ ok: true, value: 1 });
    expect(err('no')).toEqual({ ok: false, error: 'no' });
  });

  test('a failure has a code and facts, none by default', () => {
    expect(fail('port_taken', { port: 80 })).toEqual({
      ok: false,
      error: { code: 'port_taken', facts: { port: 80 } },
    });
    expect(fail('no_free_port').error.facts).toEqual({});
  });
});

describe('invariants', () => {
  test('what holds passes, what does not stops the program with its sentence', () => {
    expect(() => invariant(true, 'one is one')).not.toThrow();
    expect(() => invariant(0, 'weights sum to 100')).toThrow(new BrokenInvariant('weights sum to 100'));
  });

  test('a case that was forgotten is named', () => {
    const forgotten = { phase: 'new' } as never;
    expect(() => unreachable(forgotten)).toThrow('a case was not handled: {"phase":"new"}');
  });
});

describe('canonical JSON', () => {
  test.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: 2 }, '{"b":2}'],
    [[undefined, 1], '[null,1]'],
    ['ä"\n', '"ä\\"\\n"'],
    [undefined, 'null'],
    [{}, '{}'],
  ])('%j becomes %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('it says what JSON says, and the order in which members were written does not show', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed)).toBe(text);
      }),
    );
  });
});

describe('seeded chance', () => {
  const draw = (seed: number, count: number) => Array.from({ length: count }, seededRandom(seed));

  test('the same seed draws the same numbers, another seed others', () => {
    expect(draw(7, 20)).toEqual(draw(7, 20));
    expect(draw(7, 20)).not.toEqual(draw(8, 20));
  });

  test('numbers lie in [0, 1) and spread evenly: each tenth gets its share within five standard deviations', () => {
    const count = 100_000;
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const number of draw(1, count)) {
      expect(number >= 0 && number < 1).toBe(true);
      const tenth = Math.floor(number * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    const allowed = 5 * Math.sqrt(count * 0.1 * 0.9);
    for (const seen of tenths) expect(Math.abs(seen - count / 10)).toBeLessThan(allowed);
  });
});

import { describe, expect, test } from 'vitest';
import { type Instant, instant } from '#kernel';
import { planRestore, type RestoreQuestion } from './plan.ts';
import type { LogRecord } from './records.ts';
import { copyAt, day, fileOf, lsn, pgCopy, pieceAt } from './testing.fixture.ts';

/** Copies at noon of days 0 and 2, which bring pieces 12 and 60; a piece each hour, stored when it ends. */
const noon = (number: number) => day(number, 12);
const copies = [pgCopy(noon(0), 12), pgCopy(noon(2), 60)];
const pieces = (from: number, to: number, timeline = 1, begin = day(0)): readonly LogRecord[] =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    pieceAt(from + index, instant(begin + (from + index) * 3_600_000), timeline),
  );
const time = (at: Instant) => ({ kind: 'time', at }) as const;
const latest = { kind: 'latest' } as const;

function plan(question: Partial<RestoreQuestion>) {
  const asked = { of: 'db', copies, log: pieces(0, 72), target: latest, copy: null, ...question };
  const result = planRestore(asked);
  if (!result.ok) return result.error;
  const { copy, log, ...rest } = result.value;
  return { copy: copy.from, log: log.map(({ name }) => name.slice(4, 8) + name.slice(-4)), ...rest };
}
const names = (from: number, to: number, timeline = 1) =>
  pieces(from, to, timeline).map(({ name }) => name.slice(4, 8) + name.slice(-4));

describe('which copy and which pieces', () => {
  test('latest: the newest copy and all behind it', () => {
    const reaches = day(3);
    expect(plan({})).toEqual({
      ...{ copy: noon(2), log: names(60, 72), timeline: 1, reaches, isExact: true },
    });
  });

  test('a time: the copy before it, and no more log than the next copy shows to be enough', () => {
    expect(plan({ target: time(day(1)) })).toMatchObject({ copy: noon(0), log: names(12, 61) });
    expect(plan({ target: time(day(2, 13)) })).toMatchObject({ copy: noon(2), log: names(60, 72) });
  });

  test('a copy that is asked for wins, and what lies before it is refused', () => {
    const copy = copies[0]?.id ?? '';
    expect(plan({ copy })).toMatchObject({ copy: noon(0), log: names(12, 72) });
    const newer = { copy: copies[1]?.id ?? '', target: time(day(1)) };
    expect(plan(newer)).toMatchObject({ code: 'recovery_target_too_old' });
    expect(plan({ copy: 'lost' })).toMatchObject({ code: 'recovery_copy_unknown', facts: { copy: 'lost' } });
  });

  test('before a transaction: the newest copy', () => {
    const target = { kind: 'before', transaction: '734' } as const;
    expect(plan({ target })).toMatchObject({ copy: noon(2), log: names(60, 72) });
  });

  test('before a transaction that had ended when the newest copy was made: an older one', () => {
    const seen = ['700:700:', '740:760:740,750'];
    const told = copies.map((copy, index) => ({
      ...copy,
      detail: { ...(copy.detail as object), snapshot: seen[index] ?? '' },
    }));
    const from = (transaction: string) => plan({ copies: told, target: { kind: 'before', transaction } });
    for (const [transaction, copy] of [
      ['700', noon(0)],
      ['739', noon(0)],
      ['751', noon(0)], // ended when the second was made
      ['750', noon(2)], // under way then
      ['760', noon(2)],
      [String(2 ** 32 + 760), noon(2)],
    ] as const)
      expect(from(transaction), transaction).toMatchObject({ copy });
    expect(from('699')).toMatchObject({
      code: 'recovery_target_too_old',
      facts: { target: 'transaction 699' },
    });
  });

  test('the moment at which a copy ends can be had from it, one before not', () => {
    const until = instant(noon(0) + 60_000);
    expect(plan({ target: time(until) })).toMatchObject({ copy: noon(0) });
    expect(plan({ target: time(instant(until - 1)) })).toEqual({
      code: 'recovery_target_too_old',
      facts: { of: 'db', target: '2026-01-01T12:00:59.999Z', oldest: '2026-01-01T12:01:00.000Z' },
    });
  });

  test('nothing there', () => {
    expect(plan({ copies: [] })).toMatchObject({ code: 'recovery_no_copy' });
    expect(plan({ target: time(instant(day(3) + 1)) })).toMatchObject({
      code: 'recovery_target_too_new',
      facts: { newest: '2026-01-04T00:00:00.000Z' },
    });
    expect(plan({ log: [] })).toMatchObject({ copy: noon(2), log: [], reaches: instant(noon(2) + 60_000) });
  });
});

describe('a piece that is missing', () => {
  const without = (...missing: readonly number[]) => pieces(0, 72).filter((_, at) => !missing.includes(at));
  test('is named, with the one behind it', () => {
    expect(plan({ log: without(63, 64) })).toEqual({
      code: 'recovery_log_gap',
      facts: { of: 'db', missing: '00000001000000000000003F', before: '000000010000000000000041' },
    });
    expect(plan({ log: without(14), target: time(day(1)) })).toMatchObject({ code: 'recovery_log_gap' });
  });

  test('does not matter where it is not needed: in the copy itself, behind the target, before the copy', () => {
    expect(plan({ log: without(60) })).toMatchObject({ copy: noon(2), log: names(61, 72) });
    expect(plan({ log: without(30), target: time(day(1)) })).toMatchObject({ log: names(12, 29) });
    expect(plan({ log: without(59) })).toMatchObject({ log: names(60, 72) });
  });

  test('at the end of what is there is seen by the copy that was made behind it', () => {
    expect(plan({ log: pieces(0, 20), target: time(day(1)) })).toEqual({
      code: 'recovery_log_gap',
      facts: { of: 'db', missing: '000000010000000000000015', before: '00000001000000000000003C' },
    });
  });

  test('is not seen where the numbers of a file are full: 255 is followed by 256', () => {
    const log = pieces(250, 260);
    expect(log.map(({ name }) => name.slice(8))).toContain('00000000000000FF');
    expect(log.map(({ name }) => name.slice(8))).toContain('0000000100000000');
    expect(plan({ copies: [pgCopy(noon(0), 250)], log })).toMatchObject({ log: names(250, 260) });
  });
});

describe('after a promotion', () => {
  const history = fileOf('00000002.history', day(2, 14));
  const text = `1\t${lsn(62, 500)}\tno recovery target specified\n`;
  const log = [...pieces(0, 65), history, ...pieces(62, 72, 2)];

  test.each([
    ['with its history', { '00000002.history': text }],
    ['without', {}],
  ])('the newest timeline is followed %s', (_, histories) => {
    expect(plan({ log, histories })).toMatchObject({
      timeline: 2,
      log: ['0002tory', ...names(60, 62), ...names(62, 72, 2)],
    });
    const gap = log.filter(({ name }) => name !== pieces(66, 66, 2)[0]?.name);
    expect(plan({ log: gap, histories })).toMatchObject({
      code: 'recovery_log_gap',
      facts: { missing: '000000020000000000000042', before: '000000020000000000000043' },
    });
  });

  test('a copy of a part of the log that was left does not reach the new timeline', () => {
    const left = [pgCopy(noon(2), 64)];
    for (const histories of [{ '00000002.history': text }, {}]) {
      const found = plan({ copies: left, log, histories });
      expect(found).toMatchObject({ timeline: 1, log: names(64, 65) });
    }
  });

  test('a timeline that was left before it had begun took nothing of it along', () => {
    // A restore that was to follow timeline 2 stopped at 61, while that leaves timeline 1 only at 62.
    const third = fileOf('00000003.history', day(2, 20));
    const both = [...log, third, ...pieces(61, 70, 3)];
    const restored = `${text}2\t${lsn(61, 100)}\tbefore 2026\n`;
    const histories = { '00000002.history': text, '00000003.history': restored };
    expect(plan({ copies: [pgCopy(noon(2), 62)], log: both, histories })).toMatchObject({ timeline: 2 });
    expect(plan({ copies: [pgCopy(noon(2), 60)], log: both, histories })).toMatchObject({
      timeline: 3,
      log: ['0002tory', '0003tory', ...names(60, 61), ...names(61, 70, 3)],
    });
  });

  test('of two timelines from one, the history says which is whose', () => {
    const third = fileOf('00000003.history', day(2, 20));
    const both = [...log, third, ...pieces(63, 70, 3)];
    const histories = { '00000002.history': text, '00000003.history': `1\t${lsn(63)}\tbefore 2026\n` };
    expect(plan({ log: both, histories })).toMatchObject({
      timeline: 3,
      log: ['0002tory', '0003tory', ...names(60, 63), ...names(63, 70, 3)],
    });
  });
});

test('pieces of a store that was made anew under the same name are not mixed with those before', () => {
  const anew = pgCopy(noon(3), 2, 2, { systemId: '8' });
  const log = [...pieces(0, 72), ...pieces(1, 90, 1, day(3, 12))];
  const before = { copies: [...copies, anew], copy: copies[1]?.id ?? '', log };
  expect(plan(before)).toMatchObject({ log: names(60, 72) });
  const after = planRestore({ of: 'db', copies: [...copies, anew], copy: null, target: latest, log });
  expect(after.ok && after.value.log.every(({ at }) => at >= noon(3))).toBe(true);
});

describe('without a log', () => {
  const plain = [copyAt(noon(0)), copyAt(noon(2))];
  test('the copy before the time is as near as it gets', () => {
    expect(plan({ copies: plain, log: [], target: time(day(2)) })).toMatchObject({
      copy: noon(0),
      isExact: false,
    });
    expect(plan({ copies: plain, log: [] })).toMatchObject({ copy: noon(2), isExact: true, timeline: null });
    const target = { kind: 'before', transaction: '7' } as const;
    expect(plan({ copies: plain, log: [], target })).toMatchObject({ code: 'recovery_no_log' });
  });
});

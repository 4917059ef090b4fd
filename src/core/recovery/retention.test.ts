import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BackupPolicy } from '#core/system';
import { days, hours, type Instant, instant, minutes } from '#kernel';
import { dueCopy } from './due.ts';
import type { CopyRecord, Hold, LogRecord } from './records.ts';
import { expendable, type RetentionQuestion } from './retention.ts';
import { copyAt, day, fileOf, pgCopy, pieceAt } from './testing.fixture.ts';
import { planRestore } from './plan.ts';

const nothing: BackupPolicy = { full: null, longTerm: null, logEvery: null, pointInTime: null, to: null };
const daily = (keep: number): BackupPolicy => ({ ...nothing, full: { every: days(1), keep: days(keep) } });
const weekly = { every: days(7), keep: days(365) };
const ask = (question: Partial<RetentionQuestion>) =>
  expendable({
    ...{ of: 'db', policy: daily(14), copies: [], log: [], holds: [], releasePins: [], now: day(0) },
    ...question,
  });

interface Lived {
  readonly copies: readonly CopyRecord[];
  readonly log: readonly LogRecord[];
}

/** A server that lives through so many days by the hour: copies when they are due, a piece each hour, retention at midnight. */
function live(
  policy: BackupPolicy,
  length: number,
  look: (now: Instant, lived: Lived) => void = () => {},
): Lived {
  let lived: Lived = { copies: [], log: [] };
  for (let hour = 0; hour <= length * 24; hour++) {
    const now = instant(day(0) + hours(hour));
    if (policy.logEvery !== null) lived = { ...lived, log: [...lived.log, pieceAt(hour, now)] };
    if (dueCopy(policy, lived.copies, now).due !== null) {
      const copy = policy.logEvery === null ? copyAt(now) : pgCopy(now, hour + 1);
      lived = { ...lived, copies: [...lived.copies, copy] };
    }
    if (hour % 24 !== 0) continue;
    const { copies, log } = ask({ policy, ...lived, now });
    const gone = new Set<CopyRecord | LogRecord>([...copies, ...log]);
    lived = {
      copies: lived.copies.filter((copy) => !gone.has(copy)),
      log: lived.log.filter((record) => !gone.has(record)),
    };
    look(now, lived);
  }
  return lived;
}
const ages = ({ copies }: Lived, now: Instant) => copies.map(({ from }) => (now - from) / days(1));

describe('long spans', () => {
  test.each([7, 14])('%i days: there is a copy of each of them, and none is older', (keep) => {
    live(daily(keep), 60, (now, lived) => {
      const passed = Math.floor((now - day(0)) / days(1));
      expect(lived.copies).toHaveLength(Math.min(passed + 1, keep));
      expect(Math.max(...ages(lived, now))).toBeLessThan(keep);
    });
  });

  test('400 days: 30 of days, 52 of weeks, any moment of 7 days and none of 8 (BDR-07)', () => {
    const policy = { ...daily(30), longTerm: weekly, logEvery: hours(1), pointInTime: days(7) };
    const lived = live(policy, 400);
    const now = day(400);
    const all = ages(lived, now);
    expect(all.filter((age) => age < 30)).toEqual(Array.from({ length: 30 }, (_, index) => 29 - index));
    const weeks = all.filter((age) => age >= 30);
    expect(Math.max(...weeks)).toBeLessThan(365);
    expect(Math.max(...weeks)).toBeGreaterThanOrEqual(365 - 7);
    expect(weeks.every((age, index) => index === 0 || (weeks[index - 1] ?? 0) - age === 7)).toBe(true);
    expect(all.length).toBe(30 + weeks.length);
    const aim = (at: number) => ({ kind: 'time', at: instant(at) }) as const;
    const plan = (at: number) => planRestore({ of: 'db', ...lived, target: aim(at), copy: null });
    for (let back = 1; back <= 7 * 24; back++)
      expect(plan(now - hours(back)), `${back} hours back`).toMatchObject({ ok: true });
    expect(plan(now - days(8) - hours(1))).toMatchObject({ ok: false });
    // A day of log more than promised at the most: the copy that it begins at is not cut in two.
    expect(lived.log.length).toBeLessThanOrEqual(8 * 24 + 1);
  });

  test('30 days of any moment (T in production)', () => {
    const policy = { ...daily(30), logEvery: hours(1), pointInTime: days(30) };
    const lived = live(policy, 90);
    const at = instant(day(90) - days(30));
    const plan = planRestore({ of: 'db', ...lived, target: { kind: 'time', at }, copy: null });
    expect(plan).toMatchObject({ ok: true });
  });
});

describe('whatever the copies are', () => {
  const moment = fc.integer({ min: -60 * 24, max: 24 }).map((hour) => instant(day(0) + hour * hours(1)));
  const keeping = fc.record({
    every: fc.constantFrom(hours(6), days(1), days(7)),
    keep: fc.constantFrom(hours(1), days(7), days(30), days(365)),
  });
  const policies = fc.record({
    full: fc.option(keeping, { freq: 1 }),
    longTerm: fc.option(keeping, { freq: 1 }),
    logEvery: fc.option(fc.constant(hours(1))),
    pointInTime: fc.option(fc.constantFrom(hours(1), days(7), days(30)), { freq: 1 }),
    to: fc.constant(null),
  });
  const scenes = fc.record({
    policy: policies,
    copies: fc
      .uniqueArray(moment, { maxLength: 60 })
      .map((moments) => moments.map((from) => pgCopy(from, Math.round((from - day(-61)) / hours(1))))),
    releasePins: fc.array(moment, { maxLength: 3 }),
    held: fc.array(fc.nat({ max: 59 }), { maxLength: 3 }),
    holdsAll: fc.boolean(),
  });

  test('the newest, the held and what a release needs stays, and can be restored with its log', () => {
    fc.assert(
      fc.property(scenes, ({ policy, copies, releasePins, held, holdsAll }) => {
        const log = Array.from({ length: 62 * 24 }, (_, hour) =>
          pieceAt(hour, instant(day(-61) + hour * hours(1))),
        );
        const holds = held.flatMap((index) => holdOn(copies[index]?.id));
        const all = holdsAll ? [...holds, ...holdOn(null)] : holds;
        const now = day(0);
        const result = ask({ policy, copies, log, holds: all, releasePins, now });
        const gone = new Set(result.copies);
        const stays = copies.filter((copy) => !gone.has(copy));
        expect(stays).toHaveLength(result.kept.length);
        const present = copies.filter(({ from }) => from <= now + minutes(5));
        const newest = present.toSorted((a, b) => b.from - a.from)[0];
        if (newest !== undefined) expect(stays).toContain(newest);
        for (const hold of all)
          for (const copy of copies)
            if (hold.copy === null || hold.copy === copy.id) expect(stays).toContain(copy);
        if (holdsAll) expect(result.log).toEqual([]);
        const goneLog = new Set(result.log);
        const left = log.filter((record) => !goneLog.has(record));
        const aims = [...releasePins, ...(policy.pointInTime === null ? [] : [now - policy.pointInTime])];
        for (const at of aims) {
          const aim = { of: 'db', target: { kind: 'time', at: instant(at) }, copy: null } as const;
          const before = planRestore({ ...aim, copies: present, log });
          const after = planRestore({ ...aim, copies: stays, log: left });
          if (before.ok && at <= now) expect(after).toMatchObject({ ok: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  const holdOn = (copy: string | null | undefined): readonly Hold[] =>
    copy === undefined ? [] : [{ id: 'h', of: 'db', copy, reason: 'a claim', by: 'legal', at: day(0) }];
});

test('the newest stays however old it is, the others of its age go', () => {
  const policy = { ...daily(1), full: { every: days(1), keep: hours(1) } };
  const { copies, kept } = ask({ policy, copies: [0, 1, 2].map((each) => copyAt(day(each))), now: day(90) });
  expect(copies.map(({ from }) => from)).toEqual([day(0), day(1)]);
  expect(kept).toMatchObject([{ copy: { from: day(2) }, because: ['last good'] }]);
});

describe('a clock that is wrong', () => {
  const copies = Array.from({ length: 14 }, (_, number) => copyAt(day(number)));

  test('set back by a year: nothing goes because of copies that lie ahead, and it is told', () => {
    const now = day(-365);
    const { copies: gone, findings, kept } = ask({ copies, now });
    expect(gone).toEqual([]);
    expect(kept.every(({ because }) => because.includes('ahead of the clock'))).toBe(true);
    expect(findings).toMatchObject([
      { code: 'recovery_clock_jumped', severity: 'error', facts: { of: 'db' } },
    ]);
  });

  test('set back by a week: copies ahead of it do not push out the others', () => {
    const { copies: gone } = ask({ policy: daily(3), copies, now: day(6) });
    expect(gone.map(({ from }) => from)).toEqual([day(0), day(1), day(2), day(3)]);
  });

  test('a small step back is none', () => {
    expect(ask({ copies, now: instant(day(13) - minutes(4)) }).findings).toEqual([]);
  });

  test.each([['ahead by a year'], ['right again after a year without power']])(
    '%s: old copies go one by one as new ones come',
    () => {
      const late = 13 + 365;
      expect(ask({ copies, now: day(late) }).copies).toHaveLength(2);
      const left = [1, 2, 3, 4].map((more) => {
        const fresh = Array.from({ length: more }, (_, number) => copyAt(day(late + number)));
        return 14 - ask({ copies: [...copies, ...fresh], now: day(late + more - 1) }).copies.length;
      });
      expect(left).toEqual([12, 11, 10, 9]);
    },
  );
});

describe('the log', () => {
  const policy = { ...daily(14), logEvery: hours(1), pointInTime: days(1) };
  const files = [
    fileOf('000000010000000000000001', day(0)),
    fileOf('000000010000000000000002', day(1)),
    fileOf('000000010000000000000002.00000028.backup', day(1)),
    fileOf('00000002.history', day(2)),
    fileOf('000000020000000000000003', day(2)),
    fileOf('000000020000000000000009', day(3)),
    fileOf('something else', day(0)),
  ];
  const named = (log: readonly LogRecord[]) => log.map(({ name }) => name);

  test('goes up to the copy it is needed behind, whatever its timeline; histories and strange names stay', () => {
    const copies = [
      pgCopy(day(0), 1),
      pgCopy(day(2), 3, 3, { timeline: 2 }),
      pgCopy(day(3), 9, 9, { timeline: 2 }),
    ];
    const result = ask({ policy, copies, log: files, now: day(3, 12) });
    expect(named(result.log)).toEqual([files[0]?.name, files[1]?.name, files[2]?.name]);
    expect(result.keptLog.map(({ because }) => because)).toEqual([
      'history of timelines',
      'needed',
      'needed',
      'unknown name',
    ]);
  });

  test('of a timeline that lies further ahead stays as long as a copy behind it has a lower place', () => {
    const copies = [
      pgCopy(day(0), 9),
      pgCopy(day(2), 3, 3, { timeline: 2 }),
      pgCopy(day(3), 4, 4, { timeline: 2 }),
    ];
    const log = [pieceAt(2, day(0)), pieceAt(9, day(1)), pieceAt(3, day(2), 2), pieceAt(4, day(3), 2)];
    expect(named(ask({ policy: { ...policy, pointInTime: days(3) }, copies, log, now: day(3) }).log)).toEqual(
      [log[0]?.name],
    );
  });

  test('stays as a whole where no copy says where it begins', () => {
    const result = ask({ policy, copies: [copyAt(day(3), { kind: 'postgres' })], log: files, now: day(3) });
    expect(result.log).toEqual([]);
  });

  test('behind copies of the long term alone is not kept', () => {
    const copies = [pgCopy(day(0), 1), ...[30, 31].map((each) => pgCopy(day(each), each))];
    const log = [pieceAt(1, day(0)), pieceAt(2, day(1)), pieceAt(30, day(30)), pieceAt(31, day(31))];
    const kept = ask({ policy: { ...policy, longTerm: weekly }, copies, log, now: day(31, 12) });
    expect(kept.copies).toEqual([]);
    expect(named(kept.log)).toEqual([log[0]?.name, log[1]?.name]);
  });
});

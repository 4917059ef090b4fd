import { describe, expect, test } from 'vitest';
import type { BackupPolicy, RecoveryPolicy } from '#core/system';
import { days, hours, instant, millis, minutes } from '#kernel';
import { checklistRows, shortly, verdictOf, withinBound } from './bounds.ts';
import { dueCopy, dueDrill } from './due.ts';
import type { SafetyQuestion } from './safety-question.ts';
import { safetyOf } from './safety.ts';
import { drillFindings } from './safety-findings.ts';
import { copyAt, day, drillAt, pgCopy, pieceAt } from './testing.fixture.ts';

const policy: BackupPolicy = {
  full: { every: days(1), keep: days(14) },
  longTerm: null,
  logEvery: minutes(5),
  pointInTime: days(14),
  to: null,
};
const recovery: RecoveryPolicy = {
  rto: { limit: minutes(15), strict: true },
  rpo: { limit: minutes(15), strict: false },
  drillEvery: days(30),
  verify: {},
};
const at = (minute: number) => instant(day(0) + minutes(minute));
const question: SafetyQuestion = {
  ...{ of: 'db', kind: 'postgres', policy, recovery, copies: [pgCopy(at(0), 1)] },
  log: [pieceAt(2, at(5)), pieceAt(3, at(10))],
  logState: { on: true, failing: null, lastAt: at(10) },
  ...{ waiting: 0, waitingSince: null, place: 's3://copies', isOffSite: true, since: day(0), now: at(12) },
};
const told = (more: Partial<SafetyQuestion>) =>
  safetyOf({ ...question, ...more }).findings.map(({ code, severity }) => `${severity} ${code}`);

describe('how safe a store is', () => {
  test('from the copy to the last piece; what came behind is at risk', () => {
    expect(safetyOf(question)).toEqual({
      ...{ copies: 1, bytes: 100, newest: at(1), atRisk: minutes(2), findings: [] },
      range: { from: at(1), until: at(10) },
    });
  });

  test('pieces that wait are at risk from their first line on', () => {
    const late = {
      log: [...question.log, pieceAt(4, at(29))],
      now: at(30),
      waiting: 2,
      waitingSince: at(20),
    };
    expect(safetyOf({ ...question, ...late }).atRisk).toBe(minutes(15));
  });

  test.each([
    ['a third late', { now: at(20) }, []],
    ['more than two thirds of what may be lost', { now: at(21) }, ['warning recovery_rpo_at_risk']],
    ['at the bound', { now: at(25) }, ['warning recovery_rpo_at_risk']],
    ['over it', { now: at(26) }, ['error recovery_copy_old']],
    ['no copy yet', { copies: [], now: at(10) }, ['warning recovery_no_copy']],
    ['no copy for long', { copies: [], now: at(16) }, ['error recovery_no_copy']],
    ['no log', { logState: { on: false, failing: null, lastAt: null } }, ['error recovery_log_off']],
    [
      'a full disk',
      { logState: { on: true, failing: 'full', lastAt: at(10) } },
      ['error recovery_log_failing'],
    ],
    ['all on one machine', { isOffSite: false }, ['warning recovery_same_machine']],
    ['nothing declared', { policy: null, isOffSite: false, copies: [], now: at(99) }, []],
    ['a hole in the log', { log: [pieceAt(2, at(5)), pieceAt(4, at(10))] }, ['error recovery_log_gap']],
    [
      'a clock that jumped back',
      { copies: [...question.copies, pgCopy(day(9), 9)] },
      ['error recovery_clock_jumped'],
    ],
    [
      'a Redis of yesterday',
      { kind: 'redis', copies: [copyAt(at(0))], log: [], now: day(1), policy: { ...policy, logEvery: null } },
      [],
    ],
    [
      'a Redis of the day before',
      { kind: 'redis', copies: [copyAt(at(0))], log: [], now: day(2), policy: { ...policy, logEvery: null } },
      ['error recovery_copy_old'],
    ],
  ] as const)('%s', (_, more, findings) => {
    expect(told(more)).toEqual(findings);
  });
});

describe('bounds and drills', () => {
  test.each([
    [56, '0.1s'],
    [9_056, '9.1s'],
    [9_900, '9.9s'],
    [9_901, '10s'],
    [59_001, '1m'],
    [90_000, '1m30s'],
    [3_600_001, '1h1m'],
    [86_399_000, '1d'],
    [90_000_001, '1d2h'],
  ])('%d ms are for people %s', (time, shown) => {
    expect(shortly(millis(time))).toBe(shown);
  });

  test.each([
    [14.99, true, true],
    [15, true, false],
    [15, false, true],
    [15.01, false, false],
  ])('%d min, less than: %s, within 15 min: %s', (measured, strict, expected) => {
    expect(withinBound(minutes(measured), { limit: minutes(15), strict })).toBe(expected);
  });

  test('a drill that is slow, loses too much or fails is not good', () => {
    expect(verdictOf(drillAt(day(0)), recovery).ok).toBe(true);
    const bad = drillAt(day(0), { ok: false, rto: minutes(15), rpo: minutes(15.5), findings: ['it broke'] });
    expect(verdictOf(bad, recovery)).toMatchObject({
      ok: false,
      rto: { declared: '<15m', ok: false },
      rpo: { declared: '15m', ok: false },
      findings: [
        { code: 'recovery_drill_failed', facts: { reason: 'it broke' } },
        { code: 'recovery_rto_missed', facts: { measured: '15m', declared: '<15m' } },
        { code: 'recovery_rpo_missed', facts: { measured: '15m30s', declared: '15m' } },
      ],
    });
  });

  test('the checklist wants a drill of the last 30 days', () => {
    const oks = (drills: readonly ReturnType<typeof drillAt>[], now = day(30)) =>
      checklistRows(recovery, drills, now).map(({ ok }) => ok);
    expect(oks([])).toEqual([false, false, false]);
    expect(oks([drillAt(day(0))])).toEqual([true, true, true]);
    expect(oks([drillAt(day(0))], instant(day(30) + 1))).toEqual([true, true, false]);
    expect(oks([drillAt(day(0)), drillAt(day(1), { ok: false, rto: null })])).toEqual([false, true, false]);
  });

  test('when a drill is due, and when it is overdue', () => {
    const due = (drills: readonly ReturnType<typeof drillAt>[], now = day(40)) =>
      dueDrill(recovery, drills, day(0), now).due;
    expect(dueDrill(recovery, [], null, day(40))).toEqual({ due: false, nextAt: null });
    expect(due([], day(0, 23))).toBe(false);
    expect(due([], day(1))).toBe(true);
    expect(due([drillAt(day(10))])).toBe(true);
    expect(due([drillAt(day(11))])).toBe(false);
    expect(due([drillAt(day(39), { ok: false })])).toBe(true);
    expect(drillFindings(recovery, [drillAt(day(0))], day(0), day(31))).toEqual([]);
    expect(drillFindings(recovery, [drillAt(day(0))], day(0), day(31, 1))).toMatchObject([
      { code: 'recovery_drill_overdue', facts: { every: '30d', last: '2026-01-01T00:00:00.000Z' } },
    ]);
  });
});

describe('which copy is due', () => {
  const weekly = { every: days(7), keep: days(365) };
  const due = (copies: readonly number[], now: number, more: Partial<BackupPolicy> = {}) =>
    dueCopy(
      { ...policy, ...more },
      copies.map((number) => copyAt(day(number))),
      day(now),
    ).due;
  test('one each day, the first of a week for the long term', () => {
    expect(due([], 0)).toBe('full');
    expect(due([0], 0)).toBe(null);
    expect(due([0], 1)).toBe('full');
    expect(due([0], 1, { longTerm: weekly })).toBe('full');
    expect(due([0, 6], 7, { longTerm: weekly })).toBe('longTerm');
    expect(due([0], 6, { longTerm: weekly, full: null })).toBe(null);
    expect(due([0], 7, { longTerm: weekly, full: null })).toBe('longTerm');
    expect(due([], 0, { full: null })).toBe(null);
  });

  test('a copy that lies ahead of the clock keeps nothing from being made', () => {
    expect(due([9], 1)).toBe('full');
    expect(dueCopy(policy, [copyAt(day(0))], day(0, 12)).nextAt).toBe(day(0) + hours(24));
  });
});

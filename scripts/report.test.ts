import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countVitest, describeCounts, sumCounts, writeCounts } from './report.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what vitest reports', () => {
  const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
  const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  const broken = { status: 'failed', assertionResults: [] };
  const skipping = { status: 'passed', assertionResults: [{ status: 'skipped' }] };
  test.each([
    [
      'all passes',
      [passing, passing],
      { passed: 2, failed: 0, skipped: 0 },
      0,
      { passed: 2, failed: 0, skipped: 0 },
    ],
    [
      'a test fails',
      [passing, failing],
      { passed: 1, failed: 1, skipped: 0 },
      1,
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'a file does not load',
      [passing, broken],
      { passed: 1, failed: 0, skipped: 0 },
      1,
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'an error after the tests',
      [passing],
      { passed: 1, failed: 0, skipped: 0 },
      1,
      { passed: 1, failed: 1, skipped: 0 },
    ],
    [
      'a test is skipped',
      [skipping],
      { passed: 0, failed: 0, skipped: 1 },
      0,
      { passed: 0, failed: 0, skipped: 1 },
    ],
  ])('%s', (_, testResults, { passed, failed, skipped }, exitCode, expected) => {
    const file = join(folder, 'vitest.json');
    const numbers = {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: skipped,
      numTodoTests: 0,
    };
    writeFileSync(file, JSON.stringify({ ...numbers, testResults }));
    expect(countVitest(file, exitCode)).toEqual(expected);
  });

  test('no report at all is one failure', () => {
    expect(countVitest(join(folder, 'nothing.json'), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('the sum for CI', () => {
  test('suites are added up', () => {
    writeCounts(folder, 'test', { passed: 10, failed: 1, skipped: 2 });
    writeCounts(folder, 'load', { passed: 3, failed: 0, skipped: 0 });
    expect(describeCounts(sumCounts(folder, 1))).toBe('13 passed, 1 failed, 2 skipped');
  });

  test('a run that ended badly without a failed test has one failure', () => {
    writeCounts(folder, 'test', { passed: 10, failed: 0, skipped: 0 });
    expect(sumCounts(folder, 1).failed).toBe(1);
    expect(sumCounts(folder, 0).failed).toBe(0);
  });

  test('a run in which nothing ran has one failure', () => {
    expect(sumCounts(folder, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    writeCounts(folder, 'test', { passed: 0, failed: 0, skipped: 5 });
    expect(sumCounts(folder, 0)).toEqual({ passed: 0, failed: 1, skipped: 5 });
  });
});

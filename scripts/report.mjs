// @ts-check
/**
 * Counts of what really ran. As a program (`node scripts/report.mjs EXIT_CODE`) it adds up the suites that left their
 * counts in `.tools/reports` and prints the one line that CI reads.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Reads vitest's JSON report. What fails outside a test (a file that does not load, an error after the last test, no
 * report at all) counts as one failure, so that a failed run never shows none.
 * @param {string} file
 * @param {number} exitCode vitest's own
 * @returns {Counts}
 */
export function countVitest(file, exitCode) {
  const none = { passed: 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
  if (!existsSync(file)) return none;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ result) =>
      result.status === 'failed' && result.assertionResults.every(({ status }) => status !== 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 ? none.failed : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {Counts} counts */
export function describeCounts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * @param {string} root
 * @param {string} suite
 * @param {Counts} counts
 */
export function writeCounts(root, suite, counts) {
  const folder = join(root, '.tools', 'reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${suite}.counts.json`), JSON.stringify(counts));
}

/**
 * The sum over the suites. A run that ended badly, or that ran nothing, has at least one failure.
 * @param {string} root
 * @param {number} exitCode of the commands that ran the suites
 * @returns {Counts}
 */
export function sumCounts(root, exitCode) {
  const folder = join(root, '.tools', 'reports');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.counts.json')) : [];
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    /** @type {Counts} */
    const counts = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    sum.passed += counts.passed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
  }
  const nothingRan = sum.passed + sum.failed === 0;
  return { ...sum, failed: sum.failed === 0 && (exitCode !== 0 || nothingRan) ? 1 : sum.failed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const counts = sumCounts(fileURLToPath(new URL('..', import.meta.url)), Number(process.argv[2] ?? 0));
  process.stdout.write(`${describeCounts(counts)}\n`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

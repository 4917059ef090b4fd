// @ts-check
/** `npm test`: the static checks, then the tests, counted together. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.mjs';
import { countVitest, describeCounts, writeCounts } from './report.mjs';

/** Each counts as one test. */
const staticChecks = [
  { name: 'types', program: 'tsc', args: ['--noEmit'], mend: 'npm run types' },
  { name: 'types of the dashboard', program: 'tsc', args: ['-p', 'dashboard'], mend: 'npx tsc -p dashboard' },
  { name: 'lint', program: 'oxlint', args: ['--type-aware'], mend: 'npm run lint' },
  { name: 'format', program: 'biome', args: ['format', '.'], mend: 'npm run format' },
  { name: 'dead code', program: 'knip', args: ['--no-progress'], mend: 'npm run unused' },
];

/** @typedef {{ node: string, env: NodeJS.ProcessEnv }} Tools */

/**
 * Runs everything. With arguments (file names, vitest's options) only the tests they select, without the static checks.
 * @param {string} root
 * @param {Tools} tools
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runTests(root, tools, args) {
  const failed = args.length > 0 ? [] : await runStaticChecks(root, tools);
  const tests = await runVitest(root, tools, 'test', args);
  const checked = args.length > 0 ? 0 : staticChecks.length;
  const counts = {
    passed: tests.passed + checked - failed.length,
    failed: tests.failed + failed.length,
    skipped: tests.skipped,
  };
  writeCounts(root, 'test', counts);
  for (const { name, mend } of failed) process.stdout.write(`${name}: failed (see above; again: ${mend})\n`);
  process.stdout.write(`${describeCounts(counts)}\n`);
  return counts.failed > 0 || tests.exitCode !== 0 ? 1 : 0;
}

/**
 * Runs a longer suite (a folder `test/NAME`, a project of vitest.config.ts) that `npm test` leaves out.
 * @param {string} root
 * @param {Tools} tools
 * @param {string} suite
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runSuite(root, tools, suite, args) {
  const env = { ...tools.env, FAIRWAY_SUITE: suite };
  const { exitCode, ...counts } = await runVitest(root, { ...tools, env }, suite, [
    '--project',
    suite,
    ...args,
  ]);
  writeCounts(root, suite, counts);
  process.stdout.write(`${describeCounts(counts)}\n`);
  return exitCode;
}

/**
 * @param {string} root
 * @param {Tools} tools
 */
async function runStaticChecks(root, { env }) {
  const failed = [];
  for (const check of staticChecks) {
    const started = Date.now();
    let output = '';
    const code = await execute(join(root, 'node_modules', '.bin', check.program), check.args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      deadlineMillis: 300_000,
      onOutput: (text) => {
        output += text;
      },
    });
    const took = ((Date.now() - started) / 1_000).toFixed(1);
    process.stdout.write(`${check.name}: ${code === 0 ? 'passed' : 'FAILED'} (${took} s)\n`);
    if (code !== 0) {
      process.stdout.write(`${output.trimEnd()}\n\n`);
      failed.push(check);
    }
  }
  return failed;
}

/**
 * @param {string} root
 * @param {Tools} tools
 * @param {string} suite names the report
 * @param {string[]} args
 */
async function runVitest(root, { node, env }, suite, args) {
  const reports = join(root, '.tools', 'reports');
  const report = join(reports, `${suite}.vitest.json`);
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await execute(node, [vitest, 'run', ...reporters, ...args], { cwd: root, env });
  return { exitCode, ...countVitest(report, exitCode) };
}

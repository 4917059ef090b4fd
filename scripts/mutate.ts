import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { acceptedIn, type Change, changeOf, reportOf } from './mutants.ts';

/**
 * `npm run test:mutation [file …]`: changes the release machine in one small way after the other and looks whether a test
 * notices. A change that no test notices has to be listed in docs/mutants.md with its reason. Names of files (`back.ts`)
 * narrow it down.
 */
const root = join(import.meta.dirname, '..');
const folder = 'src/core/release';
const tests = 'src/core/{release,plan}/**/*.test.ts';

/** Two processes at a time leave the machine usable. */
const atOnce = 2;
const limit = 120_000;

async function main(asked: readonly string[]): Promise<number> {
  const sandbox = mkdtempSync(join(tmpdir(), 'fairway-mutants-'));
  try {
    const mutants = await prepare(sandbox, asked);
    const killed = await together(sandbox);
    const left = await alone(
      sandbox,
      mutants.filter(({ id }) => !(id in killed)),
    );
    const survivors = mutants.filter(({ id }) => left.has(id));
    const accepted = acceptedIn(readFileSync(join(root, 'docs/mutants.md'), 'utf8'));
    const { lines, isGood } = reportOf(mutants, survivors, accepted);
    process.stdout.write(`${lines.join('\n')}\n`);
    return isGood ? 0 : 1;
  } finally {
    rmSync(sandbox, { recursive: true, force: true });
  }
}

/** A copy of the sources in which every change is there, to be switched on by its number. */
async function prepare(sandbox: string, asked: readonly string[]): Promise<readonly Change[]> {
  const isWanted = (file: string) =>
    file.endsWith('.ts') &&
    !/\.(test|fixture)\.ts$/.test(file) &&
    (asked.length === 0 || asked.includes(file));
  const files = readdirSync(join(root, folder))
    .filter(isWanted)
    .map((name) => ({ name, mutate: true, content: readFileSync(join(root, folder, name), 'utf8') }));
  const quiet = { isDebugEnabled: () => false, debug: () => {}, info: () => {} };
  const instrumented = await new Instrumenter(quiet as never).instrument(files, {
    plugins: null,
    excludedMutations: [],
    ignorers: [{ shouldIgnore: isInvariant }],
  });
  for (const name of ['src', 'package.json'])
    cpSync(join(root, name), join(sandbox, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(sandbox, 'node_modules'));
  for (const { name, content } of instrumented.files) writeFileSync(join(sandbox, folder, name), content);
  const options = {
    include: [tests],
    exclude: ['**/model.test.ts'],
    isolate: false,
    maxWorkers: 1,
    testTimeout: 20_000,
  };
  // vitest wants its runner as a default export.
  const runner = join(sandbox, 'runner.mjs');
  const source = JSON.stringify(join(root, 'scripts/mutate.runner.ts'));
  writeFileSync(runner, `export { MutantRunner as default } from ${source};\n`);
  for (const [name, test] of Object.entries({ together: { ...options, runner }, alone: options }))
    writeFileSync(join(sandbox, `${name}.config.mjs`), `export default ${JSON.stringify({ test })};\n`);
  return instrumented.mutants
    .filter(({ status }) => status !== 'Ignored')
    .map((mutant) => changeOf(mutant, files.find(({ name }) => name === mutant.fileName)?.content ?? ''));
}

/** What can only be wrong if the program is: no test can bring it about. */
function isInvariant({ node }: { readonly node: object }): string | undefined {
  const call = ('expression' in node ? node.expression : node) as {
    readonly callee?: { readonly name?: string };
  };
  return call.callee?.name === 'invariant' ? 'an invariant cannot be broken' : undefined;
}

/** All tests in one process, each once for every change that it reaches. By change: the test that noticed it. */
async function together(sandbox: string): Promise<Readonly<Record<string, string>>> {
  const file = join(sandbox, 'mutants.json');
  const { code, output } = await vitest(sandbox, ['--config=together.config.mjs'], { MUTANTS_FILE: file });
  if (code !== 0)
    throw new Error(`the tests fail without any change, or a change outlives its test:\n${output}`);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

/**
 * Each of these changes in a process of its own, there from the first line on: some act only while modules are loaded, or
 * before something is kept. The ids of those that survive.
 */
async function alone(sandbox: string, changes: readonly Change[]): Promise<ReadonlySet<string>> {
  const unchanged = await vitest(sandbox, ['--config=alone.config.mjs'], {});
  if (unchanged.code !== 0) throw new Error(`the tests fail without any change:\n${unchanged.output}`);
  const queue = [...changes];
  const survivors = new Set<string>();
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const env = { __STRYKER_ACTIVE_MUTANT__: next.id };
      const { code } = await vitest(sandbox, ['--config=alone.config.mjs', '--bail=1'], env);
      if (code === 0) survivors.add(next.id);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return survivors;
}

async function vitest(
  sandbox: string,
  more: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [program, 'run', '--reporter=dot', ...more], {
    cwd: sandbox,
    env: { ...process.env, ...env },
    timeout: env['MUTANTS_FILE'] === undefined ? limit : 10 * limit,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

process.exitCode = await main(process.argv.slice(2).map((path) => basename(path)));

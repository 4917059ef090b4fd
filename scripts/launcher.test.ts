import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../fairway', import.meta.url));
let folder: string;
let clone: string;

/** A clone that is set up, whose program tells how it was called. */
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fairway launcher ')));
  clone = join(folder, 'a clone');
  for (const part of ['src', 'scripts', 'node_modules', '.tools/bin'])
    mkdirSync(join(clone, part), { recursive: true });
  cpSync(launcher, join(clone, 'fairway'));
  symlinkSync(process.execPath, join(clone, '.tools', 'bin', 'node'));
  writeFileSync(join(clone, 'package-lock.json'), '{}');
  utimesSync(join(clone, 'package-lock.json'), 0, 0); // older than the stamp, as after set-up
  writeFileSync(join(clone, '.tools', 'packages'), '');
  writeFileSync(
    join(clone, 'scripts', 'run.mjs'),
    'console.error("set-up", process.argv.slice(2).join(" "));',
  );
  writeFileSync(
    join(clone, 'src', 'main.ts'),
    'const told: unknown = [process.cwd(), process.argv.slice(2)]; console.log(JSON.stringify(told)); process.exit(3);',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const call = (program: string, args: string[], cwd: string, path = process.env['PATH']) => {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    timeout: 20_000,
  });
  return { status, stdout, stderr };
};
const told = (cwd: string, args: string[]) => ({ status: 3, stdout: `${JSON.stringify([cwd, args])}\n` });

test('the program runs in the folder of the caller, with its arguments, and gives its exit code', () => {
  const args = ['check', 'a b', '--json', '', '*'];
  expect(call(join(clone, 'fairway'), args, folder)).toEqual({ ...told(folder, args), stderr: '' });
});

test('a link on PATH and a link to a link lead to the clone', () => {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  symlinkSync('../a clone/fairway', join(programs, 'first'));
  symlinkSync(join(programs, 'first'), join(programs, 'fairway'));
  const path = `${programs}:${process.env['PATH'] ?? ''}`;
  expect(call('fairway', ['plan'], folder, path)).toEqual({ ...told(folder, ['plan']), stderr: '' });
});

test.each([
  ['sh fairway', 'sh', ['fairway', 'x']],
  ['./fairway', './fairway', ['x']],
])('%s works in the clone', (_, program, args) => {
  expect(call(program, args, clone)).toEqual({ ...told(clone, ['x']), stderr: '' });
});

test.each(['.tools/packages', 'node_modules'])('without %s it sets up first, quietly', (part) => {
  rmSync(join(clone, part), { recursive: true });
  const stderr = 'set-up setup --quiet\n';
  expect(call(join(clone, 'fairway'), ['x'], folder)).toEqual({ ...told(folder, ['x']), stderr });
});

test('without a Node of its own it sets up first, under the one on PATH', () => {
  rmSync(join(clone, '.tools', 'bin', 'node'));
  const path = `${dirname(process.execPath)}:/usr/bin:/bin`;
  expect(call(join(clone, 'fairway'), ['x'], folder, path).stderr).toContain('set-up setup --quiet\n');
});

test('a lockfile that is newer than the last set-up is set up for', () => {
  utimesSync(join(clone, 'package-lock.json'), 4_000_000_000, 4_000_000_000);
  const stderr = 'set-up setup --quiet\n';
  expect(call(join(clone, 'fairway'), ['x'], folder)).toEqual({ ...told(folder, ['x']), stderr });
});

test('when set-up fails, nothing is run and its exit code is given', () => {
  rmSync(join(clone, 'node_modules'), { recursive: true });
  writeFileSync(join(clone, 'scripts', 'run.mjs'), 'process.exit(4);');
  expect(call(join(clone, 'fairway'), ['x'], folder)).toEqual({ status: 4, stdout: '', stderr: '' });
});

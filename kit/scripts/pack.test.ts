import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const kit = join(import.meta.dirname, '..');
const installed = join(kit, '..', 'node_modules');
const place = mkdtempSync(join(tmpdir(), 'kit-pack-'));
const modules = join(place, 'node_modules');
const unpacked = join(modules, 'fairway-kit');
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A project that has the packed package, and links to what it depends on. */
function install(): void {
  mkdirSync(modules);
  execFileSync(process.execPath, [join(kit, 'scripts', 'pack.mjs'), join(place, 'dist')]);
  cpSync(join(place, 'dist'), unpacked, { recursive: true });
  for (const name of readdirSync(installed))
    if (!name.startsWith('.') && name !== 'fairway-kit')
      symlinkSync(join(installed, name), join(modules, name));
}

test('a folder that holds something else is left alone', () => {
  const folder = join(place, 'somebodys');
  mkdirSync(folder);
  writeFileSync(join(folder, 'mine.txt'), 'mine');
  const packed = spawnSync(process.execPath, [join(kit, 'scripts', 'pack.mjs'), folder], {
    encoding: 'utf8',
  });
  expect(packed.status).toBe(1);
  expect(packed.stderr).toContain('holds something else');
  expect(readdirSync(folder)).toEqual(['mine.txt']);
});

test('the packed package runs the example as JavaScript and types a program of its user', async () => {
  install();
  const files = readdirSync(unpacked, { recursive: true }).map(String);
  expect(files.filter((file) => /\.(test|fixture)\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  const written = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Record<string, object>;
  expect(Object.keys(written['exports'] ?? {})).toEqual([
    '.',
    './check',
    './hono',
    './fastify',
    './postgres',
    './redis',
    './testing',
  ]);

  const source = readFileSync(join(kit, 'examples', 'service.ts'), 'utf8');
  writeFileSync(join(place, 'service.mjs'), stripTypeScriptTypes(source));
  const env = { PATH: process.env['PATH'], PORT: '0', GREETING: 'Hi' };
  const child = spawn(process.execPath, [join(place, 'service.mjs')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let output = '';
    child.stdout.on('data', (part) => (output += String(part)));
    const address = () => /"address":"([^"]+)"/.exec(output)?.[1];
    await expect.poll(address, { timeout: 10_000 }).toBeTruthy();
    expect(await (await fetch(`${address() ?? ''}/greetings/ann`)).text()).toBe('{"says":"Hi, ann!"}');
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }

  // One door loads what another need not have: without pg, Redis and Fastify the others still load.
  for (const name of ['pg', 'ioredis', 'fastify']) rmSync(join(modules, name));
  const doors = ['fairway-kit', 'fairway-kit/hono', 'fairway-kit/testing'];
  const load = doors.map((door) => `await import('${door}');`).join('\n');
  writeFileSync(join(place, 'load.mjs'), `${load}\nprocess.stdout.write('loaded');`);
  expect(execFileSync(process.execPath, [join(place, 'load.mjs')], { encoding: 'utf8' })).toBe('loaded');
}, 120_000);

test('its declarations type a program, and refuse a wrong one', () => {
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  cpSync(join(kit, 'examples', 'service.ts'), join(place, 'right.ts'));
  writeFileSync(
    join(place, 'wrong.ts'),
    `import { runService, text } from 'fairway-kit';
await runService({ name: 'x', settings: { a: text('A') }, start: async ({ settings }) => settings.a * 2 });\n`,
  );
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: ['node'],
  };
  const files = ['right.ts', 'wrong.ts'];
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(installed, 'typescript', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', place], { encoding: 'utf8' });
  const complaints = compiled.stdout.split('\n').filter((line) => line.includes('error'));
  expect(complaints.filter((line) => !line.includes('wrong.ts(2,'))).toEqual([]);
  // A text is a text: it is not said to be perhaps null, too.
  const wrong = expect.stringContaining('left-hand side of an arithmetic operation');
  expect(complaints).toEqual([wrong, expect.stringContaining("not assignable to type 'Promise<Parts>'")]);
}, 120_000);

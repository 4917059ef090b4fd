import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identify } from './identity.ts';
import { takeLock } from './lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is held by one, and free again once given back', () => {
  const file = join(folder, 'lock');
  const first = takeLock(file);
  expect(first.ok).toBe(true);
  expect(takeLock(file)).toMatchObject({
    ok: false,
    error: { code: 'lock_taken', facts: { pid: process.pid } },
  });
  if (first.ok) first.value();
  expect(existsSync(file)).toBe(false);
  expect(takeLock(file).ok).toBe(true);
});

it('of a process that was killed is no lock any more', async () => {
  const file = join(folder, 'lock');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  writeFileSync(file, JSON.stringify(identify(child.pid ?? 0)));
  expect(takeLock(file)).toMatchObject({ ok: false, error: { facts: { pid: child.pid } } });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(takeLock(file).ok).toBe(true);
});

it('that was cut off while it was written is no lock', () => {
  const file = join(folder, 'lock');
  writeFileSync(file, '{"pid":');
  expect(takeLock(file).ok).toBe(true);
});

it('says which file cannot be written', () => {
  const file = join(folder, 'missing', 'lock');
  expect(takeLock(file)).toMatchObject({ ok: false, error: { code: 'lock_not_writable', facts: { file } } });
});

it('leaves nothing behind where the disk has no room for it', () => {
  const program = `
    const { takeLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))});
    console.log(takeLock(${JSON.stringify(join(folder, 'lock'))}).error.code);`;
  // As on a full disk: a file can be made, and nothing can be written into it.
  const limited = ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e'];
  const { stdout } = spawnSync('sh', [...limited, program], { encoding: 'utf8', timeout: 20_000 });
  expect(stdout.trim()).toBe('lock_not_writable');
  expect(readdirSync(folder)).toEqual([]);
});

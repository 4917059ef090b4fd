import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway scripts '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const scripts = new URL('.', import.meta.url).href;
const program = (text: string) => {
  const file = join(folder, `${Math.trunc(performance.now() * 1_000)}.mjs`);
  writeFileSync(file, text);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  return {
    child,
    ended: once(child, 'close').then(() => ({ code: child.exitCode, output })),
    printed: () => output,
  };
};

describe('running a program in the foreground', () => {
  const running = (childText: string) => `
    import { execute } from '${scripts}execute.mjs';
    process.exitCode = await execute(process.execPath, ['-e', ${JSON.stringify(childText)}], { cwd: ${JSON.stringify(folder)}, env: process.env });`;

  test('its exit code is handed on', async () => {
    expect(await program(running('process.exit(7)')).ended).toMatchObject({ code: 7 });
  });

  test('an end by a signal is 128 and the number of the signal', async () => {
    expect(await program(running("process.kill(process.pid, 'SIGKILL')")).ended).toMatchObject({ code: 137 });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'without a terminal %s is passed on once',
    async (signal) => {
      const { child, ended, printed } = program(
        running(`
        let count = 0;
        process.on('${signal}', () => { count += 1; setTimeout(() => { console.log('got', count); process.exit(9); }, 100); });
        setInterval(() => {}, 1000);
        console.log('ready');`),
      );
      await expect.poll(printed, { timeout: 10_000 }).toContain('ready');
      child.kill(signal);
      expect(await ended).toEqual({ code: 9, output: 'ready\ngot 1\n' });
    },
  );

  test('a program that is not there is told in a sentence', async () => {
    const { ended } = program(`
      import { execute } from '${scripts}execute.mjs';
      await execute('no-such-program', [], { cwd: '.', env: process.env }).catch((reason) => console.log(reason.message));`);
    expect((await ended).output).toMatch(/^no-such-program could not be started: .*\.\n$/);
  });
});

describe('one set-up at a time', () => {
  const file = () => join(folder, 'tools', 'lock');
  const working = (name: string) => `
    import { appendFileSync } from 'node:fs';
    import { alone } from '${scripts}lock.mjs';
    const note = (text) => appendFileSync(${JSON.stringify(join(folder, 'log'))}, text);
    await alone(${JSON.stringify(file())}, { line: () => {}, detail: () => {} }, async () => {
      note('${name} in, ');
      await new Promise((resolve) => setTimeout(resolve, 150));
      note('${name} out, ');
    });`;

  test('two that begin together work one after the other', async () => {
    const ends = await Promise.all([program(working('a')).ended, program(working('b')).ended]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(['a in, a out, b in, b out, ', 'b in, b out, a in, a out, ']).toContain(
      readFileSync(join(folder, 'log'), 'utf8'),
    );
    expect(existsSync(file())).toBe(false);
  });

  test('the lock of a process that died is taken over', async () => {
    const { child, ended } = program(
      working('dead').replace("note('dead out, ')", "process.kill(process.pid, 'SIGKILL')"),
    );
    await ended;
    expect(readFileSync(file(), 'utf8')).toBe(`${String(child.pid)}\n`);
    expect(await program(working('next')).ended).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('dead in, next in, next out, ');
  });
});

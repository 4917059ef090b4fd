import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, instant, millis, type Result, seconds } from '#kernel';
import {
  endProcess,
  freePort,
  identify,
  isRunning,
  type ProcessExit,
  type ProcessIdentity,
  probePort,
  reasonStillTaken,
  runToEnd,
  signalGroup,
  startDetached,
} from './index.ts';

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};
const env = { PATH: process.env['PATH'] ?? '' };
const node = (program: string) => [process.execPath, '-e', program] as [string, ...string[]];

let folder: string;
const started: ProcessIdentity[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairway-process-'));
});
afterEach(async () => {
  for (const identity of started.splice(0)) signalGroup(identity.pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(
  program: string,
  onExit?: (exit: ProcessExit) => void,
): Promise<{ identity: ProcessIdentity; log: () => Promise<string> }> {
  const logFile = join(folder, 'out.log');
  const identity = value(
    await startDetached({ command: node(program), cwd: folder, env, logFile, ...(onExit && { onExit }) }),
  );
  started.push(identity);
  return { identity, log: () => readFile(logFile, 'utf8') };
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + 15_000;
  while (Date.now() < end) {
    const seen = await look();
    if (seen) return seen as NonNullable<Awaited<T>>;
    await delay(10);
  }
  throw new Error('it did not happen within 15 s');
}

describe('a detached process', () => {
  test('has an identity that holds while it runs and no longer', async () => {
    const { identity } = await start('setInterval(() => {}, 1000)');
    expect(identify(identity.pid)).toEqual(identity);
    expect(isRunning(identity)).toBe(true);
    expect(isRunning({ ...identity, started: 'another time' })).toBe(false);
    await endProcess(identity, { grace: seconds(5), clock });
    expect(isRunning(identity)).toBe(false);
  });

  test('tells how it ended, also when it ends at once', async () => {
    let exit: ProcessExit | undefined;
    await start('process.exit(7)', (seen) => {
      exit = seen;
    });
    expect(await until(() => exit)).toEqual({ code: 7, signal: null });
  });

  test('leads a process group of its own and receives only the environment given', async () => {
    const { log } = await start('console.log(JSON.stringify(Object.keys(process.env)))');
    expect(JSON.parse(await until(log))).toEqual(['PATH']);
  });

  test.each([
    ['a program that does not exist', ['no-such-program-anywhere'], 'command_not_found'],
    ['a file that may not be executed', ['/etc/passwd'], 'command_not_allowed'],
  ] as const)('%s is a failure', async (_title, command, code) => {
    const result = await startDetached({ command, cwd: folder, env, logFile: join(folder, 'out.log') });
    expect(result).toMatchObject({ ok: false, error: { code, facts: { command: command[0] } } });
  });

  test('a missing folder is told apart from a missing program', async () => {
    const cwd = join(folder, 'gone');
    const result = await startDetached({ command: node(''), cwd, env, logFile: join(folder, 'out.log') });
    expect(result).toMatchObject({ ok: false, error: { code: 'process_not_started' } });
    expect(result.ok ? '' : result.error.facts['reason']).toContain(cwd);
  });
});

describe('ending a process', () => {
  test('waits for one that ends itself on SIGTERM', async () => {
    const { identity, log } = await start(
      'process.on("SIGTERM", () => { console.log("bye"); process.exit(0); }); setInterval(() => {}, 1000); console.log("up")',
    );
    await until(async () => (await log()).includes('up'));
    expect(await endProcess(identity, { grace: seconds(10), clock })).toBe('graceful');
    expect(await log()).toContain('bye');
  });

  test('kills one that does not listen, with its children', async () => {
    const { identity, log } = await start(
      'process.on("SIGTERM", () => {}); const { spawn } = require("node:child_process");' +
        'const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]); console.log(child.pid); setInterval(() => {}, 1000)',
    );
    const child = identify(Number(await until(async () => /\d+\n/.exec(await log())?.[0])));
    expect(await endProcess(identity, { grace: millis(50), clock })).toBe('killed');
    await until(() => child !== null && !isRunning(child));
  });

  test('is content with one that is gone', async () => {
    const { identity } = await start('');
    await until(() => !isRunning(identity));
    expect(await endProcess(identity, { grace: seconds(1), clock })).toBe('gone');
  });
});

describe('running to the end', () => {
  const run = (program: string, more: { timeout?: number; keepBytes?: number; signal?: AbortSignal } = {}) =>
    runToEnd({
      command: node(program),
      cwd: folder,
      env,
      timeout: millis(more.timeout ?? 20_000),
      keepBytes: more.keepBytes ?? 65_536,
      clock,
      signal: more.signal ?? new AbortController().signal,
    });

  test('gives the exit code and both outputs', async () => {
    const outcome = value(await run('console.log("out"); console.error("err"); process.exitCode = 3'));
    expect(outcome).toMatchObject({ exit: { code: 3, signal: null }, end: 'itself' });
    expect(outcome.output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('keeps the last bytes of a long output', async () => {
    const outcome = value(await run('for (let i = 0; i < 20000; i++) console.log(i)', { keepBytes: 12 }));
    expect(outcome.output).toBe('19998\n19999\n');
  });

  test('kills what takes too long, children included', async () => {
    const outcome = value(
      await run(
        'require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); setInterval(() => {}, 1000)',
        { timeout: 400 },
      ),
    );
    expect(outcome).toMatchObject({ exit: { code: null, signal: 'SIGKILL' }, end: 'timeout' });
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const outcome = run('setInterval(() => {}, 1000)', { signal: controller.signal });
    controller.abort();
    expect(value(await outcome).end).toBe('aborted');
  });

  test('a variable with a null byte is refused without a word of what it holds', async () => {
    const request = { command: node(''), cwd: folder, env: { KEY: 'hunter2\0and more' } };
    const { signal } = new AbortController();
    for (const result of [
      await runToEnd({ ...request, timeout: seconds(5), keepBytes: 10, clock, signal }),
      await startDetached({ ...request, logFile: join(folder, 'log') }),
    ]) {
      expect(result).toMatchObject({ ok: false, error: { code: 'process_not_started' } });
      expect(JSON.stringify(result)).not.toContain('hunter2');
    }
  });

  test('a program that does not exist is a failure', async () => {
    const result = await runToEnd({
      command: ['no-such-program-anywhere'],
      cwd: folder,
      env,
      timeout: seconds(5),
      keepBytes: 10,
      clock,
      signal: new AbortController().signal,
    });
    expect(result).toMatchObject({ ok: false, error: { code: 'command_not_found' } });
  });
});

test('a port somebody listens on is taken, and free again afterwards', async () => {
  const port = value(await freePort());
  const server = createServer().listen(port, '127.0.0.1');
  await until(() => server.listening);
  expect(await probePort(port)).toEqual({ ok: false, error: { code: 'port_taken', facts: { port } } });
  expect(await reasonStillTaken('127.0.0.1', port, clock)).toContain('EADDRINUSE');
  const told = reasonStillTaken('127.0.0.1', port, clock);
  await new Promise((resolve) => server.close(resolve));
  expect(await told).toBe(null);
  expect(await probePort(port)).toEqual({ ok: true, value: port });
});

/** What every candidate stands on: a folder, ports, processes that end with the bench. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, openSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, instant, millis } from '#kernel';
import { processTree } from './processes.ts';

export interface Ground {
  /** Removed at the end. */
  readonly folder: string;
  /** Undone at the end, all at once. */
  readonly undo: (() => Promise<unknown>)[];
}

export const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (length, signal) => wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** The absolute path of a program, null when it is not installed. */
export function find(program: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** Below the ports that systems give to outgoing connections: ten thousand of those would be in the way. */
const [lowest, highest] = [12_000, 32_000];
let nextPort = lowest + Math.floor(Math.random() * (highest - lowest - 4_000));

/** Free ports of 127.0.0.1, each handed out once. */
export async function pickPorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  while (found.length < count) {
    nextPort = nextPort < highest ? nextPort + 1 : lowest;
    if (await isFree(nextPort)) found.push(nextPort);
  }
  return found;
}

export async function pickPort(): Promise<number> {
  const [port] = await pickPorts(1);
  if (port === undefined) throw new Error('no port');
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}

/** Starts a process that ends with the bench. Its output goes to a file in the bench's folder. */
export function launch(
  ground: Ground,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const log = openSync(join(ground.folder, 'programs.log'), 'a');
  const child = spawn(program, args, {
    cwd: ground.folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
    detached: true, // as our router is: Linux shares the processors among sessions
  });
  ground.undo.push(() => end(child));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const { pid } = child;
  const limit = setTimeout(() => killAll(processTree(pid)), 3_000);
  await ended;
  clearTimeout(limit);
}

/** Programs with workers leave them behind when they alone are killed. */
export function killAll(processes: readonly number[]): void {
  for (const pid of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended
    }
  }
}

/** As the work, but fails after so many seconds: a candidate that hangs does not stop the bench. */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = clock.sleep(millis(seconds * 1_000), ended.signal).then(() => {
    throw new Error(`${what} took longer than ${seconds} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    ended.abort();
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
}

/** One request on a connection of its own; null when there is no answer. */
export function ask(port: number, headers: Readonly<Record<string, string>> = {}): Promise<Answer | null> {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', agent: false, headers, timeout: 5_000 } as const;
    const asking = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response
        .on('error', () => resolve(null))
        .on('end', () => {
          const { statusCode = 0, headers: told } = response;
          resolve({ status: statusCode, text, cookies: told['set-cookie'] ?? [] });
        });
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(null)).end();
  });
}

/** Resolves when something answers there with 200, false after ten seconds or when `child` ended. */
export async function untilAnswers(port: number, child: ChildProcess | null = null): Promise<boolean> {
  const deadline = clock.now() + 10_000;
  while (clock.now() < deadline) {
    if (child !== null && child.exitCode !== null) return false;
    if ((await ask(port))?.status === 200) return true;
    await clock.sleep(millis(20));
  }
  return false;
}

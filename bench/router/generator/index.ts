import { execFile, fork } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { find } from '../ground.ts';
import type { Answered, OpenAnswered, SocketsHeld, Task, Told } from './task.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, 'main.ts');
const marginMillis = 15_000;

export const loadProgram = find('wrk') === null ? 'a Node loop' : 'wrk';

/** As much as 32 connections carry. */
export async function saturate(port: number, seconds: number): Promise<Answered> {
  const wrk = find('wrk');
  if (wrk !== null) return byWrk(wrk, port, seconds);
  const { told, end } = await generate({ kind: 'closed', port, connections, seconds });
  await end();
  if (told.kind !== 'closed') throw new Error(`the generator told ${told.kind}`);
  return told.result;
}

const connections = 32;

/** wrk counts whole seconds only: of shorter samples it reports what it did, and for how long. */
async function byWrk(wrk: string, port: number, seconds: number): Promise<Answered> {
  const whole = Math.max(1, Math.round(seconds));
  const args = ['-t1', `-c${connections}`, `-d${whole}s`, `http://127.0.0.1:${port}/`];
  const { stdout } = await run(wrk, args, { timeout: whole * 1_000 + marginMillis });
  const [, requests = '0', took = '1', unit = 's'] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(stdout) ?? [];
  const inSeconds = { ms: 0.001, s: 1, m: 60 }[unit] ?? 1;
  const errors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1).map(Number);
  const [connect = 0, read = 0, write = 0, timeout = 0] = errors ?? [];
  return {
    requests: Number(requests),
    seconds: Number(took) * inSeconds,
    failures: {
      status: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? '0'),
      lost: connect + read + write,
      unanswered: timeout,
    },
  };
}

export async function atRate(ports: readonly number[], rate: number, seconds: number): Promise<OpenAnswered> {
  const { told, end } = await generate({ kind: 'open', ports, connections: 64, rate, seconds });
  await end();
  if (told.kind !== 'open') throw new Error(`the generator told ${told.kind}`);
  return told.result;
}

/** The sockets stay open until `end`. */
export async function holdSockets(
  port: number,
  count: number,
): Promise<{ readonly held: SocketsHeld; readonly end: () => Promise<void> }> {
  const { told, end } = await generate({ kind: 'sockets', port, count });
  if (told.kind !== 'sockets') throw new Error(`the generator told ${told.kind}`);
  return { held: told.result, end };
}

/** Starts a generator; resolves with its result. */
async function generate(task: Task): Promise<{ readonly told: Told; readonly end: () => Promise<void> }> {
  const child = fork(program, [JSON.stringify(task)], { execArgv: [] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const told = await new Promise<Told>((resolve, reject) => {
    child.on('message', (message: Told) => {
      if (message.kind !== 'began') resolve(message);
    });
    child
      .once('error', reject)
      .once('exit', (code) => reject(new Error(`the generator ended with ${code ?? 'a signal'}`)));
  });
  return {
    told,
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

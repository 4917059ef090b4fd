import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '#process';
import { CREDENTIALS } from './bench.ts';

const PROGRAM = join(import.meta.dirname, '..', 'main.ts');

/** The server as a process of its own. */
export interface Child {
  readonly endpoint: string;
  readonly process: ChildProcess;
  /** All it has written so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Sends the signal, if any, and waits for the end. */
  end(
    signal?: NodeJS.Signals,
  ): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A folder with credentials that goes away with the test. */
export async function makeFolder(credentials: unknown = CREDENTIALS): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-bucket-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'credentials.json'), JSON.stringify(credentials));
  return folder;
}

export async function pickPort(): Promise<number> {
  const port = await freePort();
  if (!port.ok) throw new Error(port.error.code);
  return port.value;
}

/** Starts main.ts; `prefix` is a program that runs it under other limits. */
export function startChild(folder: string, port: number, prefix: readonly string[] = []): Child {
  const [command, ...args] = [
    ...prefix,
    process.execPath,
    PROGRAM,
    '--folder',
    folder,
    '--port',
    String(port),
  ];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    process: child,
    output: () => output,
    end: async (signal) => {
      if (signal !== undefined) child.kill(signal);
      const [code, endedBy] = await closed;
      return { code, signal: endedBy };
    },
  };
}

/** Waits until the child answers; fails with its last words when it ended instead. */
export async function untilReady(child: Child): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answer = await fetch(`${child.endpoint}/-/health`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (child.process.exitCode !== null || performance.now() > deadline)
      throw new Error(child.output().stderr);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, instant } from '#kernel';

export const systemClock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};

export interface Program {
  readonly port: number;
  readonly process: string;
  did(what: { requests: number; failures?: number; seconds?: number }): Promise<void>;
  tell(path: string): Promise<void>;
  stillRuns(): boolean;
  end(): Promise<void>;
}

const running: ChildProcess[] = [];

/** Starts `counting.ts`; on the same port when one is given. `label` is added to its series, as `a="b"`. */
export async function startProgram(port = 0, label = ''): Promise<Program> {
  const program = join(import.meta.dirname, 'counting.ts');
  const child = spawn(process.execPath, [program, String(port), label], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const address = `http://127.0.0.1:${line}`;
  const tell = async (path: string) => {
    await (await fetch(`${address}${path}`)).text();
  };
  return {
    port: Number(line),
    process: String(child.pid),
    did: ({ requests, failures = 0, seconds = 0.2 }) =>
      tell(`/did?requests=${requests}&failures=${failures}&seconds=${seconds}`),
    tell,
    stillRuns: () => child.exitCode === null && child.signalCode === null,
    end: () => endChild(child),
  };
}

/** Ends a child that a test started; resolves when it is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

export const endPrograms = () => Promise.all(running.splice(0).map(endChild));

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A replica in a process of its own. */
export interface Replica {
  readonly replica: string;
  readonly port: number;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** SIGKILL, whatever it does. */
  kill(): Promise<void>;
}

export interface Fleet {
  /** Starts that many and resolves when all of them listen. */
  start(count: number): Promise<readonly Replica[]>;
  started(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

const program = join(import.meta.dirname, 'replica.fixture.ts');

export function createFleet(): Fleet {
  const running = new Set<ChildProcess>();
  let number = 0;

  async function startOne(): Promise<Replica> {
    number += 1;
    const replica = `replica-${number}`;
    const child = spawn(process.execPath, [program, replica], { stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(child);
    const exited = once(child, 'exit').then(() => void running.delete(child));
    const [line] = (await Promise.race([
      once(child.stdout, 'data'),
      exited.then(() => {
        throw new Error(`${replica} ended before it listened`);
      }),
    ])) as [Buffer];
    const end = (signal: NodeJS.Signals) => {
      child.kill(signal);
      return exited;
    };
    return { replica, port: Number(line.toString()), stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
  }

  return {
    start: (count) => Promise.all(Array.from({ length: count }, startOne)),
    started: () => number,
    async [Symbol.asyncDispose]() {
      const ending = [...running].map((child) => once(child, 'exit'));
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(ending);
    },
  };
}

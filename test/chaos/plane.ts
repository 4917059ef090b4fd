import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { EnvironmentRow } from '#engine';
import type { JournalEntry, Observation } from '#ports';
import type { Birth, Command } from './mortal-plane.ts';

/** What a control plane sees. */
export interface Look {
  readonly row: EnvironmentRow | null;
  /** Whether it holds the lease. */
  readonly leads: boolean;
  readonly seen: Observation;
}

/** A mortal control plane, from outside. */
export interface Plane {
  readonly pid: number;
  readonly owner: string;
  /** null: it died before it answered. */
  ask(command: Command): Promise<unknown>;
  look(): Promise<Look | null>;
  /** The journal after a sequence. */
  entries(after: number): Promise<readonly JournalEntry[]>;
  isDead(): boolean;
  /** When it was gone, by the clock of the test. */
  readonly died: Promise<number>;
  kill(): void;
}

/** Resolves when it has taken over what was under way, as far as it is in charge. */
export async function startPlane(birth: Birth): Promise<Plane> {
  const child = fork(join(import.meta.dirname, 'mortal-plane.ts'), [], {
    execArgv: [],
    cwd: birth.folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], MORTAL: JSON.stringify(birth) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (answer: unknown) => void>();
  let isDead = false;
  let asked = 0;
  const died = new Promise<number>((resolve) =>
    child.once('exit', () => {
      isDead = true;
      resolve(Date.now());
      for (const answer of waiting.values()) answer(null);
    }),
  );
  const answered = (id: number) => new Promise<unknown>((resolve) => waiting.set(id, resolve));
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  await answered(0);
  const ask = (command: Command) => {
    if (isDead) return Promise.resolve(null);
    const id = ++asked;
    const answer = answered(id);
    child.send({ id, command }, () => undefined); // one that is gone is told of by its exit
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    owner: birth.owner,
    ask,
    look: async () => (await ask({ ask: 'look' })) as Look | null,
    entries: async (after) => ((await ask({ ask: 'entries', after })) ?? []) as readonly JournalEntry[],
    isDead: () => isDead,
    died,
    kill: () => void child.kill('SIGKILL'),
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const runner = fileURLToPath(new URL('../../../src/migrate/main.ts', import.meta.url));
const children = new Set<ChildProcess>();

export type Variables = Readonly<Record<string, string>>;

function run(folder: string, args: readonly string[], env: Variables) {
  const child = spawn(process.execPath, [...args], {
    cwd: `${root}${folder}`,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      children.delete(child);
      resolve(code);
    }),
  );
  return { ended, output: () => output };
}

/** Applies the migrations as a task of a release does; rejects with what it said when it failed. */
export async function migrate(env: Variables): Promise<void> {
  const { ended, output } = run('services/iam', [runner, 'expand', 'migrations'], env);
  if ((await ended) !== 0) throw new Error(output());
}

/** A program of the system that ends by itself, such as a check. */
export async function runToEnd(folder: string, program: string, env: Variables) {
  const { ended, output } = run(folder, [program], env);
  return { code: await ended, output: output() };
}

/** Looks again and again until there is something, or 20 s are over. What `look` throws ends it. */
export async function eventually<T>(look: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  const until = performance.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > until) throw new Error(`it did not come about that ${what}`);
    await wait(50);
  }
}

/** Ends every program of this file's, and waits for it. */
export async function endAll(): Promise<void> {
  const all = [...children].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(all);
}

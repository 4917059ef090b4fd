import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';

const root = fileURLToPath(new URL('..', import.meta.url));
const runner = fileURLToPath(new URL('../../../src/migrate/main.ts', import.meta.url));

export type Variables = Readonly<Record<string, string>>;

export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  output(): string;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Everything that the programs of a test have printed. */
export const printed: string[] = [];
const children = new Set<ChildProcess>();

function run(folder: string, program: string, env: Variables, args: readonly string[] = []) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: `${root}${folder}`,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      printed.push(chunk.toString());
    });
  }
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, output });
    }),
  );
  return { child, ended, output: () => output };
}

/** A program that ends by itself. */
export const runToEnd = (folder: string, program: string, env: Variables): Promise<Ended> =>
  run(folder, program, env).ended;

/** A phase of core's migrations, run as a task of a release runs it. */
export const runPhase = (phase: string, env: Variables, options: readonly string[] = []) =>
  run('services/core', runner, env, [phase, 'migrations', ...options]);

/** A service on a free port, once it listens. */
export async function startService(name: string, env: Variables): Promise<Running> {
  const { child, ended, output } = run(`services/${name}`, 'main.ts', { PORT: '0', ...env });
  let over = false;
  void ended.then(() => (over = true));
  const port = await eventually(
    () => {
      if (over) throw new Error(`${name} ended:\n${output()}`);
      return /"address":"[^"]*:(\d+)","message":"listening"/.exec(output())?.[1];
    },
    `${name} listens`,
    45,
  );
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    output,
    async stop() {
      child.kill('SIGTERM');
      return (await ended).code;
    },
  };
}

export function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** Looks again and again until there is something, or a deadline is over. What `look` throws ends it. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  what: string,
  seconds = 15,
): Promise<NonNullable<Exclude<T, false>>> {
  const until = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false)
      return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > until) throw new Error(`it did not come about within ${seconds} s that ${what}`);
    await wait(25);
  }
}

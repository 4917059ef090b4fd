import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Block } from './docs-blocks.ts';

/** A place like the one a reader sits in: a clone of his own, with `fairway` on PATH. */
export interface ReadersPlace {
  run(block: Block & { readonly how: 'sh' | 'ts' }): Promise<Outcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Outcome {
  readonly exitCode: number;
  /** Both outputs, in the order they came. */
  readonly output: string;
}

const deadlineMillis = 110_000;
const left = new Set(['node_modules', '.git', '.fairway', '.tools', 'coverage']);

/**
 * Copies the project (without what is installed or generated) into a temporary folder and links the installed packages
 * there. The blocks of one page share a place and run from its root in order, each in a shell of its own.
 */
export async function readersPlace(root: string): Promise<ReadersPlace> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fairway docs ')));
  await chmod(folder, 0o755); // servers of another user must reach their data in it, as in a clone
  await cp(root, folder, {
    recursive: true,
    filter: (path) =>
      !path
        .slice(root.length)
        .split('/')
        .some((part) => left.has(part)),
  });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, '.tools', 'bin'), { recursive: true });
  await symlink(process.execPath, join(folder, '.tools', 'bin', 'node'));
  await stampSetUp(folder);
  const path = `${folder}:${join(folder, '.tools', 'bin')}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH: path, NO_COLOR: '1', CI: 'true' };
  return {
    run: (block) => runBlock(block, folder, env),
    [Symbol.asyncDispose]: async () => {
      killEverythingIn(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The launcher takes a stamp that is newer than the lockfile for a finished set-up; the linked packages are not ours to change. */
async function stampSetUp(folder: string): Promise<void> {
  const stamp = join(folder, '.tools', 'packages');
  const later = Date.now() / 1_000 + 3_600;
  await writeFile(stamp, 'linked');
  await utimes(stamp, later, later);
}

/** What a page started and, having failed halfway, did not stop: services are built to outlive who started them. */
function killEverythingIn(folder: string): void {
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it has ended, or is not ours to look at
    }
  }
}

async function runBlock(
  { how, text }: Block & { readonly how: 'sh' | 'ts' },
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  if (how === 'sh')
    return runProgram('bash', ['-eu', '-o', 'pipefail', '-c', withoutPrompts(text)], folder, env);
  const file = join(folder, 'docs-block.ts');
  await writeFile(file, text);
  try {
    return await runProgram(process.execPath, [file], folder, env);
  } finally {
    await rm(file, { force: true });
  }
}

/** A line may begin with `$ `; then the lines without are what it prints, and are not run. */
export function withoutPrompts(text: string): string {
  const lines = text.split('\n');
  const prompted = lines.filter((line) => line.startsWith('$ '));
  return prompted.length === 0 ? text : prompted.map((line) => line.slice(2)).join('\n');
}

function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that nothing a block started outlives it.
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const endGroup = () => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // everything in it has ended
      }
    };
    const deadline = setTimeout(() => {
      output += `\n(not done after ${deadlineMillis / 1_000} s)`;
      endGroup();
    }, deadlineMillis);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(deadline);
      endGroup();
      resolve({ exitCode: code ?? 1, output });
    });
  });
}

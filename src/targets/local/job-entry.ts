import { spawn } from 'node:child_process';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '#process';

/**
 * `node job-entry.ts FOLDER MILLIS GRACE COMMAND…`: runs a command once, at most so long, and writes down how it ended. It
 * leads the command's process group and outlives the control plane. Who links `claim.json` first runs the command; every
 * other start of the same run ends at once.
 */
const [folder = '', timeout = '', grace = '', program = '', ...args] = process.argv.slice(2);
// Meant for the command, which is in the same group; this process ends after it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
if (isClaimed() && !existsSync(join(folder, 'result.json'))) run();

function isClaimed(): boolean {
  const draft = join(folder, `claim.${process.pid}.new`);
  try {
    writeFileSync(draft, JSON.stringify(identify(process.pid)), { flush: true });
    linkSync(draft, join(folder, 'claim.json'));
    return true;
  } catch {
    return false; // another start of this run was first, or the disk is full: then nothing is run
  } finally {
    rmSync(draft, { force: true });
  }
}

function run(): void {
  let isLate = false;
  const { FAIRWAY_NODE_OPTIONS: nodeOptions, ...env } = process.env;
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: nodeOptions === undefined ? env : { ...env, NODE_OPTIONS: nodeOptions },
  });
  child.once('error', (reason: NodeJS.ErrnoException) => end(null, null, reason.code ?? 'unknown'));
  child.once('exit', (code, signal) => end(code, signal, null));
  after(Number(timeout), () => {
    isLate = true;
    process.kill(-process.pid, 'SIGTERM');
    after(Number(grace), () => end(null, 'SIGKILL', null));
  });

  /** What the command left behind in its group goes as well, this process last of all. */
  function end(code: number | null, signal: string | null, error: string | null): void {
    const draft = join(folder, 'result.new');
    writeFileSync(draft, JSON.stringify({ format: 1, code, signal, error, isLate }), { flush: true });
    renameSync(draft, join(folder, 'result.json'));
    process.kill(-process.pid, 'SIGKILL');
  }
}

/** Longer than timers go is as good as never. */
function after(length: number, act: () => void): void {
  if (length < 2_147_483_647) AbortSignal.timeout(length).addEventListener('abort', act);
}

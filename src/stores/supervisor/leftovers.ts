import { readdirSync, readlinkSync } from 'node:fs';
import { basename, sep } from 'node:path';
import { type Clock, type Millis, millis } from '#kernel';
import { identify, isRunning } from '#process';

/**
 * Kills processes of a server that work in its home though no server is known to run: the children a crash left behind,
 * or one that was started just before the control plane died and never noted. They would keep the data locked. Such a
 * process runs one of the kind's own `programs` in the home; looked for on Linux only.
 */
export async function endLeftovers(
  home: string,
  programs: readonly string[],
  clock: Clock,
  wait: Millis,
): Promise<void> {
  const found = processesIn(home)
    .filter((pid) => programs.includes(basename(linkOf(pid, 'exe') ?? '').replace(/ \(deleted\)$/, '')))
    .flatMap((pid) => identify(pid) ?? []);
  for (const { pid } of found) kill(pid);
  const until = clock.now() + wait;
  while (found.some(isRunning) && clock.now() < until) await clock.sleep(millis(10));
}

function processesIn(home: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const place = linkOf(pid, 'cwd');
      return pid !== process.pid && (place === home || place?.startsWith(home + sep) === true);
    });
}

/** Null where the process is gone or belongs to somebody else. */
function linkOf(pid: number, name: 'cwd' | 'exe'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return null;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

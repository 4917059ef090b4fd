import type { Clock, Millis } from '#kernel';
import { millis } from '#kernel';
import { isRunning, type ProcessIdentity } from './identity.ts';

/** How a process came to its end. */
export type Ending = 'gone' | 'graceful' | 'killed';

/**
 * Asks a process group to end (SIGTERM, or the signal given), waits for `grace`, then kills the whole group. Resolves
 * when the process is gone; a process that is gone already is no failure. Aborting the signal shortens the grace to 0.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: { grace: Millis; clock: Clock; signal?: AbortSignal; first?: NodeJS.Signals },
): Promise<Ending> {
  if (!isRunning(identity)) return 'gone';
  signalProcess(identity.pid, options.first ?? 'SIGTERM');
  const until = options.clock.now() + options.grace;
  while (options.clock.now() < until && options.signal?.aborted !== true) {
    await options.clock.sleep(millis(20), options.signal);
    if (!isRunning(identity)) {
      signalGroup(identity.pid, 'SIGKILL'); // children it left behind
      return 'graceful';
    }
  }
  signalGroup(identity.pid, 'SIGKILL');
  while (isRunning(identity)) await options.clock.sleep(millis(20));
  return 'killed';
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended between the look and the signal
  }
}

/** Signals every process of the group that `pid` leads. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is empty
  }
}

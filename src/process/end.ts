import type { Clock, Instant, Millis } from '#kernel';
import { after, millis, seconds } from '#kernel';
import { isRunning, type ProcessIdentity } from './identity.ts';

/** How a process came to its end. */
export type Ending = 'gone' | 'graceful' | 'killed';

/**
 * Asks a process group to end (SIGTERM, or the signal given; 0: it has been asked already), waits for `grace`, then kills the whole group. Resolves
 * when the process is gone; a process that is gone already is no failure. Aborting the signal shortens the grace to 0.
 * A process that the kernel itself holds fast (a dead disk) is given up after 30 s: ask `isRunning` where it matters.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: { grace: Millis; clock: Clock; signal?: AbortSignal; first?: NodeJS.Signals | 0 },
): Promise<Ending> {
  const { clock, grace, signal } = options;
  if (!isRunning(identity)) return 'gone';
  signalProcess(identity.pid, options.first ?? 'SIGTERM');
  if (await isGoneBy(identity, after(clock.now(), grace), clock, signal)) {
    signalGroup(identity.pid, 'SIGKILL'); // children it left behind
    return 'graceful';
  }
  signalGroup(identity.pid, 'SIGKILL');
  await isGoneBy(identity, after(clock.now(), seconds(30)), clock);
  return 'killed';
}

async function isGoneBy(
  identity: ProcessIdentity,
  until: Instant,
  clock: Clock,
  signal?: AbortSignal,
): Promise<boolean> {
  while (clock.now() < until && signal?.aborted !== true) {
    await clock.sleep(millis(20), signal);
    if (!isRunning(identity)) return true;
  }
  return false;
}

function signalProcess(pid: number, signal: NodeJS.Signals | 0): void {
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

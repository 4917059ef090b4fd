import { type Clock, type Millis, millis } from '#kernel';
import { endProcess, isRunning, type ProcessIdentity } from '#process';

/**
 * Ends a server: each signal in turn, the next when it is still there after `patience`, SIGKILL at last. Aborting the
 * signal goes on to the last one at once. Resolves when the process is gone.
 */
export async function endServer(
  server: ProcessIdentity,
  options: {
    signals: readonly [NodeJS.Signals, ...NodeJS.Signals[]];
    patience: Millis;
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<void> {
  const { signals, patience, clock, signal } = options;
  for (const polite of signals.slice(0, -1)) {
    const until = clock.now() + patience;
    send(server, polite);
    while (isRunning(server) && clock.now() < until && !signal.aborted) {
      await clock.sleep(millis(20), signal);
    }
  }
  await endProcess(server, { first: signals.at(-1) ?? signals[0], grace: patience, clock, signal });
}

function send(server: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isRunning(server)) process.kill(server.pid, signal);
  } catch {
    // it ended between the look and the signal
  }
}

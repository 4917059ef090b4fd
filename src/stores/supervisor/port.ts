import { after, type Clock, millis, ok, type Random, type Result } from '#kernel';
import { freePort, probePort } from '#process';

/**
 * Below the ports that systems hand out to outgoing connections (Linux from 32768, macOS from 49152): a port from there
 * may be some connection's by the time its server is restarted, and its address would change without need.
 */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 20;

/** The port a server had before when it is free; another one where that is taken or there was none. */
export async function choosePort(
  former: number | null,
  clock: Clock,
  random: Random,
): Promise<Result<number>> {
  if (former !== null && (await becomesFree(former, clock))) return ok(former);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await probePort(FIRST + Math.floor(random() * (LAST - FIRST)));
    if (found.ok) return found;
  }
  return freePort();
}

/** A process that was killed counts as gone a moment before the last of its threads has let go of the port. */
async function becomesFree(port: number, clock: Clock): Promise<boolean> {
  const until = after(clock.now(), millis(500));
  for (;;) {
    if ((await probePort(port)).ok) return true;
    if (clock.now() >= until) return false;
    await clock.sleep(millis(20));
  }
}

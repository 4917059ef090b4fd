import type { Service } from '#core/system';
import { type Clock, type Millis, millis } from '#kernel';
import { askReplica } from './ask.ts';
import { type Advice, type Health, judge, nextProbe } from './health.ts';

/** How often we look whether a replica that drains has been given back its work; nobody is kept waiting by it. */
const idle = millis(200);

/**
 * Asks a process its probes, one after the other, until the signal says that it is gone or that nobody watches any
 * more. While it does not serve it is left in peace: a drain is never overwritten by a probe.
 */
export async function probeUntil(
  signal: AbortSignal,
  options: {
    readonly clock: Clock;
    readonly probes: Service['probes'];
    readonly health: () => Health;
    /** The port while it serves; null otherwise. */
    readonly port: () => number | null;
    readonly report: (health: Health, advice: Advice) => Promise<void>;
  },
): Promise<void> {
  while (!signal.aborted) {
    const wait = await probeOnce(signal, options);
    if (wait > 0) await options.clock.sleep(wait, signal);
  }
}

async function probeOnce(
  signal: AbortSignal,
  { clock, probes, health, port, report }: Parameters<typeof probeUntil>[1],
): Promise<Millis> {
  const asked = port();
  if (asked === null) return idle;
  const next = nextProbe(health(), probes, clock.now());
  if ('wait' in next) return next.wait;
  const answer = await askReplica(asked, probes[next.ask], clock, signal);
  if (signal.aborted || port() === null) return millis(0);
  const judged = judge(health(), probes, next.ask, answer, clock.now());
  await report(judged.health, judged.advice);
  return millis(0);
}

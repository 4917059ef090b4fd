import { setTimeout as wait } from 'node:timers/promises';
import { instant, seconds, seededRandom } from '#kernel';
import { type LoadReport, startLoad } from '#load';
import { demoPlan } from '../../src/host/demo-plan.ts';

const clock = {
  now: () => instant(Date.now()),
  sleep: (length: number, signal?: AbortSignal) =>
    wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** Nothing is timed here: slow on a machine that does everything else as well is not lost. */
const patience = seconds(60);

/** Constant load on the journal's edge by logged-in users with keep-alive connections, and open WebSockets. */
export async function journalLoad(target: string, rate: number, sockets: number) {
  const stop = new AbortController();
  const plan = demoPlan(target);
  const started = await startLoad(
    // A user keeps to one version: with few of them a canary of 10 % may have none at all.
    {
      ...plan,
      rate,
      users: 80,
      connections: 200,
      timeout: patience,
      sockets: plan.sockets && { ...plan.sockets, count: sockets },
    },
    { clock, random: seededRandom(7), monotonic: () => performance.now(), signal: stop.signal },
  );
  if (!started.ok) throw new Error(`the load did not begin: ${JSON.stringify(started.error)}`);
  const run = started.value;
  return {
    snapshot: () => run.snapshot(),
    end(): Promise<LoadReport> {
      stop.abort();
      return run.done;
    },
  };
}

/** What a test says when requests failed though none should have. */
export const failuresOf = (report: LoadReport) =>
  JSON.stringify(
    {
      requests: report.requests,
      failures: report.failures,
      sockets: report.sockets,
      samples: report.samples,
    },
    null,
    1,
  );

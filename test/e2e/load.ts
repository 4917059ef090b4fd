import { setTimeout as wait } from 'node:timers/promises';
import { instant, seconds, seededRandom } from '#kernel';
import { type LoadPlan, type LoadReport, startLoad } from '#load';

const clock = {
  now: () => instant(Date.now()),
  sleep: (length: number, signal?: AbortSignal) =>
    wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** Nothing is timed here: slow on a machine that does everything else as well is not lost. */
const patience = seconds(60);

/** Constant load on a system by its plan, until it is ended. */
export async function steadyLoad(plan: LoadPlan) {
  const stop = new AbortController();
  const started = await startLoad(
    { ...plan, timeout: patience },
    { clock, random: seededRandom(7), monotonic: () => performance.now(), signal: stop.signal },
  );
  if (!started.ok) throw new Error(`the load did not begin: ${JSON.stringify(started.error)}`);
  const run = started.value;
  const end = (): Promise<LoadReport> => {
    stop.abort();
    return run.done;
  };
  return {
    snapshot: () => run.snapshot(),
    end,
    /** A test that fails leaves no load behind for the next one. */
    async [Symbol.asyncDispose]() {
      await end();
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

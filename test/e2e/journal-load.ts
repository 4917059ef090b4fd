import { setTimeout as wait } from 'node:timers/promises';
import { instant, seededRandom } from '#kernel';
import { defaultLoadPlan, type LoadReport, startLoad } from '#load';

const clock = {
  now: () => instant(Date.now()),
  sleep: (length: number, signal?: AbortSignal) =>
    wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** Constant load on the journal's edge by logged-in users with keep-alive connections, and open WebSockets. */
export async function journalLoad(target: string, rate: number, sockets: number) {
  const stop = new AbortController();
  const get = (path: string, weight: number) => ({
    method: 'GET',
    path,
    headers: {},
    body: null,
    weight,
    expect: null,
  });
  const started = await startLoad(
    {
      ...defaultLoadPlan,
      target,
      rate,
      users: 30,
      connections: 200,
      mix: [get('/auth/me', 6), get('/api/trades', 3), get('/healthz', 1)],
      session: {
        steps: [
          {
            method: 'POST',
            path: '/auth/login',
            headers: {},
            body: JSON.stringify({ email: 'demo@example.com', password: 'demo-password' }),
            expect: null,
          },
        ],
        csrf: { field: 'csrfToken', header: 'x-csrf-token' },
      },
      sockets: { count: sockets, path: '/ws', headers: {}, traffic: { kind: 'ping', every: 5_000 as never } },
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

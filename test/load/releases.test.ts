import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { instant, millis, type Result, seconds, seededRandom } from '#kernel';
import { defaultLoadPlan, type LoadPlan, type PlannedRequest, startLoad } from '#load';
import { freePort } from '#process';
import { startRouter } from '#router';
import { failuresOf } from '../e2e/journal-load.ts';
import { startCallers } from './callers.ts';
import { createFleet } from './fleet.ts';
import { kinds, startReleases } from './releases.ts';

/**
 * How many requests and releases: 50,000 and 30, which two slow processors do in about a minute. The long run is
 * `FAIRWAY_LOAD_REQUESTS=1000000 npm run test:load`, with 100 releases.
 */
const requests = Number(process.env['FAIRWAY_LOAD_REQUESTS'] ?? 50_000);
const releases = Number(process.env['FAIRWAY_LOAD_RELEASES'] ?? (requests >= 1_000_000 ? 100 : 30));
/** Requests per second of the readers. */
const rate = Number(process.env['FAIRWAY_LOAD_READS'] ?? 1_000);

const clock = {
  now: () => instant(Date.now()),
  sleep: (length: number, signal?: AbortSignal) =>
    wait(length, undefined, signal ? { signal } : {}).catch(() => undefined),
};

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code} ${JSON.stringify(result.error.facts)}`);
  return result.value;
}

const reads = (path: string, weight: number): PlannedRequest => ({
  method: 'GET',
  path,
  headers: {},
  body: null,
  weight,
  expect: [200],
});

const planFor = (target: string): LoadPlan => ({
  ...defaultLoadPlan,
  target,
  rate,
  users: 100,
  connections: 100,
  timeout: seconds(60),
  mix: [reads('/', 18), reads('/slow?20', 1), reads('/slow?150', 1)],
  sockets: { count: 30, path: '/ws', headers: {}, traffic: { kind: 'ping', every: millis(2_000) } },
});

test(`${releases} releases under ${requests} requests, WebSockets and events lose nothing`, {
  timeout: 120_000 + (requests / rate) * 6_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-load-'));
  await using fleet = createFleet();
  const stopping = new AbortController();
  const router = value(await startRouter({ folder, clock, signal: stopping.signal }));
  try {
    const port = value(await freePort());
    const target = `http://127.0.0.1:${port}`;
    const line = await startReleases(
      () => router,
      fleet,
      () => callers,
      port,
    );
    const callers = startCallers(target, 8, 10);
    const world = {
      clock,
      random: seededRandom(7),
      monotonic: () => performance.now(),
      signal: stopping.signal,
    };
    const load = value(await startLoad(planFor(target), world));
    const began = performance.now();
    for (let release = 0; release < releases; release += 1) {
      await line.perform(kinds[release % kinds.length] ?? 'rolling');
      // The releases are spread evenly over the requests.
      const due = Math.floor((requests * (release + 1)) / releases);
      while (load.snapshot().requests.sent + callers.counts.posts < due) await wait(20);
      if ((release + 1) % 10 === 0) {
        const { sent, failed } = load.snapshot().requests;
        console.log(`${release + 1} releases, ${sent} requests, ${failed + callers.failures.length} failed`);
      }
    }
    await line.settle();
    await callers.end();
    const before = load.snapshot();
    stopping.abort();
    const report = await load.done;
    const took = (performance.now() - began) / 1_000;
    const sent = report.requests.sent + callers.counts.posts + callers.counts.pieces;
    const state = value(await router.state());
    console.log(
      `zero loss of the router: ${sent} requests in ${took.toFixed(0)} s (${(sent / took).toFixed(0)}/s), ` +
        `${report.requests.failed + callers.failures.length} failed; ${releases} releases, ${line.tables()} tables, ` +
        `${fleet.started()} replicas; sockets ${JSON.stringify(before.sockets)}; callers ${JSON.stringify(callers.counts)}; ` +
        `latency ${JSON.stringify(report.latency)}`,
    );
    expect(callers.failures).toEqual([]);
    expect(report.requests.failed, failuresOf(report)).toBe(0);
    expect(before.sockets.abnormal, failuresOf(before)).toBe(0);
    expect(before.sockets.notOpened, failuresOf(before)).toBe(0);
    expect(sent).toBeGreaterThanOrEqual(requests);
    // Drains cut nothing but streams of events, which their callers see end in order.
    expect(line.cut()).toBeLessThanOrEqual(callers.counts.streamsEnded);
    expect(state.counts.reduce((sum, { failures }) => sum + failures, 0)).toBe(callers.counts.streamsKilled);
  } finally {
    stopping.abort();
    value(await router.stop());
    await rm(folder, { recursive: true, force: true });
  }
});

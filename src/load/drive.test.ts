import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { millis, type Result, seconds } from '#kernel';
import { freePort } from '#process';
import { driveLoad, startLoad } from './drive.ts';
import type { LoadReport } from './report.ts';
import { never, planFor, planned, startServer, testWorld } from './testbed.fixture.ts';

type Server = Awaited<ReturnType<typeof startServer>>;
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
async function serve(...parts: Parameters<typeof startServer>): Promise<Server> {
  const server = await startServer(...parts);
  servers.push(server);
  return server;
}
function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
const noFailures = {
  status_4xx: 0,
  status_5xx: 0,
  unexpected_status: 0,
  refused: 0,
  reset: 0,
  timeout: 0,
  other: 0,
};

describe('requests', () => {
  it('sends exactly as many as planned and counts them all as succeeded', async () => {
    const server = await serve((_, response) => response.end('fine'));
    const report = valueOf(await driveLoad(planFor(server.target, { requests: 500 }), testWorld()));
    expect(server.received).toHaveLength(500);
    expect(report).toMatchObject({ state: 'complete', failures: noFailures, samples: [] });
    expect(report.requests).toMatchObject({
      planned: 500,
      sent: 500,
      succeeded: 500,
      failed: 0,
      cancelled: 0,
      inFlight: 0,
      unsent: 0,
    });
    expect(report.revisions).toEqual([
      { revision: null, requests: 500, failed: 0, p95: expect.any(Number) as number },
    ]);
  });

  const behaviours: Record<string, (response: ServerResponse) => unknown> = {
    '/redirect': (response) => response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
    '/created': (response) => response.writeHead(201).end(),
    '/missing': (response) => response.writeHead(404).end('no such thing'),
    '/broken': (response) => response.writeHead(500).end('it broke'),
    '/unavailable': (response) => response.writeHead(503).end(),
    '/cut': (response) => response.destroy(),
    '/reset': (response) => response.socket?.resetAndDestroy(),
    '/cut-within': (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    },
    '/cut-within-chunks': (response) => response.write('half', () => response.destroy()),
    '/silent': () => {},
    '/stalls': (response) => response.write('half'),
    '/garbled': (response) => response.socket?.end('this is no HTTP\r\n\r\n'),
  };

  it.each([
    ['/redirect         ', null, {}],
    ['/created          ', null, {}],
    ['/created          ', [201], {}],
    ['/missing          ', [404], {}],
    ['/created          ', [200], { unexpected_status: 20 }],
    ['/missing          ', null, { status_4xx: 20 }],
    ['/broken           ', null, { status_5xx: 20 }],
    ['/unavailable      ', [200], { status_5xx: 20 }],
    ['/cut              ', null, { reset: 20 }],
    ['/reset            ', null, { reset: 20 }],
    ['/cut-within       ', null, { reset: 20 }],
    ['/cut-within-chunks', null, { reset: 20 }],
    ['/silent           ', null, { timeout: 20 }],
    ['/stalls           ', null, { timeout: 20 }],
    ['/garbled          ', null, { other: 20 }],
  ])('to %s expecting %j fail as %j', async (padded, expected, failures) => {
    const path = padded.trim();
    const server = await serve((request, response) => behaviours[request.url ?? '']?.(response));
    const mix = [planned({ path, expect: expected })];
    const timeout = path === '/silent' || path === '/stalls' ? millis(60) : seconds(20);
    const report = valueOf(
      await driveLoad(planFor(server.target, { requests: 20, mix, timeout }), testWorld()),
    );
    expect(report.failures).toEqual({ ...noFailures, ...failures });
    const failed = Object.keys(failures).length === 0 ? 0 : 20;
    expect(report.requests).toMatchObject({ sent: 20, succeeded: 20 - failed, failed, cancelled: 0 });
    expect(report.samples).toHaveLength(Math.min(failed, 10));
    expect(server.received).toHaveLength(20);
  });

  it('to a port where nobody listens are refused', async () => {
    const port = valueOf(await freePort());
    for (const host of ['127.0.0.1', 'localhost']) {
      const plan = planFor(`http://${host}:${port}`, { requests: 20 });
      const report = valueOf(await driveLoad(plan, testWorld()));
      expect(report.failures).toEqual({ ...noFailures, refused: 20 });
      expect(report.latency).toBeNull();
    }
  });

  it('that fail among good ones are counted exactly, by revision too', async () => {
    const server = await serve((_, response, number) => {
      response.setHeader('x-fairway-revision', number % 4 === 0 ? 'new' : 'old');
      response.writeHead(number % 20 === 0 ? 500 : 200).end('x');
    });
    const report = valueOf(await driveLoad(planFor(server.target, { requests: 400 }), testWorld()));
    expect(report.requests).toMatchObject({ succeeded: 380, failed: 20 });
    expect(report.failures).toEqual({ ...noFailures, status_5xx: 20 });
    const revisions = report.revisions.map(({ revision, requests, failed }) => ({
      revision,
      requests,
      failed,
    }));
    expect(revisions).toEqual([
      { revision: 'old', requests: 300, failed: 0 },
      { revision: 'new', requests: 100, failed: 20 },
    ]);
  });

  it('leave samples of the first failures: when, what, and what was answered', async () => {
    const server = await serve((_, response) => {
      response.setHeader('x-fairway-revision', 'r1');
      response.writeHead(503).end('z'.repeat(1_000));
    });
    const mix = [planned({ method: 'DELETE', path: '/order' })];
    const report = valueOf(await driveLoad(planFor(server.target, { requests: 1, mix }), testWorld()));
    expect(report.samples).toEqual([
      {
        at: expect.any(Number) as number,
        request: 'DELETE /order',
        kind: 'status_5xx',
        status: 503,
        revision: 'r1',
        text: 'z'.repeat(160),
      },
    ]);
  });

  it('are drawn from the mix by weight, with their headers, bodies and placeholders', async () => {
    const server = await serve((_, response) => response.end());
    const mix = [
      planned({ path: '/read?by={user}', weight: 3 }),
      planned({
        method: 'POST',
        path: '/write',
        headers: { 'Idempotency-Key': 'k{request}' },
        body: '{"n":{request}}',
      }),
    ];
    const plan = planFor(`${server.target}/base/`, { requests: 400, users: 3, mix });
    valueOf(await driveLoad(plan, testWorld()));
    const reads = server.received.filter(({ method }) => method === 'GET');
    const writes = server.received.filter(({ method }) => method === 'POST');
    expect(reads.length + writes.length).toBe(400);
    expect(reads.length).toBeGreaterThan(250);
    expect(reads.length).toBeLessThan(350);
    expect(new Set(reads.map(({ url }) => url))).toEqual(
      new Set([1, 2, 3].map((user) => `/base/read?by=${user}`)),
    );
    for (const { url, headers, body } of writes) {
      const number = /\d+/.exec(body)?.[0] ?? 'none';
      expect([url, headers['content-type'], headers['idempotency-key'], body]).toEqual([
        '/base/write',
        'application/json',
        `k${number}`,
        `{"n":${number}}`,
      ]);
    }
    expect(new Set(writes.map(({ body }) => body)).size).toBe(writes.length);
  });
});

describe('the pace', () => {
  /** Answers nothing until it is let go. */
  function holding() {
    const waiting: ServerResponse[] = [];
    let open = false;
    let most = 0;
    return {
      answer: (_: unknown, response: ServerResponse) => {
        if (open) return void response.end();
        waiting.push(response);
        most = Math.max(most, waiting.length);
      },
      letGo() {
        open = true;
        for (const response of waiting.splice(0)) response.end();
      },
      most: () => most,
    };
  }

  it('goes on while the system stalls: waiting requests are late, none is dropped, their latency counts from their time', async () => {
    const gate = holding();
    const server = await serve(gate.answer);
    const plan = planFor(server.target, { requests: 100, connections: 5, rate: 1_000 });
    const run = valueOf(await startLoad(plan, testWorld()));
    await expect.poll(() => run.snapshot().requests.planned, { interval: 5 }).toBe(100);
    expect(run.snapshot().requests).toMatchObject({ sent: 5, inFlight: 5, unsent: 95, succeeded: 0 });
    await expect.poll(gate.most, { interval: 5 }).toBe(5);
    const stalled = run.snapshot().elapsed;
    gate.letGo();
    const report = await run.done;
    expect(report.requests).toMatchObject({ sent: 100, succeeded: 100, late: 95, unsent: 0 });
    expect(server.received).toHaveLength(100);
    // request 50 should have started 50 ms after the first: it has waited at least for the rest of the stall
    expect(report.latency?.p50).toBeGreaterThan((stalled - 50) * 0.98);
  });

  it('ends with its time: what found no connection until then is reported as unsent', async () => {
    const server = await serve(holding().answer);
    const plan = planFor(server.target, {
      duration: millis(200),
      connections: 2,
      rate: 100,
      timeout: millis(400),
    });
    const report = valueOf(await driveLoad(plan, testWorld()));
    expect(report.requests).toEqual({
      planned: 20,
      sent: 2,
      succeeded: 0,
      failed: 2,
      cancelled: 0,
      inFlight: 0,
      late: 0,
      unsent: 18,
    });
    expect(report.failures).toEqual({ ...noFailures, timeout: 2 });
  });

  it('never exceeds the rate: the requests of a time are exactly those whose moment lies in it', async () => {
    const moments: number[] = [];
    const server = await serve((_, response) => {
      moments.push(performance.now());
      response.end();
    });
    const before = performance.now();
    const report = valueOf(
      await driveLoad(planFor(server.target, { duration: millis(500), rate: 90 }), testWorld()),
    );
    for (const [index, moment] of moments.entries()) {
      expect(index).toBeLessThanOrEqual((moment - before) * 0.09);
    }
    const { planned: all, sent, unsent } = report.requests;
    expect([all, sent + unsent]).toEqual([45, 45]);
    expect(server.received).toHaveLength(sent);
  });

  it('stops at once when its signal is aborted, and counts what was under way as cancelled', async () => {
    const server = await serve(holding().answer);
    const stop = new AbortController();
    const plan = planFor(server.target, { connections: 7, timeout: never });
    const run = valueOf(await startLoad(plan, testWorld({ signal: stop.signal })));
    await expect.poll(() => run.snapshot().requests.inFlight).toBe(7);
    expect(run.snapshot().state).toBe('running');
    stop.abort();
    const report = await run.done;
    expect(report.state).toBe('stopped');
    expect(report.requests).toMatchObject({ sent: 7, succeeded: 0, failed: 0, cancelled: 7, inFlight: 0 });
    expect(report.failures).toEqual(noFailures);
  });

  it('reports about once a second while it runs', async () => {
    const server = await serve((_, response) => response.end());
    const seen: LoadReport[] = [];
    // a clock that runs fifty times as fast
    const world = testWorld({
      monotonic: () => performance.now() * 50,
      onProgress: (report) => seen.push(report),
    });
    const final = valueOf(await driveLoad(planFor(server.target, { duration: seconds(20), rate: 5 }), world));
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.length).toBeLessThanOrEqual(20);
    const inSeconds = seen.map(({ elapsed }) => Math.floor(elapsed / 1_000));
    expect(new Set(inSeconds).size).toBe(seen.length);
    expect(seen.every(({ state }) => state === 'running')).toBe(true);
    expect(final).toMatchObject({ state: 'complete', requests: { planned: 100 } });
  });
});

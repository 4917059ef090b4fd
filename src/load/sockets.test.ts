import { afterEach, describe, expect, it } from 'vitest';
import { millis } from '#kernel';
import { type LoadRun, startLoad } from './drive.ts';
import type { PlannedSockets } from './plan.ts';
import { never, planFor, planned, startServer, testWorld } from './testbed.fixture.ts';

describe('sockets', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  const stop = { now: () => {} };
  afterEach(async () => {
    stop.now();
    await server.close();
  });

  async function hold(
    sockets: Partial<PlannedSockets>,
    parts: Parameters<typeof planFor>[1] = {},
  ): Promise<LoadRun> {
    const controller = new AbortController();
    stop.now = () => controller.abort();
    const all: PlannedSockets = { count: 5, path: '/ws', headers: {}, traffic: { kind: 'none' }, ...sockets };
    const plan = planFor(server.target, { rate: 0, timeout: never, sockets: all, ...parts });
    const run = await startLoad(plan, testWorld({ signal: controller.signal }));
    if (!run.ok) throw new Error(JSON.stringify(run.error));
    return run.value;
  }
  const until = (look: () => number | undefined) => expect.poll(look, { interval: 5, timeout: 15_000 });
  const nothing = { opened: 0, reopened: 0, open: 0, notOpened: 0, messages: 0, closed: {}, abnormal: 0 };

  it('are all held open, and closed with 1000 at the end, which is no close that counts', async () => {
    const codes: number[] = [];
    server = await startServer(
      (_, response) => response.end(),
      (socket) => socket.on('close', (code) => codes.push(code)),
    );
    const run = await hold({ count: 8 });
    await until(() => run.snapshot().sockets.open).toBe(8);
    expect(run.snapshot().state).toBe('running');
    stop.now();
    const report = await run.done;
    expect(report.sockets).toEqual({ ...nothing, opened: 8 });
    expect(report.samples).toEqual([]);
    await until(() => codes.length).toBe(8);
    expect(codes).toEqual(Array.from({ length: 8 }, () => 1000));
  });

  it('stay open for the whole time of a run without requests', async () => {
    server = await startServer((_, response) => response.end());
    const run = await hold({ count: 2 }, { duration: millis(300) });
    const report = await run.done;
    expect(report.elapsed).toBeGreaterThanOrEqual(300);
    expect(report).toMatchObject({
      state: 'complete',
      requests: { planned: 0, sent: 0 },
      sockets: { opened: 2 },
    });
  });

  it('count the messages they receive', async () => {
    server = await startServer(
      (_, response) => response.end(),
      (socket) => socket.on('message', (data: Buffer) => socket.send(`${data.toString()}!`)),
    );
    const run = await hold({ count: 3, traffic: { kind: 'message', every: millis(10), text: 'hello' } });
    await until(() => run.snapshot().sockets.messages).toBeGreaterThan(9);
    expect(run.snapshot().sockets).toMatchObject({ opened: 3, abnormal: 0 });
  });

  it.each([1001, 1012])(
    'that are closed with %i come again soon, and nothing of it is a failure',
    async (code) => {
      server = await startServer((_, response) => response.end());
      const run = await hold({});
      await until(() => run.snapshot().sockets.open).toBe(5);
      for (const socket of server.sockets()) socket.close(code, 'restart');
      await until(() => run.snapshot().sockets.reopened).toBe(5);
      await until(() => run.snapshot().sockets.open).toBe(5);
      stop.now();
      const report = await run.done;
      expect(report.sockets).toEqual({ ...nothing, opened: 10, reopened: 5, closed: { [code]: 5 } });
      expect(report.samples).toEqual([]);
    },
  );

  it('that are cut are abnormal, leave a sample, and come again', async () => {
    server = await startServer((_, response) => response.end());
    const run = await hold({});
    await until(() => run.snapshot().sockets.open).toBe(5);
    for (const socket of server.sockets().slice(0, 2)) socket.terminate();
    await until(() => run.snapshot().sockets.reopened).toBe(2);
    stop.now();
    const report = await run.done;
    expect(report.sockets).toEqual({ ...nothing, opened: 7, reopened: 2, abnormal: 2 });
    expect(report.samples.map(({ kind, request }) => `${kind} ${request}`)).toEqual([
      'socket_cut GET /ws',
      'socket_cut GET /ws',
    ]);
    expect(report.requests.failed).toBe(0);
  });

  it('that nobody answers on are found by their pings and cut', async () => {
    server = await startServer(
      (_, response) => response.end(),
      () => {},
      { autoPong: false },
    );
    const traffic = { kind: 'ping', every: millis(20) } as const;
    const run = await hold({ count: 2, traffic }, { timeout: millis(200) });
    await until(() => run.snapshot().sockets.abnormal).toBeGreaterThanOrEqual(2);
    expect(run.snapshot().sockets.closed).toEqual({});
    expect(run.snapshot().samples[0]?.text).toMatch(/^no ping was answered for \d+ ms$/);
  });

  it('that are slow to answer are not cut: slow is not lost', async () => {
    let late = 0;
    server = await startServer(
      (_, response) => response.end(),
      (socket) =>
        socket.on('ping', (data: Buffer) => {
          late += 1;
          if (late > 8) socket.pong(data);
        }),
      { autoPong: false },
    );
    const run = await hold({ count: 1, traffic: { kind: 'ping', every: millis(20) } });
    await until(() => late).toBeGreaterThan(10);
    expect(run.snapshot().sockets).toEqual({ ...nothing, opened: 1, open: 1 });
  });

  it('that answer pings stay open', async () => {
    let pings = 0;
    server = await startServer(
      (_, response) => response.end(),
      (socket) => socket.on('ping', () => (pings += 1)),
    );
    const run = await hold({ count: 2, traffic: { kind: 'ping', every: millis(100) } });
    await until(() => pings).toBeGreaterThan(6);
    expect(run.snapshot().sockets).toEqual({ ...nothing, opened: 2, open: 2 });
  });

  it('that are refused are counted and tried again until they open', async () => {
    let refusals = 0;
    server = await startServer(
      (_, response) => response.end(),
      () => {},
      { refuseUpgrade: () => (refusals += 1) <= 3 },
    );
    const run = await hold({ count: 2 });
    await until(() => run.snapshot().sockets.open).toBe(2);
    stop.now();
    const report = await run.done;
    expect(report.sockets).toEqual({ ...nothing, opened: 2, notOpened: 3 });
    expect(report.samples[0]).toMatchObject({
      kind: 'socket_not_opened',
      text: 'Unexpected server response: 503',
    });
  });

  it('carry the cookies of their users and the headers of the plan', async () => {
    const seen: string[] = [];
    server = await startServer(
      ({ body }, response) => response.setHeader('set-cookie', `sid=${body}`).end(),
      (_, { headers }) => seen.push(`${headers.cookie ?? ''} ${headers.origin ?? ''}`),
    );
    const step = planned({ method: 'POST', path: '/login', body: '{user}' });
    const run = await hold(
      { count: 4, headers: { origin: 'http://here' } },
      { users: 2, session: { steps: [step], csrf: null } },
    );
    await until(() => run.snapshot().sockets.open).toBe(4);
    expect(seen.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      [1, 1, 2, 2].map((user) => `sid=${user} http://here`),
    );
  });
});

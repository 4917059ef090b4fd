import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitOf } from '../../test/contract/store.ts';
import { instant, type Millis, millis, seconds } from '#kernel';
import type { Store } from '#ports';
import { openPostgresStore } from './postgres.ts';
import { startServer, type TestServer } from './postgres-server.fixture.ts';

describe('the Postgres store in trouble', () => {
  let server: TestServer;
  const undo: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startServer();
  });
  beforeEach(() => server.empty());
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });
  afterAll(() => server.dispose());

  async function opened({
    url = server.url,
    deadline = seconds(5),
  }: {
    url?: string;
    deadline?: Millis;
  } = {}) {
    const result = await openPostgresStore({ url, deadline });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    undo.push(() => result.value.close());
    return result.value;
  }
  const append = (store: Store, stream: string, expected: number, type: string) =>
    store.commit(commitOf({ stream, expected, entries: [{ type, at: instant(0), data: { type } }] }));

  it('loses no acknowledged commit to a kill -9 of the server, and goes on by itself afterwards', async () => {
    const store = await opened();
    for (let round = 1; round <= 3; round += 1) {
      const streams = Array.from({ length: 6 }, (_, place) => `r${round}-${place}`);
      const acknowledged = new Map(streams.map((stream) => [stream, 0]));
      const writing = streams.map(async (stream) => {
        for (let expected = 0; ; expected += 1) {
          const done = await append(store, stream, expected, `e${expected + 1}`);
          if (!done.ok) return done.error.code;
          acknowledged.set(stream, done.value.sequence);
        }
      });
      await expect
        .poll(() => Math.min(...acknowledged.values()), { interval: 1, timeout: 20_000 })
        .toBeGreaterThan(9);
      process.kill(server.pid(), 'SIGKILL');
      expect(new Set(await Promise.all(writing))).toEqual(new Set(['store_unavailable']));
      expect(await store.acquire('engine', 'me', seconds(1), instant(0))).toMatchObject({
        error: { code: 'store_unavailable' },
      });
      await expect(store.last('s')).rejects.toMatchObject({ failure: { code: 'store_unavailable' } });
      await store.giveUp('engine', 'me');

      await server.start();
      for (const [stream, sequence] of acknowledged) {
        const entries = await store.read(stream, 0, 10_000);
        expect(entries.length - sequence).toBeOneOf([0, 1]); // the last one's outcome was open
        expect(entries.map(({ type }) => type)).toEqual(entries.map((_, place) => `e${place + 1}`));
        expect(await store.verify(stream)).toBeNull();
        expect(await append(store, stream, entries.length, 'on')).toMatchObject({ ok: true });
      }
    }
  });

  it('leaves the outcome open when the answer is lost; the same commit again is found out', async () => {
    const line = await cutLine(server.url);
    undo.push(() => line.close());
    const store = await opened({ url: line.url });
    await append(store, 's', 0, 'one');
    line.cutAtNextAnswer();
    expect(await append(store, 's', 1, 'two')).toMatchObject({ error: { code: 'store_unavailable' } });
    expect(await append(store, 's', 1, 'two')).toEqual({
      ok: false,
      error: { code: 'store_conflict', facts: { subject: 'stream s', expected: 1, found: 2 } },
    });
    expect((await store.last('s'))?.type).toBe('two');
  });

  it('does not wait for a server that hangs, and at most one of two tries lands when it wakes', async () => {
    const store = await opened({ deadline: millis(300) });
    await append(store, 's', 0, 'one');
    const { pid } = (
      await server.query(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'fairway' AND pid <> pg_backend_pid()`,
      )
    )[0] as { pid: number };
    process.kill(pid, 'SIGSTOP');
    let stopped = true;
    const wake = () => stopped && process.kill(pid, 'SIGCONT') && (stopped = false);
    undo.push(wake);
    const asked = performance.now();
    expect(await append(store, 's', 1, 'two')).toMatchObject({ error: { code: 'store_unavailable' } });
    expect(performance.now() - asked).toBeLessThan(10_000);
    const again = append(store, 's', 1, 'two');
    wake();
    expect(['done', 'store_conflict']).toContain(
      await again.then((done) => (done.ok ? 'done' : done.error.code)),
    );
    expect((await store.read('s', 0, 10)).map(({ type }) => type)).toEqual(['one', 'two']);
    expect(await store.verify('s')).toBeNull();
  });

  it('gives up a statement that takes longer than its deadline, and undoes it', async () => {
    const store = await opened({ deadline: millis(200) });
    await append(store, 's', 0, 'one');
    const waiting = server.query(
      'BEGIN; SELECT * FROM fairway.stream FOR UPDATE; SELECT pg_sleep(1.5); COMMIT',
    );
    await expect
      .poll(
        async () =>
          (await server.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).length,
      )
      .toBe(1);
    const done = await append(store, 's', 1, 'two');
    expect(done).toMatchObject({ error: { code: 'store_unavailable' } });
    expect(done.ok ? '' : done.error.facts['reason']).toContain('statement timeout');
    await waiting;
    expect(await append(store, 's', 1, 'two')).toMatchObject({ ok: true });
  });

  it('closes in spite of a server that hangs', async () => {
    const line = await cutLine(server.url);
    undo.push(() => line.close());
    const store = await opened({ url: line.url, deadline: millis(200) });
    line.hang();
    const asked = performance.now();
    await store.close();
    expect(performance.now() - asked).toBeLessThan(10_000);
  });

  it('opens nothing in time at an address that never answers', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    undo.push(() => silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const asked = performance.now();
    expect(
      await openPostgresStore({ url: `postgres://app:secret@127.0.0.1:${port}/shop`, deadline: millis(200) }),
    ).toMatchObject({
      error: { code: 'store_unavailable', facts: { store: `postgres://127.0.0.1:${port}/shop` } },
    });
    expect(performance.now() - asked).toBeLessThan(10_000);
  });
});

/** A line to the server that can be cut between a question and its answer, or go silent. */
async function cutLine(url: string) {
  const { port } = new URL(url);
  let [cut, silent] = [false, false];
  const sockets = new Set<Socket>();
  const listening = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect(Number(port), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // it is cut on purpose
    }
    client.on('data', (chunk) => void (silent || upstream.write(chunk)));
    upstream.on('data', (chunk) => {
      if (!cut) return void (silent || client.write(chunk));
      cut = false;
      client.destroy();
      upstream.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = new URL(url);
  address.port = String((listening.address() as AddressInfo).port);
  return {
    url: address.href,
    cutAtNextAnswer: () => void (cut = true),
    hang: () => void (silent = true),
    close() {
      for (const socket of sockets) socket.destroy();
      listening.close();
    },
  };
}

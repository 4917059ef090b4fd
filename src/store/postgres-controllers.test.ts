import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commitOf } from '../../test/contract/store.ts';
import { instant, millis, seconds } from '#kernel';
import type { RowWrite, Store } from '#ports';
import { openPostgresStore } from './postgres.ts';
import { startServer, type TestServer } from './postgres-server.fixture.ts';

const writerProgram = fileURLToPath(new URL('./postgres-writer.fixture.ts', import.meta.url));

describe('several controllers on one Postgres', () => {
  let server: TestServer;
  const undo: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startServer();
  });
  beforeEach(() => server.empty());
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });
  afterAll(() => server.dispose());

  async function opened(): Promise<Store> {
    const result = await openPostgresStore({ url: server.url });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    undo.push(() => result.value.close());
    return result.value;
  }
  const many = (count: number) => Promise.all(Array.from({ length: count }, opened));

  /** A second program's connection, to hold a transaction open. */
  async function connected(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    undo.push(() => client.end());
    return client;
  }
  const locksWaitedFor = async () =>
    Number((await server.query('SELECT count(*) AS n FROM pg_locks WHERE NOT granted'))[0]?.['n']);

  const entry = (type = 'x') => ({ type, at: instant(0), data: null });
  const counted = (key: string, expected: number): RowWrite => ({
    kind: 'k',
    key,
    expected,
    format: 1,
    value: expected,
  });

  it('make the schema once when they open an empty database at the same time', async () => {
    const stores = await many(5);
    expect(await stores[0]?.commit(commitOf({ stream: 's', entries: [entry()] }))).toMatchObject({
      ok: true,
    });
    expect(await stores[4]?.last('s')).toMatchObject({ sequence: 1 });
  });

  it('one of them wins a stream, every time', async () => {
    const stores = await many(4);
    for (let expected = 0; expected < 50; expected += 1) {
      const outcomes = await Promise.all(
        stores.map((store, place) =>
          store.commit(commitOf({ stream: 's', expected, entries: [entry(`${place}`)] })),
        ),
      );
      expect(outcomes.map((outcome) => (outcome.ok ? 'won' : outcome.error.code)).toSorted()).toEqual([
        'store_conflict',
        'store_conflict',
        'store_conflict',
        'won',
      ]);
    }
    expect(await stores[0]?.verify('s')).toBeNull();
  });

  it('one of them wins a lease, every time', async () => {
    const stores = await many(4);
    for (let round = 0; round < 25; round += 1) {
      const outcomes = await Promise.all(
        stores.map((store, place) => store.acquire(`lease ${round}`, `${place}`, seconds(10), instant(0))),
      );
      expect(
        outcomes
          .map((outcome) => (outcome.ok ? `epoch ${outcome.value.epoch}` : outcome.error.code))
          .toSorted(),
      ).toEqual(['epoch 1', 'lease_held', 'lease_held', 'lease_held']);
    }
  });

  it('as processes lose nothing when they write at the same time, and one of them holds the lease', async () => {
    const writers = ['a', 'b', 'c'].map((name) => {
      const child = spawn(process.execPath, [writerProgram, name, '40'], {
        env: { ...process.env, STORE_URL: server.url },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      undo.push(async () => child.kill('SIGKILL'));
      return Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    });
    const acknowledged: string[] = [];
    const leases: string[] = [];
    for (const [output, errors, [code]] of await Promise.all(writers)) {
      expect([code, errors]).toEqual([0, '']);
      const [lease = '', ...lines] = output.trimEnd().split('\n');
      leases.push(lease);
      acknowledged.push(...lines);
    }
    expect(leases.toSorted()).toEqual(['lease lease_held', 'lease lease_held', 'lease mine 1']);
    const store = await opened();
    const entries = await store.read('shared', 0, 1_000);
    expect(entries.map(({ type, sequence }) => `${type} ${sequence}`).toSorted()).toEqual(
      acknowledged.toSorted(),
    );
    expect(acknowledged).toHaveLength(120);
    expect(await store.row('counter', 'all')).toMatchObject({ version: 120, value: 120 });
    expect(await store.verify('shared')).toBeNull();
  });

  it('that write the same rows in opposite order do not stop each other', async () => {
    const store = await opened();
    await store.commit(commitOf({ stream: 's', rows: [counted('first', 0), counted('second', 0)] }));
    const other = await connected();
    const take = (key: string) =>
      other.query('UPDATE fairway.document SET format = format WHERE key = $1', [key]);
    await other.query('BEGIN');
    await take('second');
    const waiting = store.commit(
      commitOf({ stream: 's', rows: [counted('first', 1), counted('second', 1)] }),
    );
    await expect.poll(locksWaitedFor).toBe(1);
    await take('first'); // Postgres undoes whoever has waited for a second: the commit, which then begins anew
    await other.query('COMMIT');
    expect(await waiting).toMatchObject({ ok: true });
    expect(await store.rows('k', '')).toMatchObject([{ version: 2 }, { version: 2 }]);
  });

  it('whose clocks are years apart agree on who holds a lease, each in its own time', async () => {
    const [early, late] = [await opened(), await opened()];
    const [then, now] = [instant(1_000), instant(2_000_000_000_000)];
    const granted = await early.acquire('engine', 'early', seconds(60), then);
    expect(granted).toEqual({
      ok: true,
      value: { name: 'engine', owner: 'early', epoch: 1, expires: 61_000 },
    });
    const refused = await late.acquire('engine', 'late', seconds(60), now);
    expect(refused).toMatchObject({ error: { code: 'lease_held', facts: { owner: 'early' } } });
    const expires = refused.ok ? 0 : Number(refused.error.facts['expires']);
    expect(expires - now).toBeGreaterThan(50_000);
    expect(expires - now).toBeLessThanOrEqual(60_000);
    const fence = { lease: 'engine', epoch: 1 };
    expect(await early.commit(commitOf({ stream: 's', entries: [entry()], fence }))).toMatchObject({
      ok: true,
    });
    // later on its own clock, the holder prolongs; a shorter wish shortens nothing
    const shorter = await early.acquire('engine', 'early', seconds(1), instant(2_000));
    expect(shorter).toMatchObject({ value: { epoch: 1 } });
    expect(shorter.ok ? shorter.value.expires : 0).toBeGreaterThan(50_000);
  });

  it('find a lease ended when the time of the server says so', async () => {
    const [holder, next] = [await opened(), await opened()];
    await holder.acquire('engine', 'holder', millis(150), instant(0));
    const fence = { lease: 'engine', epoch: 1 };
    let expected = 0;
    await expect
      .poll(async () => {
        const done = await holder.commit(commitOf({ stream: 's', expected, entries: [entry()], fence }));
        if (done.ok) expected = done.value.sequence;
        return done.ok ? 'held' : done.error;
      })
      .toEqual({ code: 'store_fenced', facts: { lease: 'engine', epoch: 1, present: 1, owner: null } });
    expect(expected).toBeGreaterThan(0);
    expect(await next.acquire('engine', 'next', seconds(1), instant(0))).toMatchObject({
      value: { epoch: 2 },
    });
  });

  it('hand a lease over only after a commit that began under it', async () => {
    const [holder, next] = [await opened(), await opened()];
    await holder.acquire('engine', 'holder', millis(400), instant(0));
    const slow = await connected();
    await slow.query('BEGIN');
    await slow.query(
      `SELECT fairway.commit('s', 0, repeat('0', 64), 1, 'h',
         '[{"sequence":1,"at":0,"type":"late","data":"0","hash":"h"}]', NULL, 'engine', 1, NULL)`,
    );
    let handedOver = false;
    const takeOver = async () => {
      while (!handedOver) {
        const asked = await next.acquire('engine', 'next', seconds(1), instant(0));
        handedOver = asked.ok && asked.value.epoch === 2;
      }
    };
    const takenOver = takeOver();
    await expect.poll(locksWaitedFor, { timeout: 10_000 }).toBe(1);
    expect(handedOver).toBe(false);
    await slow.query('COMMIT');
    await takenOver;
    expect(await next.last('s')).toMatchObject({ type: 'late' });
  });

  it('are told when a lease went to another while their commit waited, whatever isolation is the default', async () => {
    await server.query(`ALTER ROLE app SET default_transaction_isolation = 'repeatable read'`);
    undo.push(() => server.query('ALTER ROLE app RESET default_transaction_isolation'));
    const holder = await opened();
    await holder.acquire('engine', 'holder', seconds(60), instant(0));
    const other = await connected();
    await other.query('BEGIN');
    await other.query(
      `SELECT fairway.put_lease(name, 'other', 2, expires, owner, epoch, expires) FROM fairway.lease`,
    );
    const waiting = holder.commit(
      commitOf({ stream: 's', entries: [entry()], fence: { lease: 'engine', epoch: 1 } }),
    );
    await expect.poll(locksWaitedFor).toBe(1);
    await other.query('COMMIT');
    expect(await waiting).toMatchObject({
      error: { code: 'store_fenced', facts: { present: 2, owner: 'other' } },
    });
  });

  it('go on after the history was put back to another one of the same length', async () => {
    const store = await opened();
    await store.commit(commitOf({ stream: 's', entries: [entry('lost')] }));
    await server.query('TRUNCATE fairway.stream, fairway.entry');
    const other = await opened();
    await other.commit(commitOf({ stream: 's', entries: [entry('restored')] }));
    const next = await store.commit(commitOf({ stream: 's', expected: 1, entries: [entry('next')] }));
    expect(next).toMatchObject({ ok: true, value: { sequence: 2 } });
    expect(await store.verify('s')).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { type Clock, instant, seededRandom } from '#kernel';
import { Backend } from './backend.ts';
import { drain } from './drain.ts';
import { canary, countsOf, createPlace, pickPort, stable, tableOf, until, value } from './testing/place.ts';

const never = new AbortController().signal;
const ask = (...replicas: readonly string[]) => ({ replicas, requestsMillis: 10_000, websocketsMillis: 0 });

describe('a drain', () => {
  test('ends each WebSocket at a random moment of its own part of the time', async () => {
    const backend = new Backend('a', 1, () => undefined);
    for (let each = 0; each < 10; each += 1)
      backend.sockets.add({ end: async () => (each === 3 ? 'cut' : 'ended'), sweep: () => undefined });
    const waits: number[] = [];
    const clock: Clock = {
      now: () => instant(0),
      sleep: async (wait) => {
        waits.push(wait);
      },
    };
    const request = { replicas: ['a'], requestsMillis: 0, websocketsMillis: 1_000 };
    const outcome = await drain([backend], request, { clock, random: seededRandom(3), signal: never });
    expect(outcome).toEqual({ cut: 1 });
    const moments = waits.slice(1); // the first wait is that for requests
    expect(moments).toHaveLength(10);
    for (const [index, moment] of moments.entries()) {
      expect(moment).toBeGreaterThanOrEqual(index * 100);
      expect(moment).toBeLessThan((index + 1) * 100);
    }
    expect(new Set(moments.map((moment) => Math.floor(moment % 100))).size).toBeGreaterThan(5);
    backend.pool.destroy();
  });

  test('waits for what is in flight on the old revision while new requests go to the new one', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const slow = Array.from({ length: 20 }, () => place.get('/hold'));
    await until(() => a.held() === 20);
    await place.route([stable(100, b)]);
    let isDrained = false;
    const drained = place.router.drain(ask('a'), never).then((result) => {
      isDrained = true;
      return result;
    });
    for (let each = 0; each < 10; each += 1) expect((await place.get()).text).toBe('b');
    expect(place.router.state().open).toContainEqual({ replica: 'a', requests: 20, sockets: 0 });
    expect(isDrained).toBe(false);
    a.release();
    expect((await Promise.all(slow)).map(({ status, text }) => `${status} ${text}`)).toEqual(
      Array.from({ length: 20 }, () => '200 a'),
    );
    expect(value(await drained)).toEqual({ cut: 0 });
    expect(place.router.state().open.map(({ replica }) => replica)).toEqual(['b']);
  });

  test('misses no request that was routed before the change: none reaches a replica that is drained', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    for (let round = 0; round < 20; round += 1) {
      await place.route([stable(100, a)]);
      const asked = Array.from({ length: 10 }, () => place.get());
      if (round % 2 === 0) await until(() => a.requests() > round);
      await place.route([stable(100, b)]);
      value(await place.router.drain(ask('a'), never));
      const atEnd = a.requests();
      await Promise.all(asked);
      expect(a.requests()).toBe(atEnd);
    }
  });

  test('cuts what takes longer than it may, and counts it', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const held = place.get('/hold');
    const events = await fetch(`http://127.0.0.1:${place.port}/events`);
    const endless = await fetch(`http://127.0.0.1:${place.port}/endless`);
    await until(() => a.held() === 1 && a.listeners() === 1 && a.written() > 0);
    await place.route([stable(100, b)]);
    const outcome = await place.router.drain(
      { replicas: ['a'], requestsMillis: 100, websocketsMillis: 0 },
      never,
    );
    expect(outcome).toEqual({ ok: true, value: { cut: 3 } });
    expect((await held).status).toBe(503);
    expect(await events.text()).toBe(''); // a stream of events ends in order: its reader comes again
    await expect(endless.arrayBuffer()).rejects.toThrow(/terminated/); // a part must not look like the whole
    await until(() => a.aborted() === 3);
    expect(countsOf(place.router, 'revision-a')).toEqual([3, 1, 2]);
  });

  test('that is given up cuts nothing, and can be asked again', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const held = place.get('/hold');
    await until(() => a.held() === 1);
    await place.route([stable(100, b)]);
    const leaving = new AbortController();
    const first = place.router.drain(ask('a'), leaving.signal);
    leaving.abort();
    expect(value(await first)).toEqual({ cut: 0 });
    expect(a.held()).toBe(1);
    const second = place.router.drain(ask('a'), never);
    a.release();
    expect([value(await second), (await held).text]).toEqual([{ cut: 0 }, 'a']);
  });

  test('of replicas that are still routed is refused', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a')), canary(0, await place.service('b'))]);
    expect(await place.router.drain(ask('b'), never)).toEqual({
      ok: false,
      error: { code: 'replica_routed', facts: { replica: 'b' } },
    });
  });

  test('of replicas that nobody knows is done at once', async () => {
    const place = await createPlace();
    expect(value(await place.router.drain(ask('nobody'), never))).toEqual({ cut: 0 });
  });
});

test('a replica that comes back while it drains is routed again and keeps its new requests', async () => {
  const place = await createPlace();
  const [a, b] = [await place.service('a'), await place.service('b')];
  await place.route([stable(100, a)]);
  const before = place.get('/hold');
  await until(() => a.held() === 1);
  await place.route([stable(100, b)]);
  const drained = place.router.drain({ replicas: ['a'], requestsMillis: 300, websocketsMillis: 0 }, never);
  await place.route([stable(100, a)]);
  const after = place.get('/hold');
  await until(() => a.held() === 2);
  expect(value(await drained)).toEqual({ cut: 1 });
  a.release();
  expect([(await before).status, (await after).status]).toEqual([503, 200]);
});

test('a replica that moves to another port is known by both until the old one is empty', async () => {
  const place = await createPlace();
  const [old, fresh] = [await place.service('old'), await place.service('fresh')];
  const table = (generation: number, port: number) =>
    tableOf(5, generation, [
      {
        service: 'web',
        port: place.port,
        preview: null,
        affinity: null,
        arms: [{ ...stable(100), endpoints: [{ replica: 'r', port }] }],
      },
    ]);
  value(await place.router.setTable(table(1, old.port)));
  const held = place.get('/hold');
  await until(() => old.held() === 1);
  value(await place.router.setTable(table(2, fresh.port)));
  expect((await place.get()).text).toBe('fresh');
  expect(place.router.state().open).toEqual([{ replica: 'r', requests: 1, sockets: 0 }]);
  old.release();
  expect((await held).text).toBe('old');
  await pickPort();
});

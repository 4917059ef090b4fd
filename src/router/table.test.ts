import { createServer } from 'node:http';
import { once } from 'node:events';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RouterTable } from './contract.ts';
import { parseTable } from './table/parse.ts';
import { fail, seededRandom } from '#kernel';
import {
  canary,
  countsOf,
  createPlace,
  get,
  pickPort,
  createTestRouter,
  stable,
  tableOf,
  until,
  value,
} from './testing/place.ts';

const routeOf = (port: number, replica: string, endpoint: number): RouterTable['routes'][number] => ({
  service: `service-${port}`,
  port,
  preview: null,
  affinity: null,
  arms: [{ revision: 'r1', role: 'stable', weight: 100, endpoints: [{ replica, port: endpoint }] }],
});

describe('a table', () => {
  test.each([
    ['a newer version', 4, 1, true],
    ['a newer generation', 3, 8, true],
    ['the same again', 3, 7, true],
    ['an older version with a newer generation', 2, 9, false],
    ['an older generation', 3, 6, false],
  ])('%s: %i.%i after 3.7 is accepted: %s', async (_, version, generation, isAccepted) => {
    const { router } = await createPlace();
    value(await router.setTable(tableOf(3, 7, [])));
    const result = await router.setTable(tableOf(version, generation, []));
    if (isAccepted) expect(result).toEqual({ ok: true, value: { version, generation } });
    else expect(result).toEqual(fail('table_stale', { version: 3, generation: 7 }));
    const { version: now, generation: alsoNow } = router.state();
    expect([now, alsoNow]).toEqual(isAccepted ? [version, generation] : [3, 7]);
  });

  test('with present numbers and other content is refused', async () => {
    const { router } = await createPlace();
    value(await router.setTable(tableOf(3, 7, [])));
    const other = tableOf(3, 7, [routeOf(await pickPort(), 'a', 1)]);
    expect(await router.setTable(other)).toMatchObject({ ok: false, error: { code: 'table_stale' } });
  });

  test('whose port is taken is refused as a whole, and the old one stays in force', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const taken = (other.address() as { port: number }).port;
    const fresh = await pickPort();
    const table = tableOf(2, 1, [
      { service: 'web', port: place.port, preview: null, affinity: null, arms: [stable(100, b)] },
      routeOf(fresh, 'x', 1),
      routeOf(taken, 'y', 2),
    ]);
    expect(await place.router.setTable(table)).toEqual(
      fail('port_taken', { port: taken, service: `service-${taken}` }),
    );
    expect((await place.get()).text).toBe('a');
    expect(place.router.state()).toMatchObject({ version: 1, generation: 1 });
    await expect(get(fresh)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('that cannot be saved is refused, and the old one stays in force', async () => {
    const save = async () => fail('disk_full', { path: 'table.json' });
    const router = await createTestRouter(seededRandom(1), save);
    const port = await pickPort();
    expect(await router.setTable(tableOf(1, 1, [routeOf(port, 'a', 1)]))).toEqual(
      fail('disk_full', { path: 'table.json' }),
    );
    expect(router.state().version).toBe(0);
    await expect(get(port)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('may exchange the ports of two services', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    const [one, two] = [await pickPort(), await pickPort()];
    const route = (port: number, service: typeof a) => ({
      ...routeOf(port, service.name, service.port),
      service: service.name,
    });
    value(await place.router.setTable(tableOf(1, 1, [route(one, a), route(two, b)])));
    value(await place.router.setTable(tableOf(2, 1, [route(two, a), route(one, b)])));
    expect([(await get(one)).text, (await get(two)).text]).toEqual(['b', 'a']);
  });

  test('changes under constant load of kept connections without a failure or a closed connection', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a)]);
    const agent = new Agent({ connections: 8, pipelining: 1 });
    onTestFinished(() => agent.destroy());
    const outcomes = new Map<string, number>();
    let disconnects = 0;
    agent.on('disconnect', () => (disconnects += 1));
    let isRunning = true;
    const load = Array.from({ length: 8 }, async () => {
      while (isRunning) {
        const answer = await request(`http://127.0.0.1:${place.port}/`, { dispatcher: agent });
        const seen = `${answer.statusCode} ${await answer.body.text()}`;
        outcomes.set(seen, (outcomes.get(seen) ?? 0) + 1);
      }
    });
    for (let weight = 0; weight <= 100; weight += 4) {
      await place.route([stable(100 - weight, a), canary(weight, b)]);
      const before = countsOf(place.router, 'revision-a')[0] + countsOf(place.router, 'revision-b')[0];
      await until(
        () => countsOf(place.router, 'revision-a')[0] + countsOf(place.router, 'revision-b')[0] > before + 20,
      );
    }
    await place.route([stable(100, b)]);
    isRunning = false;
    await Promise.all(load);
    expect([...outcomes.keys()].toSorted()).toEqual(['200 a', '200 b']);
    expect(disconnects).toBe(0);
    expect((await place.get()).text).toBe('b');
  });
});

describe('a table from outside', () => {
  const none = (): { replica: string; port: number }[] => [];
  const good = {
    version: 1,
    generation: 1,
    routes: [
      {
        service: 'web',
        port: 4001,
        preview: 4003 as number | null,
        affinity: { cookie: 'lane', lifetimeMillis: 1_000 },
        arms: [
          { revision: 'r1', role: 'stable', weight: 90, endpoints: [{ replica: 'a', port: 5001 }] },
          { revision: 'r2', role: 'canary', weight: 10, endpoints: none() },
        ],
      },
      {
        service: 'api',
        port: 4002,
        preview: null as number | null,
        affinity: null,
        arms: [{ revision: 'r3', role: 'stable', weight: 100, endpoints: none() }],
      },
    ],
  };

  test('that is whole is taken as it is', () => {
    expect(parseTable(good)).toEqual({ ok: true, value: good });
  });

  test.each([
    ['no table', () => undefined, /the table/],
    [
      'weights that do not sum to 100',
      (t: typeof good) => at(t, 0).arms[0] && (at(t, 0, 0).weight = 80),
      /sum to 90/,
    ],
    ['a weight beyond 100', (t: typeof good) => (at(t, 0, 0).weight = 101), /weight/],
    ['two stable arms', (t: typeof good) => (at(t, 0, 1).role = 'stable'), /two stable arms/],
    ['a revision twice', (t: typeof good) => (at(t, 0, 1).revision = 'r1'), /two arms of the revision r1/],
    ['a service twice', (t: typeof good) => (at(t, 1).service = 'web'), /two routes of the service web/],
    ['a port twice', (t: typeof good) => (at(t, 1).port = 4001), /two routes listen on port 4001/],
    ['a port that is none', (t: typeof good) => (at(t, 1).port = 65_536), /routes\.1\.port/],
    [
      'a replica twice',
      (t: typeof good) => at(t, 1, 0).endpoints.push({ replica: 'a', port: 5002 }),
      /replica a stands in two/,
    ],
    [
      'two replicas on a port',
      (t: typeof good) => at(t, 1, 0).endpoints.push({ replica: 'b', port: 5001 }),
      /two replicas answer on port 5001/,
    ],
    [
      'a replica on a routed port',
      (t: typeof good) => at(t, 1, 0).endpoints.push({ replica: 'b', port: 4001 }),
      /which is routed/,
    ],
    ['a name that breaks headers', (t: typeof good) => (at(t, 0, 0).revision = 'r\r\nx: y'), /visible ASCII/],
    [
      'a cookie name that breaks cookies',
      (t: typeof good) =>
        at(t, 0).affinity && (t.routes[0] = { ...at(t, 0), affinity: { cookie: 'a;b', lifetimeMillis: 1 } }),
      /cookies may have/,
    ],
    ['an unknown field', (t: typeof good) => Object.assign(t, { more: 1 }), /more/],
    ['a route without arms', (t: typeof good) => at(t, 1).arms.pop(), /arms/],
  ])('with %s is refused', (name, spoil, reason) => {
    const table = structuredClone(good);
    spoil(table);
    const parsed = parseTable(name === 'no table' ? 7 : table);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'table_invalid' } });
    expect(parsed.ok ? '' : parsed.error.facts['reason']).toMatch(reason);
  });

  type Route = (typeof good)['routes'][number];
  function at(table: typeof good, route: number): Route;
  function at(table: typeof good, route: number, arm: number): Route['arms'][number];
  function at(table: typeof good, route: number, arm?: number): Route | Route['arms'][number] {
    const found = table.routes[route];
    const inner = arm === undefined ? found : found?.arms[arm];
    if (inner === undefined) throw new Error('the test names a part that is not there');
    return inner;
  }
});

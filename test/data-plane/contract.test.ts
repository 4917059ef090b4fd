import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { fail } from '#kernel';
import { canary, createPlace, never, pickPort, planes, stable, until, value } from './planes.ts';

const affinity = { cookie: 'lane', lifetimeMillis: 3_600_000 };

for (const plane of planes) {
  describe.skipIf(plane.missing !== null)(
    `${plane.name}${plane.missing === null ? '' : ` (skipped: ${plane.missing})`}`,
    { timeout: 60_000 },
    () => {
      const place = () => createPlace(plane);

      describe('splits', () => {
        test.each([
          [90, 10],
          [99, 1],
          [50, 50],
          [0, 100],
        ])('each hundred requests exactly %i to %i', async (toStable, toCanary) => {
          const { route, service, get, countsOf } = await place();
          await route([stable(toStable, await service('a')), canary(toCanary, await service('b'))]);
          for (let hundred = 1; hundred <= 2; hundred += 1) {
            for (let each = 0; each < 100; each += 1) await get();
            expect((await countsOf('revision-a'))?.requests).toBe(hundred * toStable);
            expect((await countsOf('revision-b'))?.requests).toBe(hundred * toCanary);
          }
        });

        test('keeps the place of a client: by its point, two-sided, and never back while the weight grows', async () => {
          const { route, service, get } = await place();
          const [a, b] = [await service('a'), await service('b')];
          const points = [
            '0.000000',
            '0.000001',
            '9.999999',
            '10.000000',
            '33.499999',
            '33.500000',
            '99.999999',
          ];
          for (const weight of [0, 10, 33.5, 100, 33.5]) {
            await route([stable(100 - weight, a), canary(weight, b)], { affinity });
            for (const point of points) {
              const answer = await get('/', { headers: { cookie: `other=1; lane=${point}; more=2` } });
              expect([weight, point, answer.text]).toEqual([
                weight,
                point,
                Number(point) < weight ? 'b' : 'a',
              ]);
              expect(answer.headers).not.toHaveProperty('set-cookie');
            }
          }
        });

        test('gives new clients, and those with a point nobody gave them, a point of their own', async () => {
          const { route, service, get } = await place();
          await route([stable(50, await service('a')), canary(50, await service('b'))], { affinity });
          const seen = new Set<string>();
          for (const brought of [null, 'x', '1', '100.000000', '-1.000000', '1.0000000', '1e1.000000', '']) {
            const answer = await get('/', brought === null ? {} : { headers: { cookie: `lane=${brought}` } });
            const [, point = ''] =
              /^lane=(\d{1,2}\.\d{6}); Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/.exec(
                String(answer.headers['set-cookie']),
              ) ?? [];
            expect([brought, point]).toEqual([brought, expect.stringMatching(/./)]);
            expect(answer.text).toBe(Number(point) < 50 ? 'b' : 'a');
            seen.add(point);
          }
          expect(seen.size).toBe(8);
        });

        test('nothing among those who name their arm, and counts nothing of them (R7)', async () => {
          const { route, service, get, preview, countsOf } = await place();
          await route([stable(100, await service('a')), canary(0, await service('b'))], { affinity });
          const ask = (arm: string) => get('/', { headers: { 'x-fairway-arm': arm } });
          expect([(await ask('stable')).text, (await ask('canary')).text]).toEqual(['a', 'b']);
          expect((await ask('canari')).status).toBe(400);
          const previewed = await get('/echo-head', { port: preview });
          expect(previewed.headers['x-fairway-revision']).toBe('revision-b');
          expect(previewed.text.toLowerCase()).toContain('"x-fairway-arm","canary"');
          for (const revision of ['revision-a', 'revision-b']) {
            const counts = await countsOf(revision);
            expect([counts?.requests ?? 0, counts?.buckets.some((count) => count > 0) ?? false]).toEqual([
              0,
              false,
            ]);
          }
          await route([stable(100, await service('c'))]);
          expect((await get('/', { port: preview })).status).toBe(404);
          expect((await ask('canary')).text).toBe('c');
        });
      });

      describe('counts', () => {
        test('every answer once, by revision, replica and latency', async () => {
          const { route, service, get, countsOf } = await place();
          const [a, b] = [await service('a'), await service('b')];
          await route([stable(100, a, b)]);
          const asked = Array.from({ length: 300 }, (_, each) => get(each % 10 === 0 ? '/status/503' : '/'));
          await Promise.all(asked);
          const counts = await until(async () => {
            const now = await countsOf('revision-a');
            return now?.requests === 300 ? now : null;
          });
          expect(counts.failures).toBe(30);
          expect(counts.buckets.reduce((sum, n) => sum + n, 0)).toBe(270);
          expect(counts.replicas.map(({ replica }) => replica).toSorted()).toEqual(['a', 'b']);
          const sum = (of: 'requests' | 'failures') =>
            counts.replicas.reduce((total, each) => total + each[of], 0);
          expect([sum('requests'), sum('failures')]).toEqual([300, 30]);
        });

        test('a request that no replica answered as a failure, and one that another answered as good', async () => {
          const { route, service, get, countsOf } = await place();
          const [a, b] = [await service('a'), await service('b')];
          await route([stable(100, a, b)]);
          await b.kill();
          for (let each = 0; each < 20; each += 1) {
            expect((await get()).text).toBe('a');
            expect((await get('/sum', { method: 'POST', body: 'x' })).status).toBe(200);
          }
          expect(await countsOf('revision-a')).toMatchObject({ requests: 40, failures: 0 });
          await a.kill();
          const lost = await get();
          expect(lost.status).toBe(502);
          expect(
            await until(async () => ((await countsOf('revision-a'))?.failures === 1 ? true : null)),
          ).toBe(true);
          expect((await countsOf('revision-a'))?.requests).toBe(41);
        });

        test('an answer that broke off as a failure', async () => {
          const { route, service, get, countsOf } = await place();
          await route([stable(100, await service('a'))]);
          await expect(get('/break')).rejects.toThrow();
          await until(async () => (await countsOf('revision-a'))?.failures === 1);
          expect((await countsOf('revision-a'))?.requests).toBe(1);
        });

        test('a lost request is asked again only where that does no harm', async () => {
          const { route, service, get } = await place();
          const a = await service('a');
          await route([stable(100, a)]);
          expect((await get('/reset', { method: 'POST', body: 'x' })).status).toBe(502);
          expect(a.requests()).toBe(1);
          expect((await get('/reset')).status).toBe(502);
          expect(a.requests()).toBeGreaterThan(2);
        });
      });

      describe('takes a table', () => {
        test('as a whole, and refuses an older one with the numbers of the present', async () => {
          const { client, route, service, get, port } = await place();
          const a = await service('a');
          await route([stable(100, a)]);
          await route([stable(100, await service('b'))]);
          const table = {
            version: 1,
            generation: 1,
            routes: [{ service: 'web', port, preview: null, affinity: null, arms: [stable(100, a)] }],
          };
          expect(await client().setTable(table)).toEqual(fail('table_stale', { version: 1, generation: 2 }));
          expect((await get()).text).toBe('b');
          expect(value(await client().state())).toMatchObject({ version: 1, generation: 2 });
        });

        test('with a service more and a service less, without a request lost', async () => {
          const { client, service, get, port } = await place();
          const [a, b, second] = [await service('a'), await service('b'), await pickPort()];
          const routeOf = (name: string, at: number, to: typeof a) =>
            ({ service: name, port: at, preview: null, affinity: null, arms: [stable(100, to)] }) as const;
          const one = [routeOf('web', port, a)];
          value(await client().setTable({ version: 1, generation: 1, routes: one }));
          const statuses: number[] = [];
          let isOver = false;
          const load = (async () => {
            while (!isOver) statuses.push((await get()).status);
          })();
          try {
            for (let version = 2; version <= 4; version += 2) {
              const routes = [...one, routeOf('api', second, b)];
              value(await client().setTable({ version, generation: 1, routes }));
              expect((await get('/', { port: second })).text).toBe('b');
              value(await client().setTable({ version: version + 1, generation: 1, routes: one }));
              await until(() =>
                get('/', { port: second }).then(
                  () => false,
                  () => true,
                ),
              );
            }
          } finally {
            isOver = true;
          }
          await load;
          expect(statuses.filter((status) => status !== 200)).toEqual([]);
          const { counts } = value(await client().state());
          expect(counts.find((each) => each.service === 'web')).toMatchObject({
            requests: statuses.length,
            failures: 0,
          });
        });

        test('not where somebody else has the port', async () => {
          const { client, service, port } = await place();
          const other = createServer();
          const taken = await pickPort();
          other.listen(taken, '127.0.0.1');
          await once(other, 'listening');
          onTestFinished(() => void other.close());
          const route = {
            service: 'web',
            port,
            preview: taken,
            affinity: null,
            arms: [stable(100, await service('a'))],
          };
          const refused = await client().setTable({ version: 1, generation: 1, routes: [route] });
          expect(refused).toEqual(fail('port_taken', { port: taken, service: 'web' }));
          expect(value(await client().state()).version).toBe(0);
        });

        test('twenty times under load, with replicas that come and go: no request fails', async () => {
          const { client, route, service, get, countsOf } = await place();
          let present = [await service('r0'), await service('r0b')];
          await route([stable(100, ...present)]);
          const failed: string[] = [];
          let [isOver, done] = [false, 0];
          const load = Array.from({ length: 8 }, async (_, user) => {
            while (!isOver) {
              const answer = await get('/', user % 2 === 0 ? {} : { method: 'POST', body: 'x' }).catch(
                String,
              );
              done += 1;
              if (typeof answer === 'string' || answer.status !== 200) failed.push(JSON.stringify(answer));
            }
          });
          try {
            for (let turn = 1; turn <= 20; turn += 1) {
              const next = [await service(`r${turn}`), await service(`r${turn}b`)];
              await route([stable(60, ...present), canary(40, ...next)]);
              await route([stable(100, ...next)]);
              const replicas = present.map(({ name }) => name);
              const drained = await client().drain(
                { replicas, requestsMillis: 5_000, websocketsMillis: 0 },
                never,
              );
              expect(value(drained)).toEqual({ cut: 0 });
              for (const old of present) await old.kill();
              present = next;
            }
          } finally {
            isOver = true;
          }
          await Promise.all(load);
          expect(failed).toEqual([]);
          expect(done).toBeGreaterThan(200);
          const { counts } = value(await client().state());
          expect(counts.reduce((sum, { requests }) => sum + requests, 0)).toBe(done);
          expect((await countsOf('revision-r20'))?.failures).toBe(0);
        });
      });

      describe('drains', () => {
        test('by waiting, then by cutting', async () => {
          const { client, route, service, get } = await place();
          const [a, b] = [await service('a'), await service('b')];
          await route([stable(100, a)]);
          const held = get('/hold');
          await until(() => a.held() === 1);
          const ask = { replicas: ['a'], requestsMillis: 10_000, websocketsMillis: 0 };
          expect(await client().drain(ask, never)).toEqual(fail('replica_routed', { replica: 'a' }));
          await route([stable(100, b)]);
          expect((await get()).text).toBe('b');
          expect(value(await client().state()).open).toContainEqual({
            replica: 'a',
            requests: 1,
            sockets: 0,
          });
          const drained = client().drain(ask, never);
          const leaving = new AbortController();
          const given = client().drain(ask, leaving.signal);
          leaving.abort();
          expect((await given).ok).toBe(false);
          expect(a.held()).toBe(1);
          a.release();
          expect([value(await drained), (await held).text]).toEqual([{ cut: 0 }, 'a']);

          const late = get('/hold');
          await until(() => b.held() === 1);
          await route([stable(100, await service('c'))]);
          const cut = await client().drain({ ...ask, replicas: ['b'], requestsMillis: 200 }, never);
          expect(value(cut)).toEqual({ cut: 1 });
          const answer = await late.then(
            ({ status }) => status,
            () => 'closed',
          );
          expect([503, 502, 'closed']).toContain(answer);
          await until(() => b.aborted() === 1);
        });

        test('WebSockets over their own time', async () => {
          const { client, route, service, port } = await place();
          const [a, b] = [await service('a'), await service('b')];
          await route([stable(100, a)]);
          const sockets = [1, 2, 3].map(() => new WebSocket(`ws://127.0.0.1:${port}/socket`));
          await Promise.all(sockets.map((socket) => once(socket, 'open')));
          const [first] = sockets;
          first?.send('hello');
          if (first !== undefined) expect(String((await once(first, 'message'))[0])).toBe('a:hello');
          expect(value(await client().state()).open).toContainEqual({
            replica: 'a',
            requests: 0,
            sockets: 3,
          });
          await route([stable(100, b)]);
          const codes = Promise.all(
            sockets.map(async (socket) => (await once(socket, 'close'))[0] as number),
          );
          const began = Date.now();
          value(await client().drain({ replicas: ['a'], requestsMillis: 0, websocketsMillis: 600 }, never));
          expect(await codes).toEqual([plane.closeCode, plane.closeCode, plane.closeCode]);
          expect(Date.now() - began).toBeGreaterThan(200);
          // A data plane may count a connection only after its client has seen it end.
          await until(
            async () =>
              value(await client().state()).counts.find((c) => c.revision === 'revision-a')?.requests === 3,
          );
        });
      });

      describe('lives on', () => {
        test('and is the same for all who start it, at once or later', async () => {
          const here = await place();
          await here.route([stable(100, await here.service('a'))]);
          await here.get();
          const before = value(await here.client().state());
          const clients = await Promise.all([here.again(), here.again(), here.again()]);
          for (const client of clients) {
            expect(client.identity).toEqual(clients[0]?.identity);
            expect(value(await client.state())).toEqual(before);
          }
        });

        test('when its control plane is killed', async () => {
          const here = await place();
          const a = await here.service('a');
          await here.client().stop();
          const tableFile = join(here.folder, '..', 'wanted.json');
          const route = {
            service: 'web',
            port: here.port,
            preview: null,
            affinity: null,
            arms: [stable(100, a)],
          };
          await writeFile(tableFile, JSON.stringify({ version: 4, generation: 2, routes: [route] }));
          const program = join(import.meta.dirname, 'starter.fixture.ts');
          const starter = spawn(process.execPath, [program, plane.name, here.folder, tableFile], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          onTestFinished(() => void starter.kill('SIGKILL'));
          await once(starter.stdout, 'data');
          starter.kill('SIGKILL');
          await once(starter, 'exit');
          expect((await here.get()).text).toBe('a');
          const client = await here.again();
          expect(value(await client.state())).toMatchObject({ version: 4, generation: 2 });
          expect((await here.countsOf('revision-a'))?.requests).toBe(1);
        });

        test('with the last table after it was killed itself', async () => {
          const here = await place();
          const [a, b] = [await here.service('a'), await here.service('b')];
          await here.route([stable(80, a), canary(20, b)], { affinity });
          const before = value(await here.client().state());
          await here.kill();
          expect(here.client().isRunning()).toBe(false);
          expect(await here.client().state()).toEqual(fail('router_absent'));
          await here.again();
          const ask = (point: string) => here.get('/', { headers: { cookie: `lane=${point}` } });
          expect([(await ask('19.999999')).text, (await ask('20.000000')).text]).toEqual(['b', 'a']);
          const after = value(await here.client().state());
          expect(after).toMatchObject({ version: before.version, generation: before.generation });
          expect(after.epoch).not.toBe(before.epoch);
          await here.route([stable(100, a)]).catch(() => undefined);
        });

        test('until it is stopped: what is in flight is answered, nothing is left', async () => {
          const here = await place();
          const a = await here.service('a');
          await here.route([stable(100, a)]);
          const held = here.get('/hold');
          await until(() => a.held() === 1);
          const stopped = here.client().stop();
          await until(() =>
            here.get('/').then(
              () => false,
              () => true,
            ),
          );
          a.release();
          expect((await held).text).toBe('a');
          expect(await stopped).toEqual({ ok: true, value: null });
          expect(here.client().isRunning()).toBe(false);
        });
      });
    },
  );
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fail } from '#kernel';
import { isRunning } from '#process';
import type { RouterClient } from './client.ts';
import type { RouterRoute, RouterTable } from './contract.ts';
import { startRouter } from './start.ts';
import { readRecord, type RouterRecord } from './state-folder.ts';
import { get, pickPort, stable, systemClock, tableOf, until, value } from './testing/place.ts';
import { makeRouterFolder, routersOf } from './testing/router-process.ts';
import { type Service, startService } from './testing/service.ts';

const never = new AbortController().signal;

const start = async (folder: string): Promise<RouterClient> =>
  value(await startRouter({ folder, clock: systemClock, signal: never }));

async function serviceOf(name: string): Promise<Service> {
  const service = await startService(name);
  onTestFinished(() => service.kill());
  return service;
}

const routeTo = (service: Service, port: number): RouterRoute => ({
  service: service.name,
  port,
  preview: null,
  affinity: null,
  arms: [stable(100, service)],
});

async function recordOf(folder: string): Promise<RouterRecord> {
  return until(() => readRecord(folder));
}

async function killRouter(folder: string): Promise<RouterRecord> {
  const record = await recordOf(folder);
  process.kill(record.pid, 'SIGKILL');
  await until(() => !isRunning(record));
  return record;
}

describe('starting', () => {
  test('several at once get one and the same router', async () => {
    const folder = await makeRouterFolder();
    const clients = await Promise.all(Array.from({ length: 3 }, () => start(folder)));
    const epochs = new Set<string>();
    for (const client of clients) epochs.add(value(await client.state()).epoch);
    expect(epochs.size).toBe(1);
  });

  test('a router whose starter is killed goes on serving, and is found again', async () => {
    const folder = await makeRouterFolder();
    const [service, port] = [await serviceOf('web'), await pickPort()];
    const tableFile = join(folder, '..', 'wanted.json');
    await writeFile(tableFile, JSON.stringify(tableOf(4, 2, [routeTo(service, port)])));
    const program = join(import.meta.dirname, 'testing', 'starter.ts');
    const starter = spawn(process.execPath, [program, folder, tableFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void starter.kill('SIGKILL'));
    await once(starter.stdout, 'data');
    const { pid } = await recordOf(folder);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    expect((await get(port)).text).toBe('web');
    const client = await start(folder);
    expect((await recordOf(folder)).pid).toBe(pid);
    expect(value(await client.state())).toMatchObject({ version: 4, generation: 2 });
    expect((await get(port)).text).toBe('web');
  });

  test.each([0, 40, 80, 120, 200])(
    'a starter that is killed after %i ms leaves at most one router behind',
    async (afterMillis) => {
      const folder = await makeRouterFolder();
      const program = join(import.meta.dirname, 'testing', 'starter.ts');
      const starter = spawn(process.execPath, [program, folder, join(folder, 'none')], { stdio: 'ignore' });
      await until(() => stat(folder).catch(() => null));
      await new Promise((resolve) => setTimeout(resolve, afterMillis));
      starter.kill('SIGKILL');
      await start(folder);
      // Whoever came too late says so and ends.
      await until(async () => (await routersOf(folder)).length === 1);
      expect(await routersOf(folder)).toEqual([(await recordOf(folder)).pid]);
    },
  );

  test('is cancelled by its signal', async () => {
    const folder = await makeRouterFolder();
    const result = await startRouter({ folder, clock: systemClock, signal: AbortSignal.abort() });
    expect(result).toEqual(fail('cancelled', { what: 'starting the router' }));
  });
});

describe('a router that starts anew', () => {
  test('routes at once by the table of the one before, and answers on the same admin port', async () => {
    const folder = await makeRouterFolder();
    const [service, port] = [await serviceOf('web'), await pickPort()];
    const first = await start(folder);
    value(await first.setTable(tableOf(7, 3, [routeTo(service, port)])));
    const before = value(await first.state());
    const { adminPort } = await killRouter(folder);
    expect(first.isRunning()).toBe(false);
    expect(await first.state()).toEqual(fail('router_absent'));
    const again = await start(folder);
    expect((await get(port)).text).toBe('web');
    const after = value(await again.state());
    expect(after).toMatchObject({ version: 7, generation: 3 });
    expect(after.epoch).not.toBe(before.epoch);
    expect((await recordOf(folder)).adminPort).toBe(adminPort);
  });

  test.each([
    ['cut off', '{"format":1,"table":{"vers'],
    ['of another format', '{"format":2,"table":{}}'],
    ['not a table', '{"format":1,"table":{"version":"x"}}'],
  ])('with a table file that is %s routes nothing, says so, and keeps the file', async (_, text) => {
    const folder = await makeRouterFolder();
    value(await (await start(folder)).setTable(tableOf(7, 3, [])));
    await killRouter(folder);
    await writeFile(join(folder, 'table.json'), text);
    const again = await start(folder);
    expect(value(await again.state())).toMatchObject({ version: 0, generation: 0 });
    expect(await readFile(join(folder, 'table.json.unreadable'), 'utf8')).toBe(text);
    expect(await readFile(join(folder, 'router.log'), 'utf8')).toContain('TABLE UNREADABLE');
    value(await again.setTable(tableOf(1, 1, [])));
  });

  test('serves the routes whose ports are free, and acknowledges no table then', async () => {
    const folder = await makeRouterFolder();
    const [a, b] = [await serviceOf('a'), await serviceOf('b')];
    const [one, two] = [await pickPort(), await pickPort()];
    const table: RouterTable = tableOf(7, 3, [routeTo(a, one), routeTo(b, two)]);
    value(await (await start(folder)).setTable(table));
    await killRouter(folder);
    const other = createServer();
    // The ports of a process that was killed are free a moment after it is gone.
    await until(
      () =>
        new Promise<boolean>((resolve) => {
          other.once('error', () => resolve(false));
          other.listen(two, '127.0.0.1', () => resolve(true));
        }),
    );
    onTestFinished(() => void other.close());
    const again = await start(folder);
    expect((await get(one)).text).toBe('a');
    expect(value(await again.state())).toMatchObject({ version: 0, generation: 0 });
    expect(await again.setTable(table)).toEqual(fail('port_taken', { port: two, service: 'b' }));
    other.close();
    await until(() => !other.listening);
    value(await again.setTable(table));
    expect((await get(two)).text).toBe('b');
  });
});

describe('stopping', () => {
  test('answers what is in flight, closes WebSockets in order, and ends with nothing left', async () => {
    const folder = await makeRouterFolder();
    const [service, port] = [await serviceOf('web'), await pickPort()];
    const client = await start(folder);
    value(await client.setTable(tableOf(1, 1, [routeTo(service, port)])));
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const held = get(port, '/hold');
    await until(() => service.held() === 1);
    const stopped = client.stop();
    expect((await closed)[0]).toBe(1012);
    await expect(get(port)).rejects.toThrow(/ECONNREFUSED/);
    service.release();
    expect(await held).toMatchObject({ status: 200, text: 'web' });
    expect(await stopped).toEqual({ ok: true, value: null });
    expect(client.isRunning()).toBe(false);
    const lines = (await readFile(join(folder, 'router.log'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event).at(-1)).toBe('router stopped');
  });

  test('a hangup stops nothing', async () => {
    const folder = await makeRouterFolder();
    const client = await start(folder);
    process.kill((await recordOf(folder)).pid, 'SIGHUP');
    await until(async () => (await readFile(join(folder, 'router.log'), 'utf8')).includes('hangup ignored'));
    expect((await client.state()).ok).toBe(true);
  });
});

describe('the way in for the control plane', () => {
  async function ask(folder: string, path: string, init: RequestInit = {}): Promise<Response> {
    const { adminPort } = await recordOf(folder);
    const token = (await readFile(join(folder, 'admin-token'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    return fetch(`http://127.0.0.1:${adminPort}${path}`, { ...init, headers });
  }

  test('is open to the token only, which stands in a file that only its owner reads', async () => {
    const folder = await makeRouterFolder();
    await start(folder);
    const file = await stat(join(folder, 'admin-token'));
    expect(file.mode & 0o777).toBe(0o600);
    const token = (await readFile(join(folder, 'admin-token'), 'utf8')).trim();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    const { pid } = await recordOf(folder);
    for (const place of [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`, join(folder, 'router.log')])
      expect(await readFile(place, 'utf8')).not.toContain(token);
    for (const authorization of ['', 'Bearer ', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token])
      for (const path of ['/state', '/health', '/table', '/nowhere'])
        expect((await ask(folder, path, { headers: { authorization } })).status).toBe(401);
    expect((await ask(folder, '/state')).status).toBe(200);
  });

  test.each([
    ['an unknown page', '/nowhere', {}, 404, 'router_page_unknown'],
    ['a wrong method', '/table', { method: 'POST', body: '{}' }, 404, 'router_page_unknown'],
    ['no JSON', '/table', { method: 'PUT', body: '{' }, 422, 'table_invalid'],
    ['no drain', '/drain', { method: 'POST', body: '{"replicas":1}' }, 422, 'drain_invalid'],
    ['too much', '/table', { method: 'PUT', body: 'x'.repeat(1_100_000) }, 413, 'request_too_large'],
  ])('answers %s with problem details', async (_, path, init, status, code) => {
    const folder = await makeRouterFolder();
    await start(folder);
    const answer = await ask(folder, path, init);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code, type: `urn:fairway:error:${code}` });
    expect(answer.status).toBe(status);
  });

  test('tells failures with their facts, drains, and counts', async () => {
    const folder = await makeRouterFolder();
    const [a, b, port] = [await serviceOf('a'), await serviceOf('b'), await pickPort()];
    const client = await start(folder);
    const route = (service: Service) => ({ ...routeTo(service, port), service: 'web' });
    value(await client.setTable(tableOf(5, 1, [route(a)])));
    expect(await client.setTable(tableOf(4, 1, []))).toEqual(
      fail('table_stale', { version: 5, generation: 1 }),
    );
    const held = get(port, '/hold');
    await until(() => a.held() === 1);
    const request = { replicas: ['a'], requestsMillis: 10_000, websocketsMillis: 0 };
    expect(await client.drain(request, never)).toEqual(fail('replica_routed', { replica: 'a' }));
    value(await client.setTable(tableOf(5, 2, [route(b)])));
    const leaving = new AbortController();
    const left = client.drain(request, leaving.signal);
    leaving.abort();
    expect(await left).toMatchObject({ ok: false, error: { code: 'router_unreachable' } });
    expect(a.held()).toBe(1);
    const drained = client.drain(request, never);
    a.release();
    expect(value(await drained)).toEqual({ cut: 0 });
    expect((await held).text).toBe('a');
    await get(port, '/status/500');
    const { counts } = value(await client.state());
    expect(counts).toMatchObject([
      { service: 'web', revision: 'revision-a', requests: 1, failures: 0 },
      { service: 'web', revision: 'revision-b', requests: 1, failures: 1 },
    ]);
  });
});

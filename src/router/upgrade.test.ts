import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { fail } from '#kernel';
import type { RouterClient } from './client.ts';
import { get, pickPort, stable, tableOf, until, value } from './testing/place.ts';
import { makeRouterFolder, routersOf, startRouterIn } from './testing/router-process.ts';
import { type Service, startService } from './testing/service.ts';

async function serviceOf(name: string): Promise<Service> {
  const service = await startService(name);
  onTestFinished(() => service.kill());
  return service;
}

const tableFor = (generation: number, port: number, ...services: readonly Service[]) =>
  tableOf(1, generation, [
    { service: 'web', port, preview: null, affinity: null, arms: [stable(100, ...services)] },
  ]);

interface Load {
  readonly answered: () => number;
  readonly problems: string[];
  stop(): Promise<void>;
}

/** Callers with kept connections, with bodies, and with a new connection for each request, all without a pause. */
function load(port: number): Load {
  const agent = new Agent({ connections: 8, pipelining: 1 });
  const problems: string[] = [];
  let [answered, isOver] = [0, false];
  const repeat = async (one: () => Promise<number>) => {
    while (!isOver) {
      try {
        const status = await one();
        if (status === 200) answered += 1;
        else problems.push(`answered ${status}`);
      } catch (reason) {
        problems.push(String(reason));
      }
    }
  };
  const kept = (method: 'GET' | 'POST') => async () => {
    const body = method === 'POST' ? { body: 'x'.repeat(2_000) } : {};
    const answer = await request(`http://127.0.0.1:${port}/`, { method, dispatcher: agent, ...body });
    await answer.body.dump();
    return answer.statusCode;
  };
  const fresh = () =>
    new Promise<number>((resolve, reject) => {
      const asking = ask({ port, host: '127.0.0.1', agent: false }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      });
      asking.once('error', reject).end();
    });
  const callers = [...Array(4).fill(kept('GET')), ...Array(4).fill(kept('POST')), fresh, fresh].map(repeat);
  return {
    answered: () => answered,
    problems,
    async stop() {
      isOver = true;
      await Promise.all(callers);
      await agent.close();
    },
  };
}

async function countedBy(client: RouterClient): Promise<number> {
  const { counts } = value(await client.state());
  return counts.reduce((sum, { requests }) => sum + requests, 0);
}

describe.each([1, 2])('an upgrade with %i threads', (workers) => {
  test('several times under load: no request fails, and none is lost from the counts', async () => {
    const folder = await makeRouterFolder();
    const [service, port] = [await serviceOf('a'), await pickPort()];
    const client = await startRouterIn(folder, workers);
    value(await client.setTable(tableFor(1, port, service)));
    const { epoch } = value(await client.state());
    const running = load(port);
    const pids = new Set([client.identity.pid]);
    for (let upgrade = 1; upgrade <= 4; upgrade += 1) {
      const before = running.answered();
      value(await client.upgrade({ workers, requestsMillis: 5_000, websocketsMillis: 100 }));
      pids.add(client.identity.pid);
      expect(value(await client.state())).toMatchObject({ epoch, version: 1 });
      await until(() => running.answered() > before + 200);
    }
    await running.stop();
    expect(running.problems).toEqual([]);
    expect(pids.size).toBe(5);
    await until(async () => (await routersOf(folder)).length === 1);
    expect(await countedBy(client)).toBe(running.answered());
    expect(service.requests()).toBe(running.answered());
  }, 120_000);
});

describe('after an upgrade the old process', () => {
  async function upgraded(
    limits: { requestsMillis: number; websocketsMillis: number },
    before: (port: number, service: Service) => Promise<unknown>,
  ) {
    const folder = await makeRouterFolder();
    const [service, port] = [await serviceOf('a'), await pickPort()];
    const client = await startRouterIn(folder);
    value(await client.setTable(tableFor(1, port, service)));
    await before(port, service);
    value(await client.upgrade(limits));
    return { folder, service, port, client };
  }

  test('closes its WebSockets with 1012, answers what it has begun, and ends', async () => {
    let closed: Promise<unknown[]> = Promise.resolve([]);
    let held: ReturnType<typeof get> | null = null;
    const { folder, service, port } = await upgraded(
      { requestsMillis: 20_000, websocketsMillis: 200 },
      async (at, web) => {
        const socket = new WebSocket(`ws://127.0.0.1:${at}/socket`);
        await once(socket, 'open');
        closed = once(socket, 'close');
        held = get(at, '/hold');
        await until(() => web.held() === 1);
      },
    );
    expect(await closed).toEqual([1012, Buffer.from('service restart')]);
    expect((await get(port)).text).toBe('a');
    expect(await routersOf(folder)).toHaveLength(2);
    service.release();
    expect(await (held as unknown as ReturnType<typeof get>)).toMatchObject({ status: 200, text: 'a' });
    await until(async () => (await routersOf(folder)).length === 1);
  });

  test('lets streams of events go on until its limit', async () => {
    let stream: Awaited<ReturnType<typeof request>> | null = null;
    const { folder, service } = await upgraded(
      { requestsMillis: 1_000, websocketsMillis: 0 },
      async (at, web) => {
        stream = await request(`http://127.0.0.1:${at}/events`);
        await until(() => web.listeners() === 1);
      },
    );
    service.emit('one');
    const began = performance.now();
    const text = await (stream as unknown as Awaited<ReturnType<typeof request>>).body.text();
    expect(text).toBe('data: one\n\n');
    expect(performance.now() - began).toBeGreaterThan(500);
    await until(async () => (await routersOf(folder)).length === 1);
  });

  test('is waited for by a drain, and takes part in what changes', async () => {
    let held: ReturnType<typeof get> | null = null;
    const { service, port, client } = await upgraded(
      { requestsMillis: 20_000, websocketsMillis: 0 },
      async (at, web) => {
        held = get(at, '/hold');
        await until(() => web.held() === 1);
      },
    );
    expect(value(await client.state()).open).toEqual([{ replica: 'a', requests: 1, sockets: 0 }]);
    value(await client.setTable(tableFor(2, port, await serviceOf('b'))));
    let isDrained = false;
    const request = { replicas: ['a'], requestsMillis: 10_000, websocketsMillis: 0 };
    const drained = client.drain(request, new AbortController().signal).then((outcome) => {
      isDrained = true;
      return outcome;
    });
    await delay(200);
    expect(isDrained).toBe(false);
    service.release();
    await (held as unknown as ReturnType<typeof get>);
    expect(value(await drained)).toEqual({ cut: 0 });
  });
});

describe('an upgrade that goes wrong', () => {
  const program = join(import.meta.dirname, 'testing', 'broken-successor.ts');

  test.each(['start', 'facts', 'go'])(
    'because the new process ends at %s leaves the old one serving',
    async (at) => {
      const folder = await makeRouterFolder();
      const [service, port] = [await serviceOf('a'), await pickPort()];
      const client = await startRouterIn(folder);
      value(await client.setTable(tableFor(1, port, service)));
      await writeFile(join(folder, 'break-at'), at);
      const running = load(port);
      const { pid } = client.identity;
      expect(await client.upgrade({ program })).toEqual(
        fail('router_not_upgraded', { reason: 'the new process ended with 7' }),
      );
      value(await client.setTable(tableFor(2, port, await serviceOf('b'))));
      // The lock is held again: there is still one router only, and it can be upgraded.
      expect((await startRouterIn(folder)).identity.pid).toBe(pid);
      value(await client.upgrade({ requestsMillis: 1_000 }));
      await running.stop();
      expect(running.problems).toEqual([]);
    },
  );

  test('because the old process is killed leaves the new one serving', async () => {
    const folder = await makeRouterFolder();
    const [service, port] = [await serviceOf('a'), await pickPort()];
    const client = await startRouterIn(folder);
    value(await client.setTable(tableFor(1, port, service)));
    await writeFile(join(folder, 'break-at'), 'old');
    const { pid } = client.identity;
    await client.upgrade({ program });
    const again = await startRouterIn(folder);
    expect(again.identity.pid).not.toBe(pid);
    expect((await get(port)).text).toBe('a');
    expect(value(await again.state())).toMatchObject({ version: 1, generation: 1 });
    await until(async () => (await routersOf(folder)).length === 1); // whoever found the folder locked has ended
    expect(await routersOf(folder)).toEqual([again.identity.pid]);
  }, 60_000);
});

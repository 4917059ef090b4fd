import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { currentRequest, outgoingHeaders } from './context.ts';
import { ConfigError, createService } from './service.ts';
import { type Framework, frameworks, serviceOf } from './service.fixture.ts';
import type { Parts, Service } from './service-types.ts';
import type { Settings } from './settings.ts';
import { startTestService, type TestService } from './testing/index.ts';

const running: TestService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) {
    service.hurry();
    await service.stop();
  }
});

async function start(service: Service<Settings>, env: NodeJS.ProcessEnv = {}): Promise<TestService> {
  const started = await startTestService(service, { env });
  running.push(started);
  return started;
}

const outside = { 'x-forwarded-for': '203.0.113.7, 198.51.100.9' };
const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
const turn = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(frameworks.map((framework) => [framework]))('with %s', (framework: Framework) => {
  test('a request is answered, counted by its template, and logged with who asked', async () => {
    const { url, logs } = await start(serviceOf(framework));
    const headers = {
      ...outside,
      'x-request-id': 'req-12345678',
      'x-fairway-arm': 'canary',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    };
    const response = await fetch(`${url}/orders/7?token=hunter2`, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toBe('req-12345678');
    expect(await json(response)).toEqual({
      ...{ id: '7', arm: 'canary', address: '198.51.100.9' },
      ...{ traceId: 'a'.repeat(32), correlationId: 'req-12345678' },
    });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'http_server_request_duration_seconds_count{http_request_method="GET",http_route="/orders/:id",http_response_status_code="200"} 1',
    );
    const line = logs.find(({ message }) => message === 'request');
    expect(line).toMatchObject({
      ...{ level: 'info', service: 'orders', method: 'GET', path: '/orders/7', status: 200 },
      ...{ request_id: 'req-12345678', user_id: 'user-of-7', tenant_id: 'tenant-1' },
      ...{ duration_ms: expect.any(Number), timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) },
    });
    expect(JSON.stringify(logs)).not.toContain('hunter2');
  });

  test('what it throws is a 500 without the reason, which is in the log', async () => {
    const { url, logs } = await start(serviceOf(framework));
    const response = await fetch(`${url}/broken`);
    expect(response.status).toBe(500);
    expect(await json(response)).toMatchObject({ code: 'unforeseen' });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'count{http_request_method="GET",http_route="/broken",http_response_status_code="500"} 1',
    );
    const failures = logs.filter(({ level }) => level === 'error');
    expect(failures).toMatchObject([{ message: 'unforeseen', reason: { message: 'a hidden reason' } }]);
    expect(failures[0]?.['request_id']).toBe(response.headers.get('x-request-id'));
  });

  test('paths that nobody has are one series, whatever they are', async () => {
    const { url } = await start(serviceOf(framework));
    for (const path of ['/a', '/b', '/c/d']) expect((await fetch(url + path)).status).toBe(404);
    const page = await (await fetch(`${url}/metrics`)).text();
    expect(page).toContain(
      'count{http_request_method="GET",http_route="",http_response_status_code="404"} 3',
    );
  });

  test('a client that goes before its answer is counted as gone, not as served', async () => {
    const { url } = await start(serviceOf(framework));
    // One that goes before it was read is counted nowhere: the next one comes a moment later.
    const comeAndGo = async () => {
      await fetch(`${url}/slow?ms=300`, { signal: AbortSignal.timeout(50) }).catch(() => undefined);
      return (await fetch(`${url}/metrics`)).text();
    };
    await expect
      .poll(comeAndGo, { timeout: 20_000 })
      .toMatch(/http_route="\/slow",http_response_status_code="499"\} [1-9]/);
    expect(await comeAndGo()).not.toContain('http_route="/slow",http_response_status_code="200"');
  });

  test('the grace is over: who has no answer yet is told to try again', async () => {
    const service = await start(serviceOf(framework), { SHUTDOWN_GRACE_MILLIS: '200' });
    const asked = fetch(`${service.url}/slow?ms=600`);
    await turn(100);
    expect(await service.stop()).toBe('cut');
    const response = await asked;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(response.headers.get('connection')).toBe('close');
    expect(await json(response)).toMatchObject({ code: 'stopping' });
    await turn(600); // the handler's own answer comes too late, and must hurt nobody
    expect(service.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('what is under way is finished, and the end comes as soon as it is', async () => {
    const service = await start(serviceOf(framework));
    const asked = fetch(`${service.url}/slow?ms=300`);
    await turn(100);
    const begun = Date.now();
    expect(await service.stop()).toBe('finished');
    expect(Date.now() - begun).toBeLessThan(10_000);
    const response = await asked;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
  });

  test('faults are for users: this share fails, checks and probes do not', async () => {
    const { url } = await start(serviceOf(framework), { FAULT_ERROR_SHARE: '1', FAULT_DELAY_MILLIS: '30' });
    const begun = Date.now();
    const failed = await fetch(`${url}/orders/1`);
    expect([failed.status, (await json(failed))['code']]).toEqual([500, 'fault']);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(29);
    expect((await fetch(`${url}/orders/1`, { headers: { 'x-fairway-arm': 'canary' } })).status).toBe(200);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

const withParts = (parts: Partial<Parts>, rest: Partial<Service<Settings>> = {}) =>
  serviceOf('node:http', { parts, ...rest });

describe('probes', () => {
  test('health answers at once while what it depends on hangs; ready waits for that, and says what does', async () => {
    const database = () => new Promise(() => undefined);
    const { url } = await start(withParts({ ready: { database, queue: () => Promise.resolve() } }));
    let isAnswered = false;
    const ready = fetch(`${url}/ready`).finally(() => (isAnswered = true));
    const health = await fetch(`${url}/health`);
    expect(isAnswered).toBe(false);
    expect(await json(health)).toEqual({ status: 'ok', service: 'orders', version: '1', revision: 'none' });
    const answer = await ready;
    expect(answer.status).toBe(503);
    const checks = { database: { reason: 'no answer within 800 ms' }, queue: 'ok' };
    expect(await json(answer)).toEqual({ ready: false, checks });
  });

  test('reasons, numbers and controls are for inside', async () => {
    const ready = { database: () => Promise.reject(new Error('password wrong for planner')) };
    const consumer = { pause: () => Promise.resolve(), resume: () => Promise.resolve() };
    const { url } = await start(withParts({ ready, consumer }));
    const readiness = await fetch(`${url}/ready`, { headers: outside });
    expect([readiness.status, await readiness.text()]).toEqual([503, '{"ready":false}']);
    expect((await fetch(`${url}/metrics`, { headers: outside })).status).toBe(404);
    expect((await fetch(`${url}/-/pause`, { method: 'POST', headers: outside })).status).toBe(404);
    expect(await (await fetch(`${url}/ready`)).text()).toContain('password wrong for planner');
  });

  test('a check that throws at once is a reason like any other', async () => {
    const ready = {
      database() {
        throw new Error('no pool');
      },
    };
    const { url } = await start(withParts({ ready }));
    const answer = await fetch(`${url}/ready`);
    expect(await json(answer)).toEqual({ ready: false, checks: { database: { reason: 'no pool' } } });
  });

  test('many probes at the same time ask a dependency once', async () => {
    let asked = 0;
    const database = async () => {
      asked += 1;
      await turn(300);
    };
    const { url } = await start(withParts({ ready: { database } }));
    const answers = await Promise.all([1, 2, 3].map(() => fetch(`${url}/ready`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(asked).toBe(1);
  });

  test('startup waits for what warms up, and no probe is counted or logged', async () => {
    let warm = false;
    const { url, logs } = await start(withParts({ started: () => warm }));
    expect((await fetch(`${url}/startup`)).status).toBe(503);
    warm = true;
    expect((await fetch(`${url}/startup?x=1`)).status).toBe(200);
    expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/health`, { method: 'POST' })).status).toBe(405);
    const page = await (await fetch(`${url}/metrics`)).text();
    expect(page).not.toMatch(/^http_server_request_duration_seconds_count/m);
    expect(page).toMatch(/^process_start_time_seconds \d+/m);
    expect(logs.filter(({ message }) => message === 'request')).toEqual([]);
  });

  test('their paths can be others', async () => {
    const { url } = await start(withParts({}, { paths: { health: '/healthz', ready: '/readyz' } }));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/health`)).status).toBe(404);
  });

  test('while it drains it still takes requests and is not ready', async () => {
    const service = await start(withParts({}), { SHUTDOWN_DRAIN_MILLIS: '400' });
    const ended = service.stop();
    const answer = await fetch(`${service.url}/ready`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
    expect(await json(answer)).toEqual({
      ready: false,
      checks: { service: { reason: 'it is stopping' } },
    });
    expect((await fetch(`${service.url}/orders/1`)).status).toBe(200);
    expect(await ended).toBe('finished');
  });
});

describe('consumers', () => {
  const counted = () => {
    const calls: string[] = [];
    const called = (name: string) => () => Promise.resolve(void calls.push(name));
    return { calls, consumer: { pause: called('pause'), resume: called('resume') } };
  };

  test.each([
    ['active', { FAIRWAY_ROLE: 'active' }, ['resume']],
    ['passive', { FAIRWAY_ROLE: 'passive' }, ['pause']],
    ['without a role', {}, ['resume']],
  ])('%s: at first %o makes %o', async (_, env, expected) => {
    const { calls, consumer } = counted();
    await start(withParts({ consumer }), env);
    expect(calls).toEqual(expected);
  });

  test('POST pauses and resumes, GET does nothing, the end pauses before it finishes', async () => {
    const { calls, consumer } = counted();
    const finish = () => Promise.resolve(void calls.push('finish'));
    const service = await start(withParts({ consumer, finish }), { FAIRWAY_ROLE: 'passive' });
    expect((await fetch(`${service.url}/-/resume`)).status).toBe(405);
    const resumed = await fetch(`${service.url}/-/resume`, { method: 'POST' });
    expect([resumed.status, await json(resumed)]).toEqual([200, { paused: false }]);
    expect(await json(await fetch(`${service.url}/-/pause`, { method: 'POST' }))).toEqual({ paused: true });
    await service.stop();
    expect(calls).toEqual(['pause', 'resume', 'pause', 'pause', 'finish']);
  });
});

test('a connection that became something else is given to attach, and is cut when finish is done with it', async () => {
  const upgraded: string[] = [];
  const service = await start(
    withParts({
      attach(server) {
        server.on('upgrade', (request, socket) => {
          upgraded.push(request.url ?? '');
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
        });
      },
    }),
  );
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  expect(upgraded).toEqual(['/ws']);
  const begun = Date.now();
  expect(await service.stop()).toBe('finished');
  await closed;
  expect(Date.now() - begun).toBeLessThan(10_000);
});

test('who offers another protocol to a service without one gets its answer in HTTP/1.1', async () => {
  const service = await start(serviceOf('node:http'));
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  socket.write(
    'GET /orders/7 HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  );
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('a connection that never asks anything does not hold up the end', async () => {
  const service = await start(withParts({}));
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const begun = Date.now();
  expect(await service.stop()).toBe('finished');
  await closed;
  expect(Date.now() - begun).toBeLessThan(10_000);
});

test('what closes badly or never is told, and the end comes nevertheless', async () => {
  const failing = await start(withParts({ close: () => Promise.reject(new Error('no more pool')) }));
  expect(await failing.stop()).toBe('finished');
  expect(failing.logs).toContainEqual(
    expect.objectContaining({ message: 'closing failed', level: 'warning' }),
  );
  const hanging = await start(withParts({ close: () => new Promise(() => undefined) }));
  expect(await hanging.stop()).toBe('finished');
  expect(hanging.logs).toContainEqual(expect.objectContaining({ message: 'closing took too long' }));
});

test('the headers for the next service continue the trace under this request', async () => {
  let sent: Record<string, string> = {};
  const { url } = await start(
    serviceOf('node:http', {
      start: () =>
        Promise.resolve({
          handler(_, response) {
            sent = { ...outgoingHeaders(), span: currentRequest()?.spanId ?? '' };
            response.end();
          },
        }),
    }),
  );
  const trace = 'c'.repeat(32);
  const headers = {
    traceparent: `00-${trace}-${'d'.repeat(16)}-00`,
    tracestate: 'a=1',
    'x-fairway-arm': 'stable',
  };
  const response = await fetch(url, { headers });
  expect(sent).toEqual({
    'x-request-id': response.headers.get('x-request-id'),
    traceparent: `00-${trace}-${sent['span'] ?? ''}-00`,
    ...{ tracestate: 'a=1', 'x-fairway-arm': 'stable', span: expect.stringMatching(/^[0-9a-f]{16}$/) },
  });
  expect(sent['span']).not.toBe('d'.repeat(16));
});

describe('the beginning', () => {
  test('told to stop while it starts: what it opened is closed all the same', async () => {
    const closed: string[] = [];
    const service = createService(
      serviceOf('node:http', {
        async start() {
          await turn(200);
          return {
            handler: (_, response) => void response.end(),
            close: async () => void closed.push('pool'),
          };
        },
      }),
      { env: { PORT: '0' }, envFile: null, secretsFolder: null, write: () => undefined },
    );
    const listening = service.listen();
    expect(await service.stop()).toBe('finished');
    await listening;
    expect(closed).toEqual(['pool']);
  });

  test('a port that is taken: it rejects, and what it opened is closed', async () => {
    const { url } = await start(withParts({}));
    const closed: string[] = [];
    const parts = { close: async () => void closed.push('pool') };
    const second = startTestService(withParts(parts), { env: { PORT: new URL(url).port } });
    await expect(second).rejects.toThrow('EADDRINUSE');
    expect(closed).toEqual(['pool']);
  });

  test('wrong settings: it throws the sentences before anything starts', () => {
    const create = () =>
      createService(serviceOf('hono'), { env: { PORT: 'x' }, envFile: null, secretsFolder: null });
    expect(create).toThrow(
      new ConfigError(['PORT is "x" in the environment: write a whole number from 0 to 65535.'], []),
    );
  });

  test('flags come from the variables it was given', async () => {
    const seen: unknown[] = [];
    const made = serviceOf('node:http', {
      async start({ flags }) {
        seen.push(await flags.boolean('new-cart', false), await flags.boolean('other', false));
        return { handler: (_, response) => void response.end() };
      },
    });
    await start(made, { FLAG_NEW_CART: 'true' });
    expect(seen).toEqual([true, false]);
  });
});

test('traces: the span of a request reaches the collector before the end, with its route', async () => {
  const bodies: Buffer[] = [];
  const collector = createServer((request, response) => {
    request.on('data', (part: Buffer) => bodies.push(part));
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, TRACES_KEEP_SUCCESSES: '1' };
  const service = await start(serviceOf('hono'), env);
  await (await fetch(`${service.url}/orders/7`)).text();
  await service.stop();
  collector.close();
  const sent = Buffer.concat(bodies).toString();
  expect(sent).toContain('GET /orders/:id');
  expect(sent).toContain('orders');
});

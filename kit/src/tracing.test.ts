import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from './client.ts';
import { contextOf, withRequest } from './context.ts';
import { keptLog } from './log.fixture.ts';
import { startTestService } from './testing/index.ts';
import { createTracing, type Tracing, type TracingOptions } from './tracing.ts';
import { startCollector } from './tracing/collector.fixture.ts';
import { isKept } from './tracing/tail-sampling.ts';
import { eventually } from './testing-stores.fixture.ts';

async function recorded(options: Partial<TracingOptions> = {}, log = keptLog().log) {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const open = async (service: string) => {
    const tracing = createTracing(
      { service, endpoint: collector.endpoint, exportEvery: 50, ...options },
      { log },
    );
    onTestFinished(() => tracing.shutdown());
    await tracing.ready;
    return tracing;
  };
  return { collector, open };
}

/** Trace ids as evenly spread as random ones, and the same in every run. */
const idOf = (index: number) => createHash('sha256').update(String(index)).digest('hex').slice(0, 32);
const requestWith = (traceId: string) => ({
  headers: { traceparent: `00-${traceId}-00000000000000aa-01` },
  method: 'GET',
  url: '/',
});
const failing = () => Promise.reject(new Error('broke'));

test('of 1000 good traces and 50 with an error all errors and about 100 good ones arrive, each whole', async () => {
  const { collector, open } = await recorded();
  const tracing = await open('core');
  const trace = (index: number, isBad: boolean) =>
    withRequest(contextOf(requestWith(idOf(index))), () =>
      tracing
        .span('outer', { index }, async () => {
          await tracing.span('first', {}, () => Promise.resolve());
          await (isBad ? tracing.span('second', {}, failing).catch(() => 'handled') : Promise.resolve());
        })
        .catch(() => undefined),
    );
  await Promise.all(Array.from({ length: 1_050 }, (_, index) => trace(index, index >= 1_000)));
  await tracing.shutdown();

  const byTrace = Map.groupBy(collector.spans, ({ traceId }) => traceId);
  const bad = [...byTrace.values()].filter((spans) => spans.some(({ isError }) => isError));
  const good = [...byTrace.values()].filter((spans) => !spans.some(({ isError }) => isError));
  expect(bad).toHaveLength(50);
  expect(bad.every((spans) => spans.length === 3)).toBe(true);
  expect(good.length).toBeGreaterThan(70);
  expect(good.length).toBeLessThan(130);
  expect(good.every((spans) => spans.length === 2)).toBe(true);
  expect(collector.paths).toEqual(new Set(['POST /v1/traces application/json']));
});

test('two services keep the same traces', async () => {
  const { collector, open } = await recorded();
  const services = [await open('one'), await open('two')];
  for (let index = 0; index < 400; index++) {
    for (const tracing of services) {
      await withRequest(contextOf(requestWith(idOf(index))), () =>
        tracing.span('work', {}, () => Promise.resolve()),
      );
    }
  }
  await Promise.all(services.map((tracing) => tracing.shutdown()));
  const keptBy = (name: string) =>
    collector.spans.filter(({ service }) => service === name).map(({ traceId }) => traceId);
  expect(keptBy('one').length).toBeGreaterThan(20);
  expect(keptBy('one').length).toBeLessThan(70);
  expect(keptBy('two').toSorted()).toEqual(keptBy('one').toSorted());
});

test('the share that is kept is the share that was asked for, and a larger share keeps the same and more', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => idOf(index));
  const kept = (share: number) => ids.filter((id) => isKept(id, share));
  expect(kept(0)).toHaveLength(0);
  expect(kept(1)).toHaveLength(20_000);
  expect(Math.abs(kept(0.1).length - 2_000)).toBeLessThan(130); // three standard deviations
  const more = new Set(kept(0.5));
  expect(kept(0.1).every((id) => more.has(id))).toBe(true);
});

/** A service in small: its requests have a context and a span, as runService does it. */
async function serve(tracing: Tracing, handler: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    const context = contextOf(request);
    tracing.serve(context, request, response);
    context.route = '/route/:id';
    withRequest(context, () => handler(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a trace goes from service to service: each span has the one above it as its parent', async () => {
  const { collector, open } = await recorded({ keepSuccesses: 1 });
  const [edge, core] = [await open('edge'), await open('core')];
  const coreBase = await serve(core, (_, response) => {
    void core.span('look up', { 'db.system': 'postgres' }, () => Promise.resolve(response.end('{}')));
  });
  const client = createClient({ name: 'core', base: coreBase }, { tracing: edge });
  const edgeBase = await serve(edge, (_, response) => {
    void edge
      .span('compose', {}, () => client.call('GET', '/things/7?secret=1'))
      .then(() => response.end('done'));
  });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await fetch(`${edgeBase}/pages/1`, { headers: { traceparent } }).then((response) => response.text());
  await eventually(() => collector.spans.length === 5, 'all five spans arrive');

  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(
    new Set(['0af7651916cd43dd8448eb211c80319c']),
  );
  const path: string[] = [];
  for (let parent = 'b7ad6b7169203331'; ; ) {
    const span = collector.spans.find(({ parentSpanId }) => parentSpanId === parent);
    if (span === undefined) break;
    path.push(`${span.service} ${span.kind} ${span.name}`);
    parent = span.spanId;
  }
  expect(path).toEqual([
    'edge 2 GET /route/:id',
    'edge 1 compose',
    'edge 3 GET core',
    'core 2 GET /route/:id',
    'core 1 look up',
  ]);
  expect(JSON.stringify(collector.spans)).not.toContain('secret=1');
});

test('whole services of the kit continue the trace and the correlation id', async () => {
  const collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, LOG_LEVEL: 'info' };
  let base = '';
  const core = await startTestService(
    {
      name: 'core',
      settings: {},
      start: () => Promise.resolve({ handler: (_, response) => void response.writeHead(503).end('{}') }),
    },
    { env },
  );
  base = core.url;
  const edge = await startTestService(
    {
      name: 'edge',
      settings: {},
      start: ({ tracing, log }) => {
        const client = createClient({ name: 'core', base, retries: null }, { tracing, log });
        return Promise.resolve({
          handler: async (_, response) => {
            const { status } = await client.call('GET', '/x');
            response.end(String(status));
          },
        });
      },
    },
    { env },
  );
  onTestFinished(() => collector.close());
  const headers = { 'x-request-id': 'req-of-the-caller', traceparent: `00-${idOf(7)}-00000000000000aa-01` };
  const answer = await fetch(edge.url, { headers });
  expect(await answer.text()).toBe('503');
  await Promise.all([edge.stop(), core.stop()]); // sends what waits

  const seen = collector.spans.map(
    ({ service, kind, traceId, isError }) => `${service} ${kind} ${traceId} ${isError}`,
  );
  expect(seen.toSorted()).toEqual([
    `core 2 ${idOf(7)} true`,
    `edge 2 ${idOf(7)} false`, // it made the best of it; its trace is kept for the call that failed
    `edge 3 ${idOf(7)} true`,
  ]);
  for (const { logs } of [edge, core]) {
    expect(logs).toContainEqual(
      expect.objectContaining({ message: 'request', request_id: 'req-of-the-caller', trace_id: idOf(7) }),
    );
  }
});

test('an answer 5xx is an error of both sides, so that both keep the trace; 4xx is none', async () => {
  const { collector, open } = await recorded({ keepSuccesses: 0 });
  const [edge, core] = [await open('edge'), await open('core')];
  const base = await serve(
    core,
    (request, response) => void response.writeHead(Number(request.url?.slice(1))).end(),
  );
  const client = createClient({ name: 'core', base, retries: null }, { tracing: edge });
  await client.call('GET', '/404');
  await client.call('GET', '/503');
  await Promise.all([edge.shutdown(), core.shutdown()]);
  const seen = collector.spans.map(
    ({ service, isError, attributes }) => `${service} ${isError} ${attributes['http.response.status_code']}`,
  );
  expect(seen.toSorted()).toEqual(['core true 503', 'edge true 503']);
});

test('what is thrown is recorded by type and message, without secrets, and passed on', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const tracing = createTracing(
    { service: 'core', endpoint: collector.endpoint, version: '7', environment: 'staging' },
    { secrets: ['hunter2-hunter2'] },
  );
  await tracing.ready;
  const refused = Object.assign(new Error('login with hunter2-hunter2 at redis://:hunter3@h failed'), {
    code: 'login_failed',
  });
  await expect(tracing.span('log in', {}, () => Promise.reject(refused))).rejects.toBe(refused);
  await tracing.shutdown();
  expect(collector.spans).toMatchObject([
    {
      name: 'log in',
      isError: true,
      message: 'login with [hidden] at redis://:[hidden]@h failed',
      attributes: { 'error.type': 'login_failed' },
    },
  ]);
});

test('a collector that is away is said once, and said when it is back; nothing else notices', async () => {
  const { log, messages } = keptLog();
  const first = await startCollector();
  const { port } = first;
  await first.close();
  const tracing = createTracing(
    {
      service: 'core',
      endpoint: `http://127.0.0.1:${port}`,
      exportEvery: 20,
      exportTimeout: 150,
      keepSuccesses: 1,
    },
    { log },
  );
  await tracing.ready;
  const work = () => tracing.span('work', {}, () => Promise.resolve(42));
  expect(await work()).toBe(42);
  await eventually(() => messages().includes('traces cannot be sent'), 'the loss is noticed');
  await work();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(messages()).toEqual(['traces cannot be sent']);

  const again = await startCollector(port);
  onTestFinished(() => again.close());
  await eventually(async () => {
    await work();
    return messages().includes('traces are sent again');
  }, 'sent again');
  await tracing.shutdown();
});

test('without a collector nothing is recorded, and it costs next to nothing', async () => {
  const tracing = createTracing({ service: 'core', endpoint: null });
  await tracing.ready;
  const work = () => Promise.resolve();
  for (let warm = 0; warm < 10_000; warm++) await tracing.span('work', {}, work);
  const begun = performance.now();
  for (let call = 0; call < 100_000; call++) await tracing.span('work', {}, work);
  expect((performance.now() - begun) / 100_000).toBeLessThan(0.005); // milliseconds a call
  await tracing.shutdown();
});

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, UnreachableError } from './client.ts';
import { contextOf, withRequest } from './context.ts';
import { verify } from './hmac.ts';
import { createMetrics } from './metrics.ts';
import { TimeoutError } from './resilience.ts';
import { systemClock } from './clock.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server on loopback that keeps what it was asked. */
async function serve(answer: (response: ServerResponse, count: number) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      seen.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      answer(response, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const quick = { retries: { waits: [0, 1, 2, 4] } };

test('sends JSON, gives the answer parsed, and hands on the context of the request', async () => {
  const { base, seen } = await serve((response) => void json(response, 201, { id: 7 }));
  const client = createClient({ name: 'core', base: `${base}/v1/`, headers: { 'X-Own': 'a' } });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const headers = { traceparent, 'x-request-id': 'req-12345678', 'x-fairway-arm': 'canary' };
  const context = contextOf({ headers, method: 'GET', url: '/' });
  const answer = await withRequest(context, () =>
    client.call('post', '/orders?x=1', { body: { amount: 1 } }),
  );

  expect(answer).toMatchObject({ status: 201, body: { id: 7 } });
  expect(seen).toMatchObject([{ method: 'POST', path: '/v1/orders?x=1', body: '{"amount":1}' }]);
  expect(seen[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'x-own': 'a',
    'x-request-id': 'req-12345678',
    'x-fairway-arm': 'canary',
    traceparent: `00-0af7651916cd43dd8448eb211c80319c-${context.spanId}-01`,
  });
});

test('to a service of somebody else nothing of the context goes', async () => {
  const { base, seen } = await serve((response) => void json(response, 200, {}));
  const client = createClient({ name: 'vendor', base, outside: true });
  await withRequest(contextOf({ headers: {}, method: 'GET', url: '/' }), () => client.call('GET', '/'));
  expect(Object.keys(seen[0]?.headers ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/trace|^x-/)]),
  );
});

test('a path cannot lead to another host', async () => {
  const client = createClient({ name: 'core', base: 'http://127.0.0.1:1' });
  for (const path of ['@localhost:2/', '.example.test/', 'x', '']) {
    await expect(client.call('GET', path)).rejects.toThrow('begins with a slash');
  }
});

test('an answer 5xx to a GET is tried again, and the last one is returned', async () => {
  const { base, seen } = await serve(
    (response, count) => void json(response, count < 3 ? 503 : 200, { count }),
  );
  const client = createClient({ name: 'core', base, ...quick });
  expect(await client.call('GET', '/')).toMatchObject({ status: 200, body: { count: 3 } });
  expect(seen).toHaveLength(3);

  const broken = await serve((response) => void json(response, 500, { code: 'broken' }));
  const other = createClient({ name: 'core', base: broken.base, ...quick });
  expect(await other.call('GET', '/')).toMatchObject({ status: 500, body: { code: 'broken' } });
  expect(broken.seen).toHaveLength(4);
});

test('a POST is sent once, unless it has an Idempotency-Key or the caller says that it may be repeated', async () => {
  const { base, seen } = await serve((response) => void json(response, 500, {}));
  const attempts = async (options: object) => {
    const before = seen.length;
    const client = createClient({ name: 'core', base, ...quick });
    await client.call('POST', '/', { body: {}, ...options });
    return seen.length - before;
  };
  expect(await attempts({})).toBe(1);
  expect(await attempts({ headers: { 'Idempotency-Key': 'k' } })).toBe(4);
  expect(await attempts({ idempotent: true })).toBe(4);
});

test('an answer 4xx is neither tried again nor counted', async () => {
  const { base, seen } = await serve((response) => void json(response, 404, {}));
  const client = createClient({ name: 'core', base, ...quick, breaker: { failures: 2 } });
  for (let call = 0; call < 3; call++) expect(await client.call('GET', '/')).toMatchObject({ status: 404 });
  expect(seen).toHaveLength(3);
  expect(client.breaker).toBe('closed');
});

test('each attempt is signed anew, so that the other side takes it', async () => {
  const { base, seen } = await serve((response, count) => void json(response, count < 2 ? 500 : 200, {}));
  const secret = 'a secret that is long';
  const client = createClient({ name: 'ai', base, hmac: { secret }, ...quick });
  await client.call('PUT', '/v1/coach?lang=de', { body: { text: 'ä' } });
  expect(seen).toHaveLength(2);
  for (const request of seen) {
    expect(verify({ secrets: [secret], clock: systemClock }, request)).toEqual({ ok: true });
  }
});

test('no answer in time, no server, an open breaker: each has its own error', async () => {
  const { base, seen } = await serve(() => undefined);
  const client = createClient({ name: 'slow', base, timeout: 100, retries: null, breaker: { failures: 2 } });
  await expect(client.call('GET', '/')).rejects.toThrow(TimeoutError);
  await expect(client.call('GET', '/')).rejects.toMatchObject({ code: 'timeout' });
  await expect(client.call('GET', '/')).rejects.toMatchObject({ code: 'breaker_open' });
  expect(seen).toHaveLength(2);

  const nowhere = createClient({ name: 'nowhere', base: 'http://127.0.0.1:1', retries: null });
  await expect(nowhere.call('GET', '/')).rejects.toThrow(UnreachableError);
  await expect(nowhere.call('GET', '/')).rejects.toThrow(/ECONNREFUSED|bad port/);
});

test('a redirect is not followed, with all that is secret in the request', async () => {
  const elsewhere = await serve((response) => void json(response, 200, {}));
  const { base } = await serve(
    (response) => void response.writeHead(307, { location: elsewhere.base }).end(),
  );
  expect(await createClient({ name: 'core', base }).call('GET', '/')).toMatchObject({ status: 307 });
  expect(elsewhere.seen).toHaveLength(0);
});

test('an answer without end is broken off', async () => {
  const { base } = await serve((response) => {
    const more = () => response.write('x'.repeat(10_000), more);
    more();
  });
  const client = createClient({ name: 'core', base, retries: null, largest: 100_000 });
  await expect(client.call('GET', '/')).rejects.toThrow('core: the answer has more than 100000 bytes');
});

test('text that is no JSON, no body, and JSON that is none come as they are', async () => {
  const { base } = await serve((response, count) => {
    const answers = [
      ['text/plain', 'ä'],
      ['application/json', '{'],
      ['application/problem+json', '{"code":"x"}'],
      ['', ''],
    ];
    const [type = '', text = ''] = answers[count - 1] ?? [];
    response.writeHead(200, { 'content-type': type }).end(text);
  });
  const client = createClient({ name: 'core', base });
  const bodies: unknown[] = [];
  for (let call = 0; call < 4; call++) bodies.push((await client.call('GET', '/')).body);
  expect(bodies).toEqual(['ä', '{', { code: 'x' }, '']);
});

test('metrics count each attempt; two clients share the family', async () => {
  const metrics = createMetrics();
  const { base } = await serve((response, count) => void json(response, count < 2 ? 500 : 200, {}));
  await createClient({ name: 'one', base, ...quick }, { metrics }).call('GET', '/');
  await createClient({ name: 'two', base: 'http://127.0.0.1:1', retries: null }, { metrics })
    .call('GET', '/')
    .catch(() => undefined);
  const text = await metrics.render();
  const counted = (labels: string) =>
    text.includes(`http_client_request_duration_seconds_count{${labels}} 1`);
  expect(counted('client="one",http_request_method="GET",outcome="500"')).toBe(true);
  expect(counted('client="one",http_request_method="GET",outcome="200"')).toBe(true);
  expect(counted('client="two",http_request_method="GET",outcome="unreachable"')).toBe(true);
});

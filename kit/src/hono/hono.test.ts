import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keptLog } from '../log.fixture.ts';
import { startTestService, type TestService } from '../testing/index.ts';
import { body, honoHandler, onUnforeseen, pageHeaders, problem } from './index.ts';

const running: TestService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

async function start(app: Hono): Promise<string> {
  const handler = honoHandler(app);
  const service = await startTestService({
    name: 'app',
    settings: {},
    start: () => Promise.resolve({ handler }),
  });
  running.push(service);
  return service.url;
}

describe('body', () => {
  const schema = z.object({
    name: z.string('must be a text').max(5, 'at most 5 characters'),
    age: z.number(),
  });
  const app = () => {
    const made = new Hono();
    made.post('/', async (c) => {
      const read = await body(c, schema, { largest: 100 });
      return read.ok ? c.json(read.value) : read.response;
    });
    return made;
  };
  const json = 'application/json';

  test.each([
    ['fits', json, '{"name":"ann","age":7}', 200, ''],
    ['fits, with a charset', 'Application/JSON; charset=utf-8', '{"name":"ann","age":7}', 200, ''],
    ['fits, of a type of its own', 'application/merge-patch+json', '{"name":"ann","age":7}', 200, ''],
    ['no type', '', '{"name":"ann","age":7}', 415, 'Send the body as application/json.'],
    ['another type', 'text/plain', '{"name":"ann","age":7}', 415, 'Send the body as application/json.'],
    ['no JSON', json, '{"name":', 400, 'The body is no JSON.'],
    ['empty', json, '', 400, 'The body is no JSON.'],
    ['too large', json, JSON.stringify({ name: 'x'.repeat(100) }), 413, 'The body may have 100 bytes.'],
    ['a wrong field', json, '{"name":"annabel","age":7}', 422, '"name": at most 5 characters.'],
    ['a missing field', json, '{"age":7}', 422, '"name": must be a text.'],
  ])('%s', async (_, type, text, status, detail) => {
    const url = await start(app());
    const answer = await fetch(url, { method: 'POST', body: text, headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
    const said = (await answer.json()) as { detail?: string };
    expect(said).toMatchObject(status === 200 ? { name: 'ann', age: 7 } : { status, detail });
  });

  test('a large one of unknown length is not read to its end', async () => {
    const url = await start(app());
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent > 10_000) controller.close();
        else controller.enqueue(new Uint8Array(1_000));
      },
    });
    const headers = { 'content-type': json };
    const answer = await fetch(url, { method: 'POST', body: endless, headers, duplex: 'half' }).catch(
      () => null,
    );
    expect(answer?.status ?? 413).toBe(413);
    expect(sent).toBeLessThan(10_000);
  });
});

test('a problem is one of RFC 9457', async () => {
  const url = await start(new Hono().get('/', (c) => problem(c, 409, 'taken', 'That name is taken.')));
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([409, 'application/problem+json']);
  const expected = { type: 'about:blank', title: 'Conflict', status: 409, code: 'taken' };
  expect(await answer.json()).toEqual({ ...expected, detail: 'That name is taken.' });
});

test.each([
  ['a surprise', new Error('secret detail'), 500, 'unforeseen'],
  ['a statement that was cancelled', Object.assign(new Error('x'), { code: '57014' }), 503, 'database_away'],
  ['no connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 503, 'database_away'],
  ['a database that is away', Object.assign(new Error('x'), { code: 'database_away' }), 503, 'database_away'],
  [
    'a dependency whose breaker is open',
    Object.assign(new Error('x'), { code: 'breaker_open' }),
    503,
    'dependency_away',
  ],
  ['a Redis that hangs', new Error('Command timed out'), 503, 'dependency_away'],
  ['no connection in time', new Error('timeout exceeded when trying to connect'), 503, 'database_away'],
])('%s is answered without its text and logged with it', async (_, reason, status, code) => {
  const { log, lines } = keptLog();
  const app = new Hono();
  app.get('/', () => {
    throw reason;
  });
  app.onError(onUnforeseen(log));
  const answer = await fetch(await start(app));
  expect(answer.status).toBe(status);
  expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ code });
  expect(text).not.toContain(reason.message);
  expect(lines).toMatchObject([{ level: 'error', reason: { message: reason.message } }]);
});

test('an answer that was thrown is the answer', async () => {
  const app = new Hono();
  app.get('/', () => {
    throw new HTTPException(401, { message: 'who are you' });
  });
  app.onError(onUnforeseen(keptLog().log));
  expect((await fetch(await start(app))).status).toBe(401);
});

test('routes: the one that answers, not the middleware around it nor the page behind it', async () => {
  const app = new Hono();
  app.use(async (_, next) => next());
  app.get('/orders/*', async (_, next) => next());
  app.get('/orders/:id/lines', (c) => c.text('lines'));
  const users = new Hono();
  users.use('/*', async (_, next) => next());
  users.get('/:id', (c) => c.text('user'));
  app.route('/users', users);
  app.all('/api/*', (c) => c.text('proxy'));
  app.get('/files/*', (c) => c.text('file'));
  app.get('*', (c) => c.text('page'));
  const url = await start(app);
  for (const path of ['/orders/1/lines', '/users/7', '/users/8', '/files/a/b', '/else'])
    await (await fetch(url + path)).text();
  await (await fetch(`${url}/api/x`, { method: 'POST' })).text();
  await (await fetch(`${url}/none`, { method: 'POST' })).text();
  const page = await (await fetch(`${url}/metrics`)).text();
  const routes = [...page.matchAll(/_count\{.*http_route="([^"]*)".*\} (\d+)/g)].map(
    ([, route, n]) => `${route} ${n}`,
  );
  expect(routes.toSorted()).toEqual(
    ['/orders/:id/lines 1', '/users/:id 2', '/files/* 1', '/* 1', '/api/* 1', '/* 1'].toSorted(),
  );
});

test('one app in two handlers is told about once', async () => {
  const app = new Hono().get('/a/:b', (c) => c.text(c.req.param('b')));
  honoHandler(app);
  const url = await start(app);
  expect(await (await fetch(`${url}/a/x`)).text()).toBe('x');
});

test('pages: strict headers, what differs, and HTTPS alone where it is HTTPS', async () => {
  const app = new Hono();
  app.use(pageHeaders({ csp: { 'script-src': "'self'", 'frame-ancestors': "'self'" } }));
  app.get('/', (c) => c.html('<p>hello'));
  app.get('/own', (c) => c.html('x', 200, { 'x-frame-options': 'SAMEORIGIN' }));
  const url = await start(app);
  const { headers } = await fetch(url);
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'; script-src 'self'",
  );
  expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual([
    'nosniff',
    'strict-origin-when-cross-origin',
  ]);
  expect(headers.get('strict-transport-security')).toBe(null);
  const secure = await fetch(url, { headers: { 'x-forwarded-proto': 'https' } });
  expect(secure.headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
  expect((await fetch(`${url}/own`)).headers.get('x-frame-options')).toBe('SAMEORIGIN');
});

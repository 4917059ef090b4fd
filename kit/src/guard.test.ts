import { fastify } from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import {
  fastifyHandler,
  idempotent as fastifyIdempotent,
  rateLimited,
  signed as fastifySigned,
} from './fastify/index.ts';
import { sign } from './hmac.ts';
import { honoHandler, idempotent, limited, signed } from './hono/index.ts';
import { createIdempotency, memoryStore } from './idempotency.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Handler } from './service-types.ts';
import { startTestService, type TestService } from './testing/index.ts';

const secret = 'the-secret-of-both-sides';
const rules = { secrets: [secret], clock: systemClock, largest: 1_000 };
const limit = () => createRateLimit({ limit: 2, per: 60_000, prefix: 'test' });
const idempotency = () => createIdempotency({ store: memoryStore() });

/** GET /limited, POST /orders (idempotent, slow), POST /signed: in each framework. */
const apps: Readonly<Record<string, () => Handler | Promise<Handler>>> = {
  hono() {
    let orders = 0;
    const app = new Hono();
    app.get(
      '/limited',
      limited(limit(), (c) => c.req.header('who') ?? ''),
      (c) => c.text('yes'),
    );
    app.post(
      '/orders',
      idempotent(idempotency(), (c) => c.req.header('who') ?? '', { largest: 1_000 }),
    );
    app.get(
      '/orders',
      idempotent(idempotency(), () => ''),
      (c) => c.json(orders),
    );
    app.post('/orders', async (c) => {
      const { name } = await c.req.json<{ name: string }>();
      orders += 1;
      await systemClock.sleep(100);
      if (name === 'broken') return c.json({ failed: orders }, 500);
      c.header('set-cookie', 'a=b');
      c.header('location', `/orders/${orders}`);
      return c.json({ order: orders, name }, 201);
    });
    app.post('/signed', signed(rules), async (c) => c.text(await c.req.text()));
    return honoHandler(app);
  },

  fastify() {
    let orders = 0;
    const app = fastify({ bodyLimit: 1_000 });
    const whoOf = (request: { headers: Record<string, unknown> }) => String(request.headers['who']);
    app.get('/limited', { preHandler: rateLimited(limit(), whoOf) }, () => 'yes');
    app.register((inner, _, done) => {
      fastifyIdempotent(inner, idempotency(), whoOf);
      inner.get('/orders', () => orders);
      inner.post<{ Body: { name: string } }>('/orders', async (request, reply) => {
        orders += 1;
        await systemClock.sleep(100);
        if (request.body.name === 'broken') return reply.code(500).send({ failed: orders });
        return reply
          .code(201)
          .headers({ 'set-cookie': 'a=b', location: `/orders/${orders}` })
          .send({ order: orders, name: request.body.name });
      });
      done();
    });
    app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_, body, done) => done(null, body));
    app.post('/signed', { preParsing: fastifySigned(rules) }, (request) => request.body);
    return fastifyHandler(app);
  },
};

const running: TestService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

async function start(framework: string): Promise<string> {
  const service = await startTestService({
    name: 'guarded',
    settings: {},
    start: async () => ({ handler: (await apps[framework]?.()) ?? (() => undefined) }),
  });
  running.push(service);
  return service.url;
}

const code = async (response: Response) => ((await response.json()) as { code: string }).code;
const post = (url: string, body: unknown, headers: Record<string, string>) =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

describe.each([['hono'], ['fastify']])('with %s', (framework) => {
  test('the third request within the limit is told when to come back, another client is not', async () => {
    const url = `${await start(framework)}/limited`;
    const answers = [];
    for (let count = 0; count < 3; count += 1) answers.push(await fetch(url, { headers: { who: 'ann' } }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual([
      '"default";r=1;t=30',
      '"default";r=0;t=30',
      '"default";r=0;t=30',
    ]);
    const refused = answers[2] ?? new Response();
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(refused.headers.get('ratelimit-policy')).toBe('"default";q=2;w=60');
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await code(refused)).toBe('too_many_requests');
    expect((await fetch(url, { headers: { who: 'bob' } })).status).toBe(200);
  });

  test('the same key is one order and one answer; another body is told apart', async () => {
    const url = `${await start(framework)}/orders`;
    const ann = { who: 'ann', 'idempotency-key': '"k-1"' };
    const first = await post(url, { name: 'tea' }, ann);
    const again = await post(url, { name: 'tea' }, ann);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect([await first.json(), await again.json()]).toEqual([
      { order: 1, name: 'tea' },
      { order: 1, name: 'tea' },
    ]);
    expect([again.headers.get('idempotency-replayed'), again.headers.get('location')]).toEqual([
      'true',
      '/orders/1',
    ]);
    expect([first.headers.get('set-cookie'), again.headers.get('set-cookie')]).toEqual(['a=b', null]);
    expect(again.headers.get('content-type')).toMatch(/^application\/json/);
    const other = await post(url, { name: 'milk' }, ann);
    expect([other.status, await code(other)]).toEqual([422, 'idempotency_other_request']);
    expect((await post(url, { name: 'tea' }, { ...ann, who: 'bob' })).status).toBe(201);
    expect(await (await fetch(url)).json()).toBe(2);
  });

  test('while the first is under way the second is told so', async () => {
    const url = `${await start(framework)}/orders`;
    const headers = { who: 'ann', 'idempotency-key': 'k' };
    const first = post(url, { name: 'tea' }, headers);
    await systemClock.sleep(40);
    const second = await post(url, { name: 'tea' }, headers);
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect(await code(second)).toBe('idempotency_in_flight');
    expect((await first).status).toBe(201);
  });

  test('an answer that failed is not kept: the next attempt may do better', async () => {
    const url = `${await start(framework)}/orders`;
    const headers = { who: 'ann', 'idempotency-key': 'k' };
    const answers = [
      await post(url, { name: 'broken' }, headers),
      await post(url, { name: 'broken' }, headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(await Promise.all(answers.map((each) => each.json()))).toEqual([{ failed: 1 }, { failed: 2 }]);
  });

  test('without a key it is not done', async () => {
    const url = `${await start(framework)}/orders`;
    const answer = await post(url, { name: 'tea' }, {});
    expect([answer.status, await code(answer)]).toEqual([400, 'idempotency_key_missing']);
    expect((await post(url, { name: 'x'.repeat(2_000) }, { 'idempotency-key': 'k' })).status).toBe(413);
    expect(await (await fetch(url)).json()).toBe(0);
  });

  test('what is signed passes, with its body; anything changed does not', async () => {
    const url = await start(framework);
    const send = (body: string, headers: Record<string, string>, path = '/signed?a=1') =>
      fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } });
    const request = { method: 'POST', path: '/signed?a=1', body: 'hello' };
    const headers = sign({ ...request, secret, clock: systemClock });
    const passed = await send('hello', headers);
    expect([passed.status, await passed.text()]).toEqual([200, 'hello']);
    for (const [refused, why] of [
      [await send('hallo', headers), 'signature_wrong'],
      [await send('hello', headers, '/signed?a=2'), 'signature_wrong'],
      [await send('hello', {}), 'signature_missing'],
      [await send('hello', sign({ ...request, secret: 'another', clock: systemClock })), 'signature_wrong'],
    ] as const)
      expect([refused.status, await code(refused)]).toEqual([401, why]);
    const long = 'x'.repeat(1_001);
    const signedLong = sign({ ...request, body: long, secret, clock: systemClock });
    expect((await send(long, signedLong)).status).toBe(413);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { cookiesOf, eventually, type Person, personAt } from './testing/people.ts';
import { startSystem, type System } from './testing/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  await eventually(async () => (await quotes()).length === 8, 'all quotes are there');
}, 120_000);
afterAll(() => system?.close(), 60_000);

async function quotes() {
  const response = await fetch(`${system.url}/api/quotes`);
  return ((await response.json()) as { quotes: { symbol: string; priceCents: number }[] }).quotes;
}
const order = { symbol: 'AAPL', side: 'buy', quantity: 3, limitCents: null };
const buy = (person: Person, key: string, change: object = {}) =>
  person.post('/api/orders', { ...order, ...change }, { 'idempotency-key': key });

test('the journey: quotes that move, a proposal, a trade, a message, an unbroken audit', async () => {
  const ada = await personAt(system.url, 'ada@example.com');
  const socket = new WebSocket(`${system.url.replace('http', 'ws')}/ws`, { headers: { cookie: ada.cookie } });
  const news: { topic: string; data: unknown }[] = [];
  socket.on('message', (data: Buffer) => news.push(JSON.parse(data.toString()) as (typeof news)[0]));
  await eventually(() => news.some(({ topic }) => topic === 'quotes'), 'quotes on the socket');

  const { status, body } = await ada.post('/api/agent/proposals', {
    symbol: 'AAPL',
    question: 'Buy a little?',
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({ proposal: { side: 'buy', quantity: 2, model: 'gpt-4.1-mini' } });

  const placed = await buy(ada, 'journey-1');
  expect(placed).toMatchObject({ status: 201, body: { order: { status: 'filled', commissionCents: 100 } } });
  await eventually(() => news.some(({ topic }) => topic === 'notification'), 'a message on the socket');
  socket.close();

  expect((await ada.get('/api/trades')).body).toMatchObject({ trades: [{ symbol: 'AAPL', quantity: 3 }] });
  expect((await ada.get('/api/positions')).body).toEqual({ positions: [{ symbol: 'AAPL', quantity: 3 }] });
  expect((await ada.get('/api/notifications')).body).toMatchObject({
    notifications: [{ title: 'Bought 3 AAPL' }],
  });
  expect((await ada.get('/api/audit/verify')).body).toEqual({ intact: true, entries: 2 });
  const metrics = await (await fetch(`${system.trading}/metrics`)).text();
  expect(metrics).toMatch(/trades_total\{side="buy"\} [1-9]/);
  expect(metrics).toMatch(/flag_exposures_total\{flag="trading_enabled",variant="true"\} [1-9]/);
});

describe('orders', () => {
  test('with the same key are one order; another order under the key is refused', async () => {
    const person = await personAt(system.url, 'twice@example.com');
    const first = await buy(person, 'k-1');
    const again = await buy(person, 'k-1');
    expect(first.status).toBe(201);
    expect(again).toEqual({ status: 200, body: first.body });
    expect((await buy(person, 'k-1', { quantity: 4 })).status).toBe(422);
    expect((await person.post('/api/orders', order)).status).toBe(400);
    expect((await person.get('/api/trades')).body).toMatchObject({ trades: [{ quantity: 3 }] });
  });

  test('of the same key at the same time are one trade', async () => {
    const person = await personAt(system.url, 'racing@example.com');
    const answers = await Promise.all(Array.from({ length: 8 }, () => buy(person, 'race')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    const { body } = await person.get('/api/trades');
    expect((body as { trades: unknown[] }).trades).toHaveLength(1);
    expect((await person.get('/api/audit/verify')).body).toEqual({ intact: true, entries: 2 });
  });

  test('sell only what is there, also when two sales come at once', async () => {
    const person = await personAt(system.url, 'seller@example.com');
    await buy(person, 'b');
    const sales = await Promise.all(
      [1, 2, 3].map((n) => buy(person, `s-${n}`, { side: 'sell', quantity: 2 })),
    );
    const statuses = sales.map(({ body }) => (body as { order: { status: string } }).order.status);
    expect(statuses.toSorted()).toEqual(['filled', 'rejected', 'rejected']);
  });

  test.each([
    ['an unknown symbol', { symbol: 'NONE' }, 201, 'unknown_symbol'],
    ['a limit that the price does not meet', { limitCents: 100 }, 201, 'limit_not_met'],
    ['more than the broker takes', { quantity: 10_000 }, 201, 'broker_refused'],
  ])('are rejected for %s', async (_what, change, status, reason) => {
    const person = await personAt(system.url, 'rejected@example.com');
    const answer = await buy(person, `r-${reason}`, change);
    expect(answer).toMatchObject({ status, body: { order: { status: 'rejected', reason } } });
  });

  test.each([
    ['no shares', { quantity: 0 }],
    ['half a share', { quantity: 0.5 }],
    ['more than 10,000', { quantity: 10_001 }],
    ['a strange side', { side: 'give' }],
    ['more than asked for', { userId: 'somebody' }],
  ])('are not understood with %s', async (_what, change) => {
    const person = await personAt(system.url, 'wrong-order@example.com');
    expect((await buy(person, 'w', change)).status).toBe(422);
  });
});

test('vendors do not learn our trace', async () => {
  const person = await personAt(system.url, 'traced@example.com');
  const ours = { 'x-request-id': 'ours-alone' };
  const question = { symbol: 'AAPL', question: 'Buy?' };
  expect((await person.post('/api/agent/proposals', question, ours)).status).toBe(201);
  const placed = await person.post('/api/orders', order, { ...ours, 'idempotency-key': 'traced' });
  expect(placed.status).toBe(201);
  const seen = (path: string) => system.vendorLogs.filter((line) => line['path'] === path);
  for (const path of ['/openai/v1/chat/completions', '/broker/orders']) {
    expect(seen(path).length).toBeGreaterThan(0);
    expect(JSON.stringify(seen(path))).not.toContain('ours-alone');
  }
});

describe('flags', () => {
  const gate = (name: string, rule: object) =>
    fetch(`${system.vendors}/gates/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
  const ungate = (name: string) => fetch(`${system.vendors}/gates/${name}`, { method: 'DELETE' });

  test('trading_enabled stops new orders at once, and lets them in again', async () => {
    const person = await personAt(system.url, 'paused@example.com');
    await gate('trading_enabled', { value: false });
    expect(await buy(person, 'p-1')).toMatchObject({ status: 503, body: { code: 'trading_paused' } });
    await ungate('trading_enabled');
    expect((await buy(person, 'p-1')).status).toBe(201);
  });

  test('agent_enabled switches the agent off; ai_model chooses its model', async () => {
    const person = await personAt(system.url, 'model@example.com');
    const asked = () => person.post('/api/agent/proposals', { symbol: 'MSFT', question: 'Sell?' });
    await gate('agent_enabled', { value: false });
    expect((await asked()).status).toBe(503);
    await ungate('agent_enabled');
    await gate('ai_model', { value: 'large' });
    expect(await asked()).toMatchObject({
      status: 201,
      body: { proposal: { model: 'gpt-4.1', side: 'sell' } },
    });
    await ungate('ai_model');
  });

  test('pricing_experiment halves the commission for its share of users', async () => {
    await gate('pricing_experiment', { value: true, otherwise: false, share: 0.5 });
    const paid: number[] = [];
    for (let number = 0; number < 12; number += 1) {
      const person = await personAt(system.url, `experiment-${number}@example.com`);
      const { body } = await buy(person, 'e');
      paid.push((body as { order: { commissionCents: number } }).order.commissionCents);
    }
    await ungate('pricing_experiment');
    expect(new Set(paid)).toEqual(new Set([50, 100]));
    const metrics = await (await fetch(`${system.trading}/metrics`)).text();
    expect(metrics).toMatch(/flag_exposures_total\{flag="pricing_experiment",variant="true"\} [1-9]/);
  });
});

describe('the gateway', () => {
  test.each(['/api/me', '/api/orders', '/api/trades', '/api/audit', '/api/notifications', '/api/me/export'])(
    'asks who it is before %s',
    async (path) => {
      expect((await fetch(system.url + path)).status).toBe(401);
    },
  );

  test('lets nobody write to what is only for services', async () => {
    const person = await personAt(system.url, 'curious@example.com');
    expect((await person.post('/api/notifications', { about: 'x', title: 'x', body: 'x' })).status).toBe(404);
    expect((await person.get('/api/session')).status).toBe(404);
  });

  test('refuses what a page of another origin has a browser write', async () => {
    const person = await personAt(system.url, 'forged@example.com');
    const forged = await person.post('/api/orders', order, { origin: 'https://evil.example' });
    expect(forged).toMatchObject({ status: 403, body: { code: 'origin_wrong' } });
    const other = await person.post('/api/orders', order, { 'sec-fetch-site': 'cross-site' });
    expect(other.status).toBe(403);
  });

  test("recognises nobody by a cookie that was planted beside somebody's session", async () => {
    const { cookie } = await personAt(system.url, 'planted@example.com');
    const statusOf = async (cookies: string) =>
      (await fetch(`${system.url}/api/me`, { headers: { cookie: cookies } })).status;
    const planted = 'kianax.session_token=known-to-a-thief';
    for (const name of ['x', '__Secure-', '']) await statusOf(`${name}${planted}; ${cookie}`);
    expect([await statusOf(planted), await statusOf(`__Secure-${planted}`)]).toEqual([401, 401]);
    expect(await statusOf(cookie)).toBe(200);
  });

  test('reads no body of unknown length to its end', async () => {
    const { cookie } = await personAt(system.url, 'endless@example.com');
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent > 10_000) controller.close();
        else controller.enqueue(new Uint8Array(1_000));
      },
    });
    const request = { method: 'POST', headers: { cookie }, body: endless, duplex: 'half' } as const;
    const answer = await fetch(`${system.url}/api/orders`, request).catch(() => null);
    expect(answer?.status ?? 413).toBe(413);
    expect(sent).toBeLessThan(10_000);
  });

  test('takes programs without an origin, also when they have a cookie already', async () => {
    await personAt(system.url, 'program@example.com');
    const response = await fetch(`${system.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'kianax_arm=anything' },
      body: JSON.stringify({ email: 'program@example.com', password: 'a long password' }),
    });
    expect(response.status).toBe(200);
  });

  test('opens no socket for strangers, nor for pages of another origin', async () => {
    const person = await personAt(system.url, 'socket@example.com');
    const statusOf = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`${system.url.replace('http', 'ws')}/ws`, { headers });
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
        socket.on('open', () => (socket.close(), resolve(101)));
        socket.on('error', reject);
      });
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ cookie: person.cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await statusOf({ cookie: person.cookie })).toBe(101);
  });

  test('serves the page with a strict policy, and keeps API answers out of caches', async () => {
    const page = await fetch(`${system.url}/`);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await page.text()).toContain('<title>Kianax</title>');
    const api = await fetch(`${system.url}/api/quotes`);
    expect(api.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['github', 'google'])('signs in by %s, twice as the same user', async (provider) => {
    const enter = async () => {
      const begun = await fetch(`${system.url}/api/auth/sign-in/social`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: system.url },
        body: JSON.stringify({ provider, callbackURL: '/' }),
      });
      const { url } = (await begun.json()) as { url: string };
      const away = await fetch(`${url}&login_hint=grace`, { redirect: 'manual' });
      const back = await fetch(away.headers.get('location') ?? '', {
        headers: { cookie: cookiesOf(begun) },
        redirect: 'manual',
      });
      expect(back.status).toBe(302);
      const me = await fetch(`${system.url}/api/me`, { headers: { cookie: cookiesOf(back) } });
      expect(me.status).toBe(200);
      return (await me.json()) as { userId: string; email: string };
    };
    const first = await enter();
    expect(first.email).toBe(`grace@${provider}.example`);
    expect(await enter()).toEqual(first);
  });
});

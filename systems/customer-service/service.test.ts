import { startTestService, type TestService } from 'fairway-kit/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './definition/services.ts';
import { settings } from './services/customer-service/settings.ts';
import { start } from './services/customer-service/start.ts';
import { ask, asCaller, eventually, logIn, post } from './testing/client.ts';
import { startStore, type TestStore } from './testing/stores.ts';

const declared = Object.values(services).flatMap(({ endpoints }) => endpoints);

const service = { name: 'customer-service', settings, start };
const key = 'a-key-that-is-long-enough';

describe('the customer service on its real stores', () => {
  let database: TestStore;
  let cache: TestStore;
  let one: TestService;
  let other: TestService;
  beforeAll(async () => {
    [database, cache] = await Promise.all([startStore('database'), startStore('cache')]);
    const env = {
      ...{ DATABASE_URL: database.url, REDIS_URL: cache.url, JWT_KEY: key },
      ...{ DEMO_USERS: 'true', LOGIN_LIMIT_PER_MINUTE: '0' },
    };
    [one, other] = await Promise.all([
      startTestService(service, { env }),
      startTestService(service, { env }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), other?.stop()]);
    await Promise.all([database?.close(), cache?.close()]);
  });

  it('issues tokens, exchanges them, and ends the session of a stolen one everywhere', async () => {
    const agent = await logIn(one.url, 'agent');
    expect((await agent.get('/customers')).status).toBe(200);
    const next = await post(`${other.url}/auth/refresh`, { refreshToken: agent.refreshToken });
    expect(next.status).toBe(200);
    const renewed = asCaller(other.url, String(next.body['accessToken']), String(next.body['refreshToken']));
    expect((await renewed.get('/customers')).status).toBe(200);

    const second = await post(`${one.url}/auth/refresh`, { refreshToken: agent.refreshToken });
    expect(second).toMatchObject({ status: 401, body: { code: 'refresh_refused' } });
    const victim = await post(`${one.url}/auth/refresh`, { refreshToken: renewed.refreshToken });
    expect(victim.status).toBe(401);
    expect((await renewed.get('/customers')).status).toBe(401);
    expect((await agent.get('/customers')).status).toBe(401);
  });

  it('refuses what is no token of ours', async () => {
    const agent = await logIn(one.url, 'agent');
    const [head, body, signature = ''] = agent.accessToken.split('.');
    const forged = [
      `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
      'nonsense',
    ];
    for (const token of forged)
      expect((await asCaller(one.url, token, '').get('/customers')).status).toBe(401);
    expect((await ask(`${one.url}/customers`)).status).toBe(401);
    const wrong = await post(`${one.url}/auth/login`, { email: 'agent@demo.example.com', password: 'wrong' });
    const nobody = await post(`${one.url}/auth/login`, { email: 'nobody@demo.example.com', password: 'x' });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    expect(nobody.body['detail']).toBe(wrong.body['detail']);
  });

  it('ends a session at logout, also for the other replica that has a copy of it', async () => {
    const agent = await logIn(one.url, 'agent');
    const there = asCaller(other.url, agent.accessToken, '');
    expect((await there.get('/customers')).status).toBe(200);
    expect((await agent.send('POST', '/auth/logout')).status).toBe(204);
    expect((await there.get('/customers')).status).toBe(401);
  });

  it.each([
    ['reader', 'GET', '/customers', 200],
    ['reader', 'POST', '/customers', 403],
    ['reader', 'GET', '/audit', 403],
    ['agent', 'GET', '/audit', 403],
    ['agent', 'DELETE', '/customers/0178ec34-a961-84b3-ae0b-b67ce4349616', 403],
    ['auditor', 'GET', '/audit', 200],
    ['auditor', 'POST', '/customers', 403],
    ['admin', 'GET', '/audit', 200],
    ['admin', 'DELETE', '/customers/0178ec34-a961-84b3-ae0b-b67ce4349616', 404],
    ['agent', 'POST', '/users', 403],
  ])('answers a %s who asks for %s %s with %i', async (role, method, path, status) => {
    const caller = await logIn(one.url, role);
    expect((await caller.send(method, path, method === 'POST' ? {} : undefined)).status).toBe(status);
  });

  it('adds, shows, changes and removes a customer; the other replica never sees an old copy', async () => {
    const admin = await logIn(one.url, 'admin');
    const there = asCaller(other.url, admin.accessToken, '');
    const added = await admin.add({ name: 'Ada', email: 'Ada@Example.com' });
    expect(added).toMatchObject({ status: 201, body: { email: 'ada@example.com', version: 1 } });
    const path = String(added.headers.get('location'));
    expect((await there.get(path)).body['name']).toBe('Ada');

    const fields = { name: 'Ada L.', email: 'ada@example.com', company: 'Engines' };
    const changed = await admin.send('PUT', path, fields, { 'if-match': '"1"' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect((await there.get(path)).body['name']).toBe('Ada L.');
    expect((await there.send('PUT', path, fields, { 'if-match': '"1"' })).status).toBe(412);
    expect((await admin.add({ name: 'Eve', email: 'ada@example.com' })).status).toBe(409);

    expect((await there.send('DELETE', path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
    expect((await admin.send('DELETE', path)).status).toBe(404);
  });

  it('adds a customer once for one key, and refuses the key for another', async () => {
    const agent = await logIn(one.url, 'agent');
    const fields = { name: 'Once', email: 'once@example.com' };
    const answers = [await agent.add(fields, 'key-of-once'), await agent.add(fields, 'key-of-once')];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect((await agent.add({ ...fields, name: 'Twice' }, 'key-of-once')).status).toBe(422);
    expect((await agent.send('POST', '/customers', fields)).status).toBe(400);
    // As when the database went away between the commit and the answer, and the key was given back.
    await onDatabase((client) => client.query('DELETE FROM idempotency_keys'));
    const again = await agent.add(fields, 'key-of-once');
    expect(again).toMatchObject({ status: 201, body: answers[0]?.body });
    expect((await agent.get('/customers?search=once@example')).body['items']).toHaveLength(1);
  });

  it('gives pages, and a sentence for what it cannot read', async () => {
    const reader = await logIn(one.url, 'reader');
    const seen = new Set<unknown>();
    for (let next: string | null = ''; next !== null; ) {
      const after = next === '' ? '' : `&after=${next}`;
      const page = await reader.get(`/customers?limit=10&search=customer-${after}`);
      const items = page.body['items'] as { id: string }[];
      for (const { id } of items) seen.add(id);
      next = page.body['next'] as string | null;
    }
    expect(seen.size).toBe(30);
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'after=nonsense', 'colour=red'])
      expect((await reader.get(`/customers?${query}`)).status).toBe(422);
    const agent = await logIn(one.url, 'agent');
    const wrong = await agent.add({ name: '', email: 'no address' });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'body_wrong' } });
  });

  it('takes no body of more than the 64 KB that are declared', async () => {
    const agent = await logIn(one.url, 'agent');
    const long = { name: 'x'.repeat(64_000), email: 'long@example.com' };
    const answers = [
      await agent.add(long),
      await agent.send('PUT', '/customers/0178ec34-a961-84b3-ae0b-b67ce4349616', long),
      await post(`${one.url}/auth/login`, { email: 'x'.repeat(64_000), password: 'x' }),
      await post(`${one.url}/auth/refresh`, { refreshToken: 'x'.repeat(64_000) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413]);
  });

  it('has every access on record, for auditors, and lets nobody change the record', async () => {
    const agent = await logIn(one.url, 'agent');
    const auditor = await logIn(other.url, 'auditor');
    const added = await agent.add({ name: 'Recorded', email: 'recorded@example.com' });
    const id = String(added.body['id']);
    await agent.get(`/customers/${id}`);
    await agent.send('PUT', `/customers/${id}`, { name: 'Re', email: 'recorded@example.com' });
    await post(`${one.url}/auth/login`, { email: 'agent@demo.example.com', password: 'wrong' });
    const trail = await eventually(
      async () => (await auditor.get(`/audit?subject=${id}`)).body['items'] as Record<string, unknown>[],
      (items) => items.length === 3,
      'added, read and changed are on record',
    );
    expect(trail.map(({ action, detail }) => `${String(action)}: ${String(detail)}`).toSorted()).toEqual([
      'customer.added: null',
      'customer.changed: name',
      'customer.read: null',
    ]);
    expect(trail[0]).toMatchObject({ actor: 'agent@demo.example.com', outcome: 'done' });
    const refused = await eventually(
      async () => (await auditor.get('/audit?action=auth.login&limit=200')).body['items'] as object[],
      (items) => items.some((each) => 'outcome' in each && each.outcome === 'refused'),
      'the refused login is on record',
    );
    expect(JSON.stringify(refused)).not.toContain('wrong');
    await onDatabase(async (client) => {
      for (const statement of ['DELETE FROM audit', "UPDATE audit SET actor = 'x'", 'TRUNCATE audit'])
        await expect(client.query(statement)).rejects.toThrow('never changed');
    });
  });

  it('describes each of its paths in a file that may be cached', async () => {
    const found = await ask(`${one.url}/assets/openapi.json`);
    expect(found.headers.get('cache-control')).toBe('public, max-age=86400');
    const headers = { 'if-none-match': found.headers.get('etag') ?? '' };
    expect((await fetch(`${one.url}/assets/openapi.json`, { headers })).status).toBe(304);
    const paths = found.body['paths'] as Readonly<Record<string, object>>;
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...described, 'GET /assets/openapi.json'].toSorted()).toEqual(declared.toSorted());
    for (const each of described) {
      const [method = '', path = ''] = each.split(' ');
      const answer = await ask(`${one.url}${path.replace('{id}', 'none')}`, { method });
      expect({ each, status: answer.status }).toEqual({
        each,
        status: /login|refresh/.test(path) ? 415 : 401, // not 404: it is there
      });
    }
  });

  it('tells what it does: tokens, answers by status, pool, cache; and three kinds of log lines', async () => {
    const reader = await logIn(one.url, 'reader');
    const id = ((await reader.get('/customers?limit=1')).body['items'] as { id: string }[])[0]?.id ?? '';
    await reader.get(`/customers/${id}`);
    await reader.get(`/customers/${id}`);
    const metrics = await (await fetch(`${one.url}/metrics`)).text();
    for (const series of [
      /^jwt_issued_total\{role="reader"\} [1-9]/m,
      /^http_server_request_duration_seconds_bucket\{le="0.5",.*http_route="\/customers\/:id"/m,
      /^http_server_request_duration_seconds_count\{.*http_response_status_code="403"\} [1-9]/m,
      /^db_pool_connections\{.*state="idle"\} \d/m,
      /^cache_requests_total\{kind="customer",outcome="hit"\} [1-9]/m,
      /^cache_requests_total\{kind="session",outcome="hit"\} [1-9]/m,
      /^repository_info\{kind="postgres"\} 1/m,
    ])
      expect(metrics).toMatch(series);
    const kinds = [
      one.logs.some(({ audit, message }) => audit === true && message === 'customer.read'),
      one.logs.some(({ message, status }) => message === 'request' && status === 200),
      one.logs.some(({ message }) => message === 'listening'),
    ];
    expect(kinds).toEqual([true, true, true]);
    expect(JSON.stringify(one.logs)).not.toContain('demo-password');
  });

  it('is correct without Redis, and never shows an old copy when it is back', async () => {
    const admin = await logIn(one.url, 'admin');
    const path = String((await admin.add({ name: 'Old', email: 'old@example.com' })).headers.get('location'));
    await admin.get(path);
    await cache.stop();
    expect((await admin.send('PUT', path, { name: 'New', email: 'old@example.com' })).status).toBe(200);
    expect((await admin.get(path)).body['name']).toBe('New');
    expect((await ask(`${one.url}/ready`)).status).toBe(200);
    const { refreshToken } = await logIn(one.url, 'agent');
    expect((await post(`${other.url}/auth/refresh`, { refreshToken })).status).toBe(200);
    await cache.restart();
    const hits = async () =>
      /^cache_requests_total\{kind="customer",outcome="hit"\} (\d+)/m.exec(
        await (await fetch(`${one.url}/metrics`)).text(),
      )?.[1];
    const before = await hits();
    await eventually(
      async () => {
        expect((await admin.get(path)).body['name']).toBe('New');
        return hits();
      },
      (now) => now !== before,
      'the cache is used again',
    );
  });

  async function onDatabase(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
});

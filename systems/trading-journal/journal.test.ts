import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from 'fairway-kit';
import { createTokens } from './services/common/tokens.ts';
import { reflection, trade } from './testing/entries.ts';
import { type Journal, startJournal } from './testing/journal.ts';
import { eventually, runToEnd } from './testing/processes.ts';
import { ask, logIn, openSocket } from './testing/visitor.ts';

let journal: Journal;
let demo: Awaited<ReturnType<typeof logIn>>;
beforeAll(async () => {
  journal = await startJournal();
  demo = await logIn(journal.edge.url, 'demo@example.com');
}, 60_000);
afterAll(async () => {
  await journal?.close();
});

describe('every service', () => {
  test.each(['ai', 'core', 'edge', 'workers'] as const)(
    '%s is healthy, ready and counts itself',
    async (name) => {
      const { url } = journal[name];
      expect(await ask(`${url}/healthz`)).toMatchObject({
        status: 200,
        body: { status: 'ok', service: name },
      });
      await eventually(async () => (await ask(`${url}/readyz`)).status === 200, `${name} is ready`);
      const { body } = await ask(`${url}/metrics`);
      expect(body['text']).toMatch(/^process_resident_memory_bytes \d+$/m);
      expect(await ask(`${url}/metrics`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).toMatchObject({
        status: 404,
      });
    },
  );

  test.each([
    ['edge', { SESSION_SECRET: '' }, 'SESSION_SECRET is missing in the environment'],
    [
      'edge',
      { CORE_URL: 'core' },
      'CORE_URL is "core" in the environment: write an address that begins with http:// or https://.',
    ],
    [
      'core',
      { JWT_SECRET: 'planted' },
      'JWT_SECRET has a value of 7 characters in the environment: write at least 16 characters.',
    ],
    [
      'core',
      { FAULT_ERROR_SHARE: '2' },
      'FAULT_ERROR_SHARE is "2" in the environment: write a number from 0 to 1.',
    ],
    ['workers', { S3_BUCKET: '' }, 'S3_BUCKET is missing in the environment'],
    ['ai', { PORT: 'many' }, 'PORT is "many" in the environment: write a whole number from 0 to 65535.'],
    [
      'workers',
      { FLAG_HEURISTICS_ONLY: 'yes' },
      'FLAG_HEURISTICS_ONLY is "yes" in the environment: write true or false.',
    ],
  ])('%s with %j does not start and says "%s"', async (name, wrong, sentence) => {
    const { code, output } = await runToEnd(`services/${name}`, 'main.ts', {
      PORT: '0',
      ...journal.env,
      ...wrong,
    });
    expect(code).toBe(2);
    expect(output).toContain(JSON.stringify(sentence).slice(1, -1));
    expect(output).not.toContain('planted');
  });

  test('readiness names what does not answer; health does not care', async () => {
    const edge = await journal.start('edge', { CORE_URL: 'http://127.0.0.1:1' });
    expect(await ask(`${edge.url}/readyz`)).toMatchObject({
      status: 503,
      body: { ready: false, checks: { core: { reason: expect.any(String) as string } } },
    });
    expect(await ask(`${edge.url}/healthz`)).toMatchObject({ status: 200 });
    expect(await edge.stop()).toBe(0);
  });

  test('a fault that is asked for fails requests, not probes', async () => {
    const edge = await journal.start('edge', { FAULT_ERROR_SHARE: '1' });
    expect(await ask(`${edge.url}/auth/me`)).toMatchObject({ status: 500, body: { code: 'fault' } });
    expect(await ask(`${edge.url}/healthz`)).toMatchObject({ status: 200 });
    expect(await edge.stop()).toBe(0);
  });
});

describe('the edge', () => {
  test('logs in with the right password only, and sets cookies that scripts and other sites cannot use', async () => {
    const wrong = await logIn(journal.edge.url, 'demo@example.com', 'guess');
    expect(wrong.login).toMatchObject({ status: 401, body: { code: 'login_wrong' } });
    expect(wrong.login.headers.getSetCookie()).toEqual([]);
    const [session = '', csrf = ''] = demo.login.headers.getSetCookie();
    expect(session).toMatch(
      /^journal_session=[\w-]{43}\.[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(csrf).toMatch(/^journal_csrf=[\w-]{43}; Max-Age=\d+; Path=\/; SameSite=Lax$/);
    expect(await demo.get('/auth/me')).toMatchObject({
      status: 200,
      body: { user: { email: 'demo@example.com', name: 'Demo' }, csrfToken: demo.csrf },
    });
    const secure = await ask(`${journal.edge.url}/auth/login`, {
      method: 'POST',
      headers: { 'x-forwarded-proto': 'https' },
      body: JSON.stringify({ email: 'demo@example.com', password: 'demo-password' }),
    });
    expect(secure.headers.getSetCookie().every((line) => line.includes('; Secure'))).toBe(true);
  });

  test.each([
    ['no cookie', ''],
    ['a made-up cookie', 'journal_session=abc.def'],
    ['a cookie with another signature', `journal_session=${'a'.repeat(43)}.${'b'.repeat(43)}`],
  ])('knows nobody by %s', async (_, cookie) => {
    const { edge } = journal;
    expect(await ask(`${edge.url}/auth/me`, { headers: { cookie } })).toMatchObject({ status: 401 });
    expect(await ask(`${edge.url}/api/trades`, { headers: { cookie } })).toMatchObject({ status: 401 });
    await expect(openSocket(edge.url, { cookie })).rejects.toThrow('401');
  });

  test.each(['/healthz', '/auth/me', '/nowhere', '/api/trades'])(
    'puts the security headers on %s',
    async (path) => {
      const { headers } = await ask(`${journal.edge.url}${path}`);
      for (const name of [
        'content-security-policy',
        'strict-transport-security',
        'referrer-policy',
        'permissions-policy',
      ]) {
        expect(headers.get(name), name).toBeTruthy();
      }
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  test.each<[string, Record<string, string>, number]>([
    ['the token', {}, 201],
    ['no token', { 'x-csrf-token': '' }, 403],
    ['a wrong token', { 'x-csrf-token': 'a'.repeat(43) }, 403],
    ['the token from a foreign page', { origin: 'https://evil.example' }, 403],
  ])('answers a write with %s', async (_, headers, status) => {
    expect(await demo.post('/api/trades', trade, headers)).toMatchObject({ status });
  });

  test('hands the trace and the request id on', async () => {
    const requestId = randomUUID();
    const traceId = 'ab'.repeat(16);
    const headers = {
      'x-request-id': requestId,
      traceparent: `00-${traceId}-${'cd'.repeat(8)}-01`,
      cookie: demo.cookie,
    };
    const answer = await ask(`${journal.edge.url}/api/trades`, { headers });
    expect(answer.headers.get('x-request-id')).toBe(requestId);
    await eventually(() => journal.core.output().includes(requestId), 'core has logged the request');
    const line = journal.core
      .output()
      .split('\n')
      .find((each) => each.includes(requestId));
    expect(JSON.parse(line ?? '')).toMatchObject({
      request_id: requestId,
      trace_id: traceId,
      path: '/trades',
      status: 200,
    });
  });

  test('refuses a body that is too large', async () => {
    expect(await demo.post('/api/reflections', { note: 'x'.repeat(1_000_001) })).toMatchObject({
      status: 413,
    });
  });

  test('lets an address in as often as it is allowed, over all replicas', async () => {
    const limits = { RATE_LIMIT_PER_MINUTE: '6', LOGIN_LIMIT_PER_MINUTE: '2' };
    const edges = await Promise.all([journal.start('edge', limits), journal.start('edge', limits)]);
    for (const { url } of edges) {
      await eventually(async () => (await ask(`${url}/readyz`)).status === 200, 'Redis counts for both');
    }
    const from = (address: string) => ({ 'x-forwarded-for': `1.2.3.4, ${address}` });
    const statuses: number[] = [];
    for (let request = 0; request < 8; request++) {
      const answer = await ask(`${edges[request % 2]?.url}/auth/me`, { headers: from('10.0.0.1') });
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
    const body = JSON.stringify({ email: 'demo@example.com', password: 'guess' });
    const logins: number[] = [];
    for (let request = 0; request < 3; request++) {
      const init = { method: 'POST', body, headers: from('10.0.0.2') };
      logins.push((await ask(`${edges[request % 2]?.url}/auth/login`, init)).status);
    }
    expect(logins).toEqual([401, 401, 429]);
    expect(await Promise.all(edges.map((edge) => edge.stop()))).toEqual([0, 0]);
  });

  test('logging out ends the session everywhere, open WebSockets too', async () => {
    const visitor = await logIn(journal.edge.url, 'demo@example.com');
    const { closed } = await visitor.socket();
    expect(await visitor.post('/auth/logout', {})).toMatchObject({ status: 204 });
    expect(await closed).toBe(4401);
    expect(await visitor.get('/auth/me')).toMatchObject({ status: 401 });
  });
});

describe('the core', () => {
  test.each([
    '/trades',
    '/reflections',
    '/imports',
    '/simulations',
    '/digests',
    '/exports',
    '/brokers',
    '/audit',
    '/sessions/x',
  ])('asks for a token at %s, and looks at it', async (path) => {
    const clock = systemClock;
    const key = journal.env['JWT_SECRET'] ?? '';
    const caller = {
      subject: randomUUID(),
      scope: path.startsWith('/sessions') ? 'user' : 'sessions',
    } as const;
    const tokens = {
      none: null,
      forged: await createTokens('another-secret-of-16', clock).issue(caller),
      old: await createTokens(key, { ...clock, now: () => Date.now() - 120_000 }).issue(caller),
      'of another scope': await createTokens(key, clock).issue(caller),
    };
    for (const [name, token] of Object.entries(tokens)) {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const { status } = await ask(`${journal.core.url}${path}`, { headers });
      expect(status, name).toBe(name === 'of another scope' ? 403 : 401);
    }
  });

  test('does a POST once per Idempotency-Key, also when it comes five times at once', async () => {
    const key = randomUUID();
    const symbol = `ONCE-${key.slice(0, 8).toUpperCase()}`;
    const post = (changed = {}) =>
      demo.post('/api/trades', { ...trade, symbol, ...changed }, { 'idempotency-key': key });
    const answers = await Promise.all([post(), post(), post(), post(), post()]);
    const [first] = answers;
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 201, body: first?.body });
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(4);
    const { rowCount } = await journal.database.query('SELECT 1 FROM trades WHERE symbol = $1', [symbol]);
    expect(rowCount).toBe(1);
    expect(await post({ price: '7' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect(await demo.post('/api/trades', trade, { 'idempotency-key': '' })).toMatchObject({ status: 400 });
  });

  test('tells every field that is wrong, and keeps nothing of it', async () => {
    const answer = await demo.post('/api/trades', { ...trade, side: 'hold', price: '-1', colour: 'red' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'body_wrong' } });
    expect(answer.body['detail']).toBe(
      '"colour" is not known; "side" must be one of buy, sell; "price" must be a positive decimal number as text, such as "101.25".',
    );
  });

  test('writes down who changed what', async () => {
    const created = await demo.post('/api/trades', trade);
    const id = String(created.body['id']);
    expect(await demo.get(`/api/trades/${id}`)).toMatchObject({ status: 200, body: { id, symbol: 'AAPL' } });
    expect(await demo.remove(`/api/trades/${id}`)).toMatchObject({ status: 200 });
    expect(await demo.get(`/api/trades/${id}`)).toMatchObject({ status: 404 });
    const { body } = await demo.get('/api/audit');
    const rows = body['audit'] as { subject: string; action: string; requestId: string }[];
    const mine = rows.filter(({ subject }) => subject === `trade ${id}`);
    expect(mine.map(({ action }) => action)).toEqual(['trade.delete', 'trade.create']);
    expect(mine[1]?.requestId).toBe(created.headers.get('x-request-id'));
  });

  test('computes indicators of a symbol through the coach', async () => {
    expect(await demo.get('/api/indicators?symbol=MSFT')).toMatchObject({
      status: 200,
      body: { by: 'ai', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
  });

  test('asks nobody while only heuristics are allowed', async () => {
    const core = await journal.start('core', { FLAG_HEURISTICS_ONLY: 'true', AI_URL: 'http://127.0.0.1:1' });
    const edge = await journal.start('edge', { CORE_URL: core.url });
    const visitor = await logIn(edge.url, 'demo@example.com');
    const answer = await visitor.get('/api/indicators?symbol=MSFT');
    expect(answer).toMatchObject({ status: 200, body: { by: 'heuristics' } });
    expect(await Promise.all([edge.stop(), core.stop()])).toEqual([0, 0]);
  });

  test('refuses to start on a migration that was changed after it had been applied', async () => {
    const change = `UPDATE fairway_migrations SET checksum = $1 WHERE name = '003-outbox.sql' RETURNING checksum`;
    const before = await journal.database.query<{ checksum: string }>(
      'SELECT checksum FROM fairway_migrations WHERE name = $1',
      ['003-outbox.sql'],
    );
    await journal.database.query(change, ['other']);
    const { code, output } = await runToEnd('services/core', 'main.ts', { PORT: '0', ...journal.env });
    await journal.database.query(change, [before.rows[0]?.checksum]);
    expect(code).toBe(1);
    expect(output).toContain('003-outbox.sql was changed after it had been applied');
  });
});

describe('events', () => {
  test('a reflection and its score reach its user over his WebSocket, and nobody else', async () => {
    const probe = await logIn(journal.edge.url, 'probe@example.com');
    const [mine, others] = await Promise.all([demo.socket(), probe.socket()]);
    const { body } = await demo.post('/api/reflections', reflection);
    const topicsOf = () => mine.messages.map(({ topic }) => topic);
    await eventually(() => topicsOf().includes('score.done'), 'the score arrives');
    expect(mine.messages.find(({ topic }) => topic === 'reflection.created')?.data).toEqual({
      id: body['id'],
    });
    const stored = await demo.get('/api/reflections?limit=1');
    expect(stored.body['reflections']).toMatchObject([
      { id: body['id'], scoredBy: 'ai', score: expect.any(Number) as number },
    ]);
    expect(others.messages.map(({ topic }) => topic)).toEqual(['welcome']);
    mine.socket.close();
    others.socket.close();
  });

  test('each is delivered and marked exactly once by two cores', async () => {
    const { socket, messages } = await demo.socket();
    const marks = Array.from({ length: 300 }, (_, index) => index);
    const { id } = (await demo.get('/auth/me')).body['user'] as { id: string };
    await journal.database.query(
      `INSERT INTO outbox (topic, payload) SELECT 'mark', jsonb_build_object('userId', $1::text, 'mark', mark)
       FROM generate_series(0, 299) AS mark`,
      [id],
    );
    const arrived = () =>
      messages.filter(({ topic }) => topic === 'mark').map(({ data }) => Number(data['mark']));
    await eventually(() => arrived().length >= 300, 'all marks arrive');
    expect(arrived().toSorted((one, other) => one - other)).toEqual(marks);
    await eventually(async () => {
      const open = await journal.database.query('SELECT 1 FROM outbox WHERE delivered_at IS NULL');
      return open.rowCount === 0;
    }, 'nothing is left to deliver');
    socket.close();
  });
});
describe('the checks', () => {
  test.each([
    ['login', 'stable'],
    ['reflect', 'canary'],
    ['import', 'stable'],
    ['ai', 'canary'],
  ])('%s is green', async (name, arm) => {
    const { code, output } = await runToEnd('checks', `${name}.ts`, { ...journal.env, FAIRWAY_ARM: arm });
    expect(JSON.parse(output)).toMatchObject({ ok: true, limit: expect.anything() as unknown });
    expect(code, output).toBe(0);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  test.each([
    ['login', { EDGE_URL: 'http://127.0.0.1:1' }],
    ['login', { PROBE_PASSWORD: 'some-other-password' }],
    ['ai', { AI_HMAC_SECRET: 'some-other-secret-16' }],
    ['reflect', { DATABASE_URL: '' }],
  ])('%s with %j is red', async (name, wrong) => {
    const { code, output } = await runToEnd('checks', `${name}.ts`, { ...journal.env, ...wrong });
    expect(JSON.parse(output)).toMatchObject({ ok: false, value: null });
    expect(code).toBe(1);
  });
});

describe('SIGTERM', () => {
  test('the edge finishes its requests, sends its WebSockets elsewhere, and ends with 0', async () => {
    const edge = await journal.start('edge', { FAULT_DELAY_MILLIS: '400' });
    const visitor = { cookie: demo.cookie };
    const { closed } = await openSocket(edge.url, visitor);
    const underWay = ask(`${edge.url}/auth/me`, { headers: visitor });
    // It has the request once a second one, sent later, is being answered too.
    await ask(`${edge.url}/healthz`);
    const code = await edge.stop();
    expect(await underWay).toMatchObject({ status: 200 });
    expect(await closed).toBe(1012);
    expect(code).toBe(0);
    expect(edge.output()).toContain('"outcome":"finished"');
    await expect(ask(`${edge.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  test('all services end with 0, and no secret was printed', async () => {
    for (const service of journal.all) expect(await service.stop(), service.output().slice(-2_000)).toBe(0);
    expect(journal.leaked()).toEqual([]);
  });
});

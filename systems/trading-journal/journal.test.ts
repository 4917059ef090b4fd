import { createHmac, randomUUID } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSystemClock } from './services/common/clock.ts';
import { createTokens } from './services/common/tokens.ts';
import { type Journal, startJournal } from './testing/journal.ts';
import { eventually, runToEnd } from './testing/processes.ts';
import { ask, logIn, openSocket } from './testing/visitor.ts';

const trade = {
  symbol: 'AAPL',
  side: 'buy',
  quantity: '3',
  price: '101.25',
  profitCents: 1_250,
  executedAt: '2025-01-15T10:00:00Z',
};
const reflection = { note: 'I followed the plan and kept the stop-loss where it was.' };

let journal: Journal;
let demo: Awaited<ReturnType<typeof logIn>>;
let redis: Redis;
beforeAll(async () => {
  journal = await startJournal();
  demo = await logIn(journal.edge.url, 'demo@example.com');
  redis = new Redis(journal.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: 1 });
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await journal?.close();
});

/** Orders something and waits until it is done or failed. */
async function ordered(path: string, body: object, who = demo) {
  const order = await who.post(path, body);
  expect(order).toMatchObject({ status: 202, body: { state: 'queued', progress: 0 } });
  return settled(`${path}/${String(order.body['id'])}`, who);
}

const settled = (path: string, who = demo) =>
  eventually(async () => {
    const { body } = await who.get(path);
    return body['state'] === 'done' || body['state'] === 'failed' ? body : null;
  }, `${path} is done`);

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
    ['edge', { SESSION_SECRET: '' }, 'SESSION_SECRET is not set.'],
    ['edge', { CORE_URL: 'core' }, 'CORE_URL is no address that begins with http:// or https://.'],
    ['core', { JWT_SECRET: 'planted' }, 'JWT_SECRET has fewer than 16 characters.'],
    ['core', { FAULT_ERROR_SHARE: '2' }, 'FAULT_ERROR_SHARE is not a number from 0 to 1.'],
    ['workers', { S3_BUCKET: '' }, 'S3_BUCKET is not set.'],
    ['ai', { PORT: 'many' }, 'PORT is not a whole number from 0 to 65535.'],
    ['workers', { FLAG_HEURISTICS_ONLY: 'yes' }, 'FLAG_HEURISTICS_ONLY is neither true nor false.'],
  ])('%s with %j does not start and says "%s"', async (name, wrong, sentence) => {
    const { code, output } = await runToEnd(`services/${name}`, 'main.ts', {
      PORT: '0',
      ...journal.env,
      ...wrong,
    });
    expect(code).toBe(2);
    expect(output).toContain(JSON.stringify(sentence));
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
    // A window ends with the minute: begin early in one.
    await eventually(() => Date.now() % 60_000 < 50_000, 'the minute is young', 15);
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
    '/audit',
    '/sessions/x',
  ])('asks for a token at %s, and looks at it', async (path) => {
    const clock = createSystemClock();
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

  test('refuses to start on a migration that was changed after it had been applied', async () => {
    const change = `UPDATE schema_migrations SET checksum = $1 WHERE name = '003-outbox.sql' RETURNING checksum`;
    const before = await journal.database.query<{ checksum: string }>(
      'SELECT checksum FROM schema_migrations WHERE name = $1',
      ['003-outbox.sql'],
    );
    await journal.database.query(change, ['other']);
    const { code, output } = await runToEnd('services/core', 'main.ts', { PORT: '0', ...journal.env });
    await journal.database.query(change, [before.rows[0]?.checksum]);
    expect(code).toBe(1);
    expect(output).toContain('003-outbox.sql was changed after it had been applied');
    expect((await runToEnd('services/core', 'migrate.ts', journal.env)).code).toBe(0);
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

describe('the workers', () => {
  test('import a file to 100 %, telling how far they are', async () => {
    const { socket, messages } = await demo.socket();
    const line = (index: number) =>
      `2025-02-${String(1 + (index % 28)).padStart(2, '0')}T10:00:00Z,CSV,buy,1,10.5,${index}`;
    const text = [
      'executed_at,symbol,side,quantity,price,profit_cents',
      ...Array.from({ length: 250 }, (_, index) => line(index)),
    ];
    const done = await ordered('/api/imports', { source: 'csv', text: text.join('\n') });
    expect(done).toMatchObject({ state: 'done', progress: 100, result: { fills: 250 } });
    const { rowCount } = await journal.database.query('SELECT 1 FROM trades WHERE import_id = $1', [
      done['id'],
    ]);
    expect(rowCount).toBe(250);
    const steps = () =>
      messages.filter(({ data }) => data['id'] === done['id']).map(({ data }) => data['progress']);
    await eventually(() => steps().includes(100), 'the end is told');
    expect(steps()).toEqual([40, 80, 99, 100]);
    expect(await demo.remove(`/api/imports/${String(done['id'])}`)).toMatchObject({ status: 200 });
    const left = await journal.database.query('SELECT 1 FROM trades WHERE import_id = $1', [done['id']]);
    expect(left.rowCount).toBe(0);
    socket.close();
  });

  test.each([
    ['a file without its header', { source: 'csv', text: 'a,b' }, 'The first line must be'],
    [
      'a line that is none',
      { source: 'csv', text: 'executed_at,symbol,side,quantity,price,profit_cents\nx' },
      'Line 2 is no fill.',
    ],
    [
      'more than 90 days',
      {
        source: 'csv',
        text: 'executed_at,symbol,side,quantity,price,profit_cents\n2025-01-01T00:00:00Z,A,buy,1,1,\n2025-06-01T00:00:00Z,A,buy,1,1,',
      },
      'An import may span 90 days.',
    ],
  ])('put %s aside at once', async (_, body, failure) => {
    const failed = await ordered('/api/imports', body);
    expect(failed).toMatchObject({ state: 'failed', failure: expect.stringContaining(failure) as string });
    expect(await redis.exists(`bull:q_import_dlq:${String(failed['id'])}`)).toBe(1);
  });

  test('do one import per user at a time', async () => {
    const orders = await Promise.all(
      [1, 2, 3].map((seed) => demo.post('/api/imports', { source: 'synthetic', fills: 1_500, seed })),
    );
    const ids = orders.map(({ body }) => String(body['id']));
    let most = 0;
    await eventually(async () => {
      const { rows } = await journal.database.query<{ state: string }>(
        'SELECT state FROM jobs WHERE id = ANY($1)',
        [ids],
      );
      most = Math.max(most, rows.filter(({ state }) => state === 'running').length);
      return rows.every(({ state }) => state === 'done');
    }, 'all three are done');
    expect(most).toBe(1);
  });

  test('binance stays off as long as its flag does', async () => {
    const answer = await demo.post('/api/imports', { source: 'binance', text: 'x' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'binance_off' } });
  });

  test('simulate the same for the same seed, and the result lives for an hour at most', async () => {
    const request = { seed: 7, paths: 2_000, winShare: 0.5, gain: 1.5, loss: 1 };
    const [one, other] = [
      await ordered('/api/simulations', request),
      await ordered('/api/simulations', request),
    ];
    expect(one['result']).toEqual(other['result']);
    expect(one['result']).toMatchObject({
      percentiles: { p50: expect.any(Number) as number },
      lossShare: expect.any(Number) as number,
    });
    const life = await redis.ttl(`simulation:${String(one['id'])}`);
    expect(life).toBeGreaterThan(3_500);
    expect(life).toBeLessThanOrEqual(3_600);
  });

  test('write every digest and export to the bucket, and keep the latest week only in the database', async () => {
    const probe = await logIn(journal.edge.url, 'probe@example.com');
    await probe.post('/api/trades', trade);
    await ordered('/api/digests', { week: '2025-W03' }, probe);
    const latest = await ordered('/api/digests', { week: '2025-W04' }, probe);
    await ordered('/api/digests', { week: '2025-W02' }, probe);
    expect(await probe.get('/api/digest')).toMatchObject({
      status: 200,
      body: { week: '2025-W04', ...(latest['result'] as object) },
    });
    const exported = (await ordered('/api/exports', { format: 'csv' }, probe))['result'] as {
      objectKey: string;
    };
    const { env } = journal;
    const s3 = new S3Client({
      endpoint: env['S3_ENDPOINT'] ?? '',
      region: env['S3_REGION'] ?? '',
      forcePathStyle: true,
      credentials: {
        accessKeyId: env['S3_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: env['S3_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    const Bucket = env['S3_BUCKET'] ?? '';
    const user = exported.objectKey.split('/')[1] ?? '';
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `digests/${user}/` }));
    expect(listed.Contents?.map(({ Key }) => Key?.split('/')[2])).toEqual([
      '2025-W02',
      '2025-W03',
      '2025-W04',
    ]);
    const third = listed.Contents?.[1]?.Key ?? '';
    const read = async (Key: string) =>
      (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
    expect(JSON.parse((await read(third)) ?? '')).toMatchObject({
      week: '2025-W03',
      trades: 1,
      profitCents: 1_250,
      wins: 1,
    });
    expect(await read(exported.objectKey)).toMatch(
      /^executed_at,symbol,.*\n2025-01-15 10:00:00\+00,AAPL,buy,3\.00000000,/,
    );
    s3.destroy();
  });

  test('try again, put aside what keeps failing, and do it when it is replayed', async () => {
    const { workers } = journal;
    expect(await ask(`${workers.url}/-/pause`, { method: 'POST' })).toMatchObject({ body: { paused: true } });
    const failing = await journal.start('workers', { AI_URL: 'http://127.0.0.1:1' });
    const { socket, messages } = await demo.socket();
    await demo.post('/api/reflections', reflection);
    await eventually(() => messages.find(({ topic }) => topic === 'score.failed'), 'the failure is told');
    expect(failing.output().match(/"message":"job failed"/g)).toHaveLength(3);
    const { body } = await ask(`${failing.url}/metrics`);
    expect(body['text']).toMatch(/^queue_depth\{queue="q_score_dlq"\} 1$/m);
    expect(body['text']).toMatch(/^queue_depth\{queue="q_score"\} 0$/m);
    expect(await failing.stop()).toBe(0);
    expect(await ask(`${workers.url}/-/resume`, { method: 'POST' })).toMatchObject({
      body: { paused: false },
    });
    expect(await ask(`${workers.url}/-/replay/q_score`, { method: 'POST' })).toMatchObject({
      body: { replayed: 1 },
    });
    await eventually(() => messages.find(({ topic }) => topic === 'score.done'), 'the score is told');
    socket.close();
  });

  test.each([
    ['nobody while only heuristics are allowed', { FLAG_HEURISTICS_ONLY: 'true' }, 'heuristics'],
    [
      'the vendor when the coach is gone and its flag is on',
      { FLAG_FEATURE_VENDOR_FALLBACK: 'true' },
      'vendor',
    ],
  ])('ask %s', async (_, changed, by) => {
    const { workers, ai } = journal;
    await ask(`${workers.url}/-/pause`, { method: 'POST' });
    const others = await journal.start('workers', {
      AI_URL: 'http://127.0.0.1:1',
      VENDOR_URL: ai.url,
      ...changed,
    });
    const { socket, messages } = await demo.socket();
    await demo.post('/api/reflections', reflection);
    await eventually(() => messages.find(({ topic }) => topic === 'score.done'), 'the score is told');
    const stored = await demo.get('/api/reflections?limit=1');
    expect(stored.body['reflections']).toMatchObject([{ scoredBy: by }]);
    expect(others.output()).not.toContain('job failed');
    expect(await others.stop()).toBe(0);
    await ask(`${workers.url}/-/resume`, { method: 'POST' });
    socket.close();
  });

  test('a Redis that forgets everything loses no job and no session', async () => {
    const { workers } = journal;
    await ask(`${workers.url}/-/pause`, { method: 'POST' });
    const order = await demo.post('/api/imports', { source: 'synthetic', fills: 10 });
    await eventually(
      () => redis.exists(`bull:q_import:${String(order.body['id'])}`),
      'the job is in the queue',
    );
    await redis.flushall();
    await ask(`${workers.url}/-/resume`, { method: 'POST' });
    expect(await settled(`/api/imports/${String(order.body['id'])}`)).toMatchObject({ state: 'done' });
    expect(await demo.get('/auth/me')).toMatchObject({ status: 200 });
  });
});

describe('the coach', () => {
  const body = JSON.stringify({ closes: ['1', '2', '3', '4', '5', '6'], period: 3 });
  const signed = (secret: string, text: string, now = Date.now()) =>
    `t=${now},v1=${createHmac('sha256', secret).update(`${now}.${text}`).digest('hex')}`;
  const post = (text: string, signature: string) =>
    ask(`${journal.ai.url}/v1/indicators`, {
      method: 'POST',
      body: text,
      headers: { 'x-journal-signature': signature },
    });

  test('gives the same bytes for the same request, on every replica', async () => {
    const other = await journal.start('ai');
    const signature = signed(journal.env['AI_HMAC_SECRET'] ?? '', body);
    const init = { method: 'POST', body, headers: { 'x-journal-signature': signature } };
    const texts = await Promise.all(
      [journal.ai, other, other].map(async ({ url }) => (await fetch(`${url}/v1/indicators`, init)).text()),
    );
    expect(new Set(texts).size).toBe(1);
    expect(JSON.parse(texts[0] ?? '')).toMatchObject({
      indicators: { simpleAverage: '5.00000000', relativeStrength: '100.00000000' },
    });
    expect(await other.stop()).toBe(0);
  });

  test('takes the present and the previous secret, and nothing else', async () => {
    const { AI_HMAC_SECRET: present = '', AI_HMAC_SECRET_PREVIOUS: previous = '' } = journal.env as Record<
      string,
      string
    >;
    const minutes = 60_000;
    const rows: [string, number, string?][] = [
      [signed(present, body), 200],
      [signed(previous, body), 200],
      [signed('some-other-secret-16', body), 401, 'signature_wrong'],
      [signed(present, `${body} `), 401, 'signature_wrong'],
      [signed(present, body, Date.now() - 6 * minutes), 401, 'signature_old'],
      [signed(present, body, Date.now() + 6 * minutes), 401, 'signature_old'],
      ['', 401, 'signature_missing'],
    ];
    for (const [signature, status, code] of rows) {
      const answer = await post(body, signature);
      expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    }
  });

  test('refuses more than 256 KB', async () => {
    const large = 'x'.repeat(256 * 1_024 + 1);
    expect(await post(large, signed(journal.env['AI_HMAC_SECRET'] ?? '', large))).toMatchObject({
      status: 413,
    });
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

  test('workers finish the job they have begun', async () => {
    await ask(`${journal.workers.url}/-/pause`, { method: 'POST' });
    const workers = await journal.start('workers');
    const order = await demo.post('/api/imports', { source: 'synthetic', fills: 4_000 });
    const path = `/api/imports/${String(order.body['id'])}`;
    await eventually(async () => (await demo.get(path)).body['state'] === 'running', 'it runs');
    expect(await workers.stop()).toBe(0);
    expect(await demo.get(path)).toMatchObject({ body: { state: 'done', progress: 100 } });
    await ask(`${journal.workers.url}/-/resume`, { method: 'POST' });
  });

  test('all services end with 0, and no secret was printed', async () => {
    for (const service of journal.all) expect(await service.stop(), service.output().slice(-2_000)).toBe(0);
    expect(journal.leaked()).toEqual([]);
  });
});

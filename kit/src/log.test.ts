import { expect, test } from 'vitest';
import { contextOf, identify, withRequest } from './context.ts';
import { createLog, type Log, type LogOptions } from './log.ts';

const clock = { now: () => Date.parse('2026-02-03T04:05:06.007Z'), sleep: () => Promise.resolve() };

function logOf(options: Partial<LogOptions> = {}): {
  log: Log;
  raw: string[];
  lines: () => Record<string, unknown>[];
} {
  const raw: string[] = [];
  const write = (line: string) => void raw.push(line);
  const defaults = {
    level: 'info',
    format: 'plain',
    base: { service: 'orders' },
    secrets: [],
    clock,
  } as const;
  const lines = () => raw.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log: createLog({ ...defaults, write, ...options }), raw, lines };
}

const request = { method: 'POST', url: '/orders?key=hunter2', headers: { 'x-request-id': '4711-4711' } };

test('plain: what there is, in one line', () => {
  const { log, lines } = logOf();
  log.info('listening', { port: 80 });
  expect(lines()).toEqual([
    {
      level: 'info',
      timestamp: '2026-02-03T04:05:06.007Z',
      service: 'orders',
      port: 80,
      message: 'listening',
    },
  ]);
});

test('request: exactly its 12 fields, with and without a request', () => {
  const { log, lines } = logOf({ format: 'request' });
  log.info('begun');
  withRequest(contextOf(request), () => {
    identify({ userId: 'u-1', tenantId: 't-1', clientId: 'c-1' });
    log.info('request', { status: 201, duration_ms: 45 });
  });
  const nothing = { correlation_id: null, tenant_id: null, client_id: null, user_id: null };
  const when = { timestamp: '2026-02-03T04:05:06.007Z', level: 'info', service: 'orders' };
  expect(lines()).toEqual([
    { ...when, message: 'begun', ...nothing, method: null, path: null, status: null, duration_ms: null },
    {
      ...{ ...when, message: 'request', method: 'POST', path: '/orders', status: 201, duration_ms: 45 },
      ...{ correlation_id: '4711-4711', tenant_id: 't-1', client_id: 'c-1', user_id: 'u-1' },
    },
  ]);
});

test('operation: its nine fields, level in capitals, correlation id with req-', () => {
  const { log, lines } = logOf({ format: 'operation', base: { environment: 'production' } });
  withRequest(contextOf(request), () => {
    identify({ userId: 'u-1' });
    log.operation({ operation: 'simulate', duration_ms: 51.4, scenarios: 1_000, success: true });
    log.warning('slow');
  });
  const common = { timestamp: '2026-02-03T04:05:06.007Z', correlation_id: 'req-4711-4711', user_id: 'u-1' };
  const where = { environment: 'production' };
  expect(lines()).toEqual([
    {
      ...{ ...common, ...where, level: 'INFO', message: 'simulate', operation: 'simulate' },
      ...{ duration_ms: 51.4, scenarios: 1_000, success: true },
    },
    {
      ...{ ...common, ...where, level: 'WARNING', message: 'slow', operation: null },
      ...{ duration_ms: null, scenarios: null, success: null },
    },
  ]);
});

test('levels below the wanted one are left out; what must be on record is not', () => {
  const { log, lines } = logOf({ level: 'error' });
  log.info('no');
  log.warning('no');
  log.error('yes');
  log.audit('customer deleted', { customer: '7' });
  log.operation({ operation: 'export', duration_ms: 3, success: false });
  expect(lines().map(({ level, message }) => [level, message])).toEqual([
    ['error', 'yes'],
    ['info', 'customer deleted'],
    ['info', 'export'],
  ]);
  expect(lines()[1]).toMatchObject({ audit: true, customer: '7' });
});

test.each([
  ['a name that says so', { password: 'planted' }],
  ['such a name in capitals', { DB_PASSWORD: 'planted' }],
  ['a header', { headers: { Authorization: 'Bearer planted', 'set-cookie': ['a=planted'] } }],
  ['deep inside', { a: { b: [{ c: { refreshToken: 'planted' } }] } }],
  ['an object behind such a name', { secrets: { key: 'planted' } }],
  ['an API key', { apiKey: 'planted', 'api-key': 'planted', api_key: 'planted', privateKey: 'planted' }],
  ['a field of an error', { reason: Object.assign(new Error('no'), { password: 'planted' }) }],
  ['the cause of an error', { reason: new Error('no', { cause: { token: 'planted' } }) }],
])('hidden by its name: %s', (_, fields) => {
  const { log, raw } = logOf();
  log.info('x', fields);
  log.child(fields).info('y');
  expect(raw).toHaveLength(2);
  expect(raw.join()).not.toContain('planted');
});

const planted = 'pl"ant\\ed-16-characters';
test.each([
  ['a field', { note: planted }],
  ['a text', { note: `before ${planted} after` }],
  ['the key of a field', { [planted]: 1 }],
  ['an error', { reason: new Error(`connect ${planted}`) }],
  ['the cause of an error', { reason: new Error('no', { cause: new Error(planted) }) }],
  ['errors within one', { reason: new AggregateError([new Error(planted)]) }],
  ['an address', { where: new URL('redis://:planted-16-characters@host') }],
])('hidden because it is known: in %s', (_, fields) => {
  const { log, raw, lines } = logOf({ secrets: [planted, 'planted-16-characters'], base: { planted } });
  log.info(`message ${planted}`, fields);
  log.child(fields).audit('again');
  expect(lines()).toHaveLength(2);
  expect(raw.join()).not.toMatch(/ed-16-characters/);
});

test.each([
  [
    'the password of an address',
    'connect to postgres://app:hunter2@db/x failed',
    'postgres://app:[hidden]@db/x',
  ],
  ['a password alone', 'redis://:hunter2@cache', 'redis://:[hidden]@cache'],
  ['a token of a query', 'GET https://x/a?b=1&access_token=hunter2&c=2', '&access_token=[hidden]&c=2'],
  ['a bearer', 'sent Bearer hunter2hunter2hunter2.x', 'sent Bearer [hidden]'],
])('hidden because of its place: %s', (_, text, shown) => {
  const { log, raw, lines } = logOf();
  log.error(text, {
    reason: new Error(text),
    headers: ['authorization', text],
    at: 'http://127.0.0.1:80/a@b',
  });
  expect(raw.join()).not.toContain('hunter2');
  expect(lines()[0]).toMatchObject({
    at: 'http://127.0.0.1:80/a@b',
    reason: { message: expect.stringContaining(shown) },
  });
});

test('a line of a megabyte that looks like an address everywhere is written at once', () => {
  const { log, lines } = logOf();
  const begun = performance.now();
  for (const part of ['://a:', '?token', 'Bearer ', '://', '&secret_token']) log.info(part.repeat(200_000));
  expect(lines()).toHaveLength(5);
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test('passwords and codes are hidden also as numbers', () => {
  const { log, raw } = logOf();
  log.info('x', { otp: 123_456, login: { password: 123_456 }, client_secret: 123_456 });
  expect(raw.join()).not.toContain('123456');
});

test('numbers and flags that only sound like secrets are shown', () => {
  const { log, lines } = logOf();
  log.info('x', { tokens: 512, hasPassword: true, token: null });
  expect(lines()[0]).toMatchObject({ tokens: 512, hasPassword: true, token: null });
});

test('errors tell name, message, code and stack; circles, large numbers and bytes do no harm', () => {
  const { log, lines } = logOf();
  const circle: Record<string, unknown> = { a: 1 };
  circle['self'] = circle;
  const reason = Object.assign(new TypeError('bad'), { code: 'E_BAD' });
  log.error('x', { reason, circle, big: 10n, bytes: Buffer.from('abc'), nothing: undefined });
  expect(lines()[0]).toMatchObject({
    reason: {
      name: 'TypeError',
      message: 'bad',
      code: 'E_BAD',
      stack: expect.stringContaining('log.test.ts'),
    },
    ...{ big: '10', bytes: '[3 bytes]' },
  });
});

test('a child has its fields in every line, also the child of a child', () => {
  const { log, lines } = logOf();
  log.child({ queue: 'q' }).child({ job: 7 }).info('done');
  expect(lines()[0]).toMatchObject({ service: 'orders', queue: 'q', job: 7, message: 'done' });
});

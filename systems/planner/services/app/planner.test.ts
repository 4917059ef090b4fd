import { sign } from 'hono/jwt';
import { startTestService, type TestService } from 'fairway-kit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createService } from 'fairway-kit';
import { plannerSettings } from './settings.ts';
import { startPlanner } from './start.ts';
import { checkUpload } from './uploads.ts';

const service = {
  name: 'app',
  settings: plannerSettings,
  start: startPlanner,
  logFormat: 'operation',
} as const;
const secretKey = 'a key that is long enough';
const env = { SECRET_KEY: secretKey, FAIRWAY_ENVIRONMENT: 'test' };
const plan = { portfolio: 1_000_000, spending: 40_000, years: 30, equity: 60, scenarios: 500 };

let planner: TestService;
beforeAll(async () => (planner = await started({})));
afterAll(() => planner.stop());

async function started(more: Record<string, string>): Promise<TestService> {
  const running = await startTestService(service, { env: { ...env, ...more } });
  for (let tries = 0; tries < 300; tries++) {
    if ((await fetch(`${running.url}/startup`)).ok) return running;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not start');
}

const post = (
  path: string,
  body: object,
  { to = planner, headers = {} }: { to?: TestService; headers?: object } = {},
) =>
  fetch(`${to.url}/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('simulations', () => {
  test('a plan is simulated, the same plan is at hand, and its id finds it', async () => {
    const first = await post('/simulations', plan);
    const simulation = (await first.json()) as { id: string; success: number; years: unknown[] };
    expect(first.status).toBe(200);
    expect(first.headers.get('x-cache')).toBe('miss');
    expect(simulation.years).toHaveLength(31);
    expect(simulation.success).toBeGreaterThan(0.7);
    const second = await post('/simulations', { ...plan, title: 'another title' });
    expect(second.headers.get('x-cache')).toBe('hit');
    expect(await second.json()).toEqual(simulation);
    const found = await fetch(`${planner.url}/api/simulations/${simulation.id}`);
    expect(await found.json()).toEqual(simulation);
  });

  test.each(['sim_0000000000000000000000', 'sim_1', '..%2f..%2fetc', '%27%20OR%201'])(
    '%s is unknown',
    async (id) => {
      expect((await fetch(`${planner.url}/api/simulations/${id}`)).status).toBe(404);
    },
  );

  test('what is out of range is refused with a sentence about the field', async () => {
    const answer = await post('/simulations', { ...plan, portfolio: 999, years: 101 });
    expect(answer.status).toBe(422);
    const { detail } = (await answer.json()) as { detail: string };
    expect(detail).toContain('"portfolio": write dollars from 1,000 to 100,000,000');
    expect(detail).toContain('"years": write a whole number of years from 1 to 100');
    expect((await post('/simulations', { ...plan, scenarios: 1_001 })).status).toBe(422);
    expect((await post('/simulations', { ...plan, portfolio: 1_000 })).status).toBe(200);
    expect((await post('/simulations', { ...plan, portfolio: 100_000_000 })).status).toBe(200);
    expect((await post('/simulations', { ...plan, portfolio: 100_000_001 })).status).toBe(422);
  });
});

test('an analysis says in words what the simulation found, and points to it', async () => {
  const answer = await post('/analysis', plan);
  expect(answer.status).toBe(200);
  const { headline, method, simulation } = (await answer.json()) as Record<string, string>;
  expect(headline).toMatch(/^The money lasts 30 years in \d\d of 100 futures/);
  expect(method).toBe('rules');
  expect((await fetch(`${planner.url}/api/simulations/${simulation}`)).status).toBe(200);
});

describe('reports and uploads', () => {
  const title = 'Anna <script>alert(1)</script>& Ben';

  test('a report is a PDF, and opens again as the plan it was made of', async () => {
    const answer = await post('/reports', { ...plan, title });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    const pdf = Buffer.from(await answer.arrayBuffer());
    expect(pdf.toString('latin1', 0, 5)).toBe('%PDF-');
    const upload = await send(pdf);
    expect(upload.status).toBe(201);
    const opened = (await upload.json()) as { bytes: number; plan: object };
    expect(opened).toMatchObject({ bytes: pdf.length, plan: { ...plan, title: 'Anna & Ben' } });
  });

  test.each([
    ['9,999,999 bytes', pdfOf(9_999_999), 201],
    ['10 MB', pdfOf(10_000_000), 413],
    ['10 MiB', pdfOf(10_485_760), 413],
    ['a picture', Buffer.from('\u0089PNG\r\n\u001a\n%%EOF', 'latin1'), 415],
    ['a page', Buffer.from('<html>%PDF-1.7 %%EOF'), 415],
    ['half a PDF', Buffer.from('%PDF-1.7\n1 0 obj'), 415],
    ['nothing', Buffer.alloc(0), 415],
    ['a PDF with a program', Buffer.from('%PDF-1.7\n<< /S /JavaScript /JS (app.alert(1)) >>\n%%EOF'), 422],
    ['the same in other letters', Buffer.from('%PDF-1.7\n<< /S /Java#53cript >>\n%%EOF'), 422],
    [
      'a program behind what only looks like a stream',
      Buffer.from('%PDF-1.7\n%stream\n<< /S /JavaScript /JS (app.alert(1)) >>\nendstream\n%%EOF'),
      422,
    ],
    ['such bytes within a stream', Buffer.from('%PDF-1.7\nstream\n/JS #4A/JS \nendstream\n%%EOF'), 201],
  ])('%s', async (_, file, status) => {
    expect((await send(file)).status).toBe(status);
  });

  test('a file made to be hard to read holds up nobody else', async () => {
    const hard = Buffer.concat([
      Buffer.from('%PDF-1.7\n'),
      Buffer.alloc(9_999_980, '#41'),
      Buffer.from('\n%%EOF'),
    ]);
    const begun = performance.now();
    expect(checkUpload(hard).ok).toBe(true);
    expect(performance.now() - begun).toBeLessThan(1_000); // decoding its names would take several seconds
  });

  const send = (file: Buffer) =>
    fetch(`${planner.url}/api/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/pdf' },
      body: new Uint8Array(file),
    });

  function pdfOf(bytes: number): Buffer {
    const [head, tail] = ['%PDF-1.7\n', '\n%%EOF\n'];
    return Buffer.concat([
      Buffer.from(head),
      Buffer.alloc(bytes - head.length - tail.length, 'a'),
      Buffer.from(tail),
    ]);
  }
});

describe('who asks, and how often', () => {
  test('an address has its requests a minute, a user his own, and then is told when to come again', async () => {
    const limited = await started({ RATE_LIMIT_PER_MINUTE: '3' });
    const ask = async (headers: object = {}) => {
      const answer = await fetch(`${limited.url}/api/settings`, { headers: { ...headers } });
      return answer;
    };
    for (let request = 0; request < 3; request++) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const token = await sign({ sub: 'anna', exp: Math.floor(Date.now() / 1_000) + 60 }, secretKey, 'HS256');
    const user = { authorization: `Bearer ${token}` };
    for (let request = 0; request < 3; request++) expect((await ask(user)).status).toBe(200);
    expect((await ask(user)).status).toBe(429);
    expect((await fetch(limited.url)).status).toBe(200);
    await limited.stop();
  });

  test('after a rotation the old key is believed too, as long as it is there', async () => {
    const rotated = await started({
      SECRET_KEY: 'a new key that is long enough',
      SECRET_KEY_PREVIOUS: secretKey,
    });
    const token = await sign({ sub: 'anna' }, secretKey, 'HS256');
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${rotated.url}/api/settings`, { headers })).status).toBe(200);
    await rotated.stop();
  });

  test('a token of another key, or an old one, is refused', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const wrong = await sign({ sub: 'anna', exp: now + 60 }, 'another key, also long', 'HS256');
    const old = await sign({ sub: 'anna', exp: now - 60 }, secretKey, 'HS256');
    for (const token of [wrong, old, 'nonsense', 'a.b.c']) {
      const answer = await post('/simulations', plan, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
    }
  });
});

test('the log has the nine fields in every line, and the record of a simulation at any level', async () => {
  const quiet = await started({ LOG_LEVEL: 'WARNING' });
  await post('/simulations', { ...plan, seed: 77 }, { to: quiet });
  const fields = [
    'timestamp',
    'level',
    'correlation_id',
    'user_id',
    'operation',
    'duration_ms',
    'scenarios',
    'success',
    'environment',
  ];
  for (const line of quiet.logs) expect(Object.keys(line)).toEqual(expect.arrayContaining(fields));
  expect(
    quiet.logs.find(({ operation, audit }) => operation === 'simulate' && audit === undefined),
  ).toMatchObject({
    level: 'INFO',
    correlation_id: expect.stringMatching(/^req-/) as string,
    duration_ms: expect.any(Number) as number,
    scenarios: 500,
    success: true,
    environment: 'test',
  });
  expect(quiet.logs.some(({ audit, operation }) => audit === true && operation === 'simulate')).toBe(true);
  await quiet.stop();
});

test('the numbers of the profile are told', async () => {
  await post('/simulations', { ...plan, seed: 78 });
  const text = await (await fetch(`${planner.url}/metrics`)).text();
  for (const name of [
    'http_server_request_duration_seconds_count',
    'planner_scenarios_per_second',
    'planner_cache_hit_percent',
    'planner_active_users 1',
    'planner_simulations_per_user',
    'planner_pdf_downloads_total 1',
    'planner_analyses_total 1',
    'process_resident_memory_bytes',
  ])
    expect(text).toContain(name);
});

test.each([
  [
    'dev',
    { DEBUG: 'true', LOG_LEVEL: 'DEBUG', CACHE_TTL: '600', MAX_SCENARIOS: '1000', DB_POOL_SIZE: '5' },
    0,
  ],
  [
    'staging',
    {
      LOG_LEVEL: 'INFO',
      CACHE_TTL: '1800',
      MAX_SCENARIOS: '5000',
      DB_POOL_SIZE: '10',
      REDIS_ENABLED: 'true',
    },
    100,
  ],
  [
    'prod',
    {
      LOG_LEVEL: 'WARNING',
      CACHE_TTL: '3600',
      MAX_SCENARIOS: '10000',
      DB_POOL_SIZE: '20',
      REDIS_ENABLED: 'true',
    },
    60,
  ],
])('%s tells what is in force, and no secret', async (environment, given, ratePerMinute) => {
  const running = await started({
    ...given,
    FAIRWAY_ENVIRONMENT: environment,
    RATE_LIMIT_PER_MINUTE: String(ratePerMinute),
  });
  const text = await (await fetch(`${running.url}/api/settings`)).text();
  expect(JSON.parse(text)).toEqual({
    environment,
    version: '1',
    debug: environment === 'dev',
    logLevel: given.LOG_LEVEL.toLowerCase(),
    cacheTtlSeconds: Number(given.CACHE_TTL),
    maxScenarios: Number(given.MAX_SCENARIOS),
    ratePerMinute,
    databasePoolSize: Number(given.DB_POOL_SIZE),
    redisEnabled: environment !== 'dev',
  });
  expect(text).not.toContain(secretKey);
  await running.stop();
});

test('a wrong setting stops the start with a sentence', () => {
  expect(() =>
    createService(service, { env: { ...env, MAX_SCENARIOS: '9' }, envFile: null, secretsFolder: null }),
  ).toThrow(/MAX_SCENARIOS/);
});

test('/health answers at once while large simulations run: half of the answers within 100 ms on the slowest machine', async () => {
  const large = { ...plan, scenarios: 1_000, years: 100 };
  const work = Promise.all(Array.from({ length: 30 }, (_, seed) => post('/simulations', { ...large, seed })));
  const times: number[] = [];
  let isOver = false;
  void work.finally(() => (isOver = true));
  while (!isOver) {
    const begun = performance.now();
    expect((await fetch(`${planner.url}/health`)).status).toBe(200);
    times.push(performance.now() - begun);
  }
  expect((await work).every(({ status }) => status === 200)).toBe(true);
  expect(times.sort((one, other) => one - other)[Math.floor(times.length / 2)]).toBeLessThan(100);
});

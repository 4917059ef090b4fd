import { startTestService, type TestService } from 'fairway-kit/testing';
import { TOTP, URI } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { auth } from './services/auth/start.ts';
import { toHeaders } from './services/common/origin.ts';
import { readCaller } from './services/common/token.ts';
import { startStores, type Stores } from './testing/stores.ts';
import { cookiesOf, secrets } from './testing/people.ts';

let stores: Stores;
let service: TestService;

beforeAll(async () => {
  stores = await startStores();
  service = await startTestService(auth, { env: { ...stores.env, ...secrets, SECURE_COOKIES: 'false' } });
}, 120_000);
afterAll(async () => {
  vi.useRealTimers();
  await service?.stop();
  await stores?.close();
});

const headers = (cookie = '') => ({
  'content-type': 'application/json',
  ...toHeaders({ host: 'localhost:3000', proto: 'http', address: '192.0.2.7' }),
  origin: 'http://localhost:3000',
  ...(cookie === '' ? {} : { cookie }),
});
const post = (path: string, body: object, cookie = '') =>
  fetch(`${service.url}/api/auth${path}`, {
    method: 'POST',
    headers: headers(cookie),
    body: JSON.stringify(body),
    redirect: 'manual',
  });
const session = (cookie: string) => fetch(`${service.url}/session`, { headers: { cookie } });
const password = 'a long password';

async function signUp(email: string): Promise<string> {
  const response = await post('/sign-up/email', { email, password, name: 'Ada' });
  expect(response.status, await response.clone().text()).toBe(200);
  return cookiesOf(response);
}

describe('a session', () => {
  test('begins with signing up, and is a token for the services', async () => {
    const cookie = await signUp('ada@example.com');
    const response = await session(cookie);
    expect(response.status).toBe(200);
    const { token } = (await response.json()) as { token: string };
    const caller = await readCaller(`Bearer ${token}`, secrets.JWT_SECRET, Date.now());
    expect(caller).toMatchObject({ email: 'ada@example.com', name: 'Ada' });
    expect(await readCaller(`Bearer ${token}`, secrets.JWT_SECRET, Date.now() + 61_000)).toBeNull();
    expect(await readCaller(`Bearer ${token}`, 'another secret of some length', Date.now())).toBeNull();
  });

  test('is refused when its cookie was changed', async () => {
    const cookie = await signUp('changed@example.com');
    const [name = '', value = ''] = cookie.split('=', 2);
    const text = decodeURIComponent(value);
    const changed = `${text.slice(0, -3)}${text.at(-3) === 'A' ? 'B' : 'A'}${text.slice(-2)}`;
    expect((await session(cookie)).status).toBe(200);
    expect((await session(`${name}=${encodeURIComponent(changed)}`)).status).toBe(401);
  });

  test('ends when its owner signs out, also in the cache', async () => {
    const cookie = await signUp('out@example.com');
    expect((await session(cookie)).status).toBe(200);
    expect((await post('/sign-out', {}, cookie)).status).toBe(200);
    expect((await session(cookie)).status).toBe(401);
  });

  test('is not that of whoever planted another cookie beside it', async () => {
    const cookie = await signUp('planted@example.com');
    const planted = 'kianax.session_token=known-to-a-thief';
    for (const both of [`${planted}; ${cookie}`, `${cookie}; ${planted}`, `__Secure-${planted}; ${cookie}`])
      await session(both);
    expect((await session(planted)).status).toBe(401);
    expect((await session(`__Secure-${planted}`)).status).toBe(401);
    expect((await session(cookie)).status).toBe(200);
  });

  test('is kept in Postgres, ends after seven days and not before', async () => {
    const cookie = await signUp('week@example.com');
    const unseen = await signUp('unseen@example.com');
    const { rows } = await stores.pool.query<{ days: number }>(
      `SELECT round(extract(epoch FROM s.expires_at - s.created_at) / 86400)::integer AS days
       FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = 'week@example.com'`,
    );
    expect(rows).toEqual([{ days: 7 }]);
    const begun = Date.now();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(begun + 7 * 86_400_000 - 60_000);
    expect((await session(cookie)).status).toBe(200);
    vi.setSystemTime(begun + 7 * 86_400_000 + 1_000);
    expect((await session(cookie)).status).toBe(401); // the cache knows it
    expect((await session(unseen)).status).toBe(401); // the database knows it
    vi.useRealTimers();
  });
});

test('passwords are kept as scrypt, salted', async () => {
  await signUp('one@example.com');
  await signUp('two@example.com');
  const { rows } = await stores.pool.query<{ password: string }>(
    `SELECT a.password FROM accounts a JOIN users u ON u.id = a.user_id WHERE u.email IN ('one@example.com', 'two@example.com')`,
  );
  expect(new Set(rows.map((row) => row.password)).size).toBe(2);
  for (const row of rows) expect(row.password).toMatch(/^[0-9a-f]{32}:[0-9a-f]{128}$/);
});

test('a wrong password does not sign in', async () => {
  await signUp('wrong@example.com');
  expect(
    (await post('/sign-in/email', { email: 'wrong@example.com', password: 'another one!!' })).status,
  ).toBe(401);
  expect((await post('/sign-in/email', { email: 'wrong@example.com', password })).status).toBe(200);
});

test('with a second factor the password alone is not enough', async () => {
  const email = 'factor@example.com';
  const cookie = await signUp(email);
  const enabled = await post('/two-factor/enable', { password }, cookie);
  const { totpURI } = (await enabled.json()) as { totpURI: string };
  const totp = URI.parse(totpURI) as TOTP;
  const verified = await post('/two-factor/verify-totp', { code: totp.generate() }, cookie);
  expect(verified.status).toBe(200);

  const first = await post('/sign-in/email', { email, password });
  expect(await first.json()).toMatchObject({ twoFactorRedirect: true });
  const halfway = cookiesOf(first);
  expect((await session(halfway)).status).toBe(401);
  expect((await post('/two-factor/verify-totp', { code: '000000' }, halfway)).status).toBe(401);
  const second = await post('/two-factor/verify-totp', { code: totp.generate() }, halfway);
  expect(second.status).toBe(200);
  expect((await session(cookiesOf(second))).status).toBe(200);
});

test('many may sign up at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, number) => signUp(`crowd-${number}@example.com`)),
  );
  expect(new Set(answers).size).toBe(30);
}, 60_000);

test('whatever goes wrong is a problem without a stack', async () => {
  const answer = await post('/sign-in/email', { email: 'nobody@example.com' });
  expect(answer.status).toBe(400);
  expect(await answer.text()).not.toContain('node_modules');
});

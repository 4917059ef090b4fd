import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startTestService, type TestService } from 'fairway-kit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminWeb } from './services/admin-web/service.ts';
import { portalWeb } from './services/portal-web/service.ts';
import { ask, type Maxai, startMaxai } from './testing/maxai.ts';

const publicUrl = 'http://portal.test';
let maxai: Maxai;
let portal: TestService;
let admin: TestService;
beforeAll(async () => {
  maxai = await startMaxai({
    RATE_LIMIT_PER_MINUTE: '6',
    LOGIN_LIMIT_PER_MINUTE: '9',
    PUBLIC_URL: publicUrl,
  });
  const env = { API_GATEWAY_URL: maxai.gateway.url };
  [portal, admin] = [await startTestService(portalWeb, { env }), await startTestService(adminWeb, { env })];
}, 120_000);
afterAll(async () => {
  await portal?.stop();
  await admin?.stop();
  await maxai?.close();
});

test('a tenant that asks too often is told when to come again; another one is not held up', async () => {
  // Users 1 and 5 are of one tenant, user 2 of another.
  const [one, same, other] = [await maxai.login(1), await maxai.login(5), await maxai.login(2)];
  const answers = [];
  for (let number = 0; number < 6; number += 1)
    answers.push(await one.get('/api/prompts'), await same.get('/api/prompts'));
  const statuses = answers.map(({ status }) => status);
  expect([statuses.slice(0, 6), statuses.includes(429)]).toEqual([
    Array.from({ length: 6 }, () => 200),
    true,
  ]);
  expect(Number(answers.find(({ status }) => status === 429)?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await other.get('/api/prompts')).status).toBe(200);
});

test('a page of another site writes nothing through the portal', async () => {
  const from = (page: Record<string, string>) =>
    ask(`${portal.url}/api/auth/logout`, { method: 'POST', headers: page });
  const answers = [
    await from({ origin: 'https://evil.example' }),
    await from({ 'sec-fetch-site': 'same-site' }),
    await from({ origin: portal.url }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 401]);
});

test('with Google somebody comes in as who he is there, and only back to where he began', async () => {
  const begun = await ask(`${portal.url}/api/auth/google`);
  expect(begun.status).toBe(302);
  const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const away = new URL(begun.headers.get('location') ?? '');
  away.searchParams.set('login_hint', 'user3@dev.maxai.io');
  const back = new URL((await ask(away.href)).headers.get('location') ?? '');
  expect(back.origin).toBe(publicUrl);
  const path = back.pathname + back.search;
  expect((await ask(portal.url + path)).status).toBe(400); // another browser

  const entered = await ask(portal.url + path, { headers: { cookie } });
  expect([entered.status, entered.headers.get('location')]).toEqual([302, '/']);
  const session = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(entered.headers.getSetCookie()[1]).toMatch(/^maxai_google_state=;.*1970/); // good once
  const me = await ask(`${portal.url}/api/auth/me`, { headers: { cookie: session } });
  expect(me.body['email']).toBe('user3@dev.maxai.io');

  away.searchParams.set('login_hint', 'nobody@dev.maxai.io');
  const stranger = new URL((await ask(away.href)).headers.get('location') ?? '');
  const refused = await ask(portal.url + stranger.pathname + stranger.search, { headers: { cookie } });
  expect([refused.status, refused.body['code']]).toEqual([403, 'not_invited']);
});

test('after too many attempts to log in from one address no further one is looked at', async () => {
  const statuses = [];
  for (let number = 0; number < 12; number += 1) statuses.push((await maxai.login(1)).answer.status);
  expect(statuses.at(-1)).toBe(429);
});

describe('pages', () => {
  test.each([
    ['the portal', () => portal, '/'],
    ['the pages of operators', () => admin, '/admin'],
    ['the pages of operators at their own host', () => admin, '/'],
  ] as const)('%s need nothing from elsewhere and run no script inline', async (_, of, path) => {
    const page = await ask(of().url + path);
    const html = String(page.body['text']);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none';.*script-src 'self';/);
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=|https?:\/\//);
    const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(
      ([, file]) => new URL(file ?? '', of().url + path),
    );
    expect(files.length).toBe(3);
    for (const file of files) expect((await ask(file.href)).status).toBe(200);
  });

  test('are not sent again while they are the same', async () => {
    const page = await ask(portal.url);
    const again = await ask(portal.url, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    expect([again.status, page.headers.get('cache-control')]).toEqual([
      304,
      'public, max-age=0, s-maxage=60, stale-while-revalidate=600',
    ]);
  });
});

test('every query asks by tenant, but those that are named here', () => {
  const services = fileURLToPath(new URL('services', import.meta.url));
  const raw = globSync('**/*.ts', { cwd: services })
    .map((file) => ({ file, text: readFileSync(`${services}/${file}`, 'utf8') }))
    .flatMap(({ file, text }) =>
      [...text.matchAll(/(?:database|pool|tx)\s*\.query\b[^`']*[`']([^`']*)[`']/g)].map(
        ([, sql = '']) => `${file}: ${sql.replace(/\s+/g, ' ').slice(0, 40)}`,
      ),
    );
  expect(raw.toSorted((one, other) => one.localeCompare(other))).toEqual([
    'iam/service.ts: SELECT count(DISTINCT ${what})::int AS c', // numbers of the business
    'iam/users.ts: INSERT INTO tenants (name) VALUES ($1) O', // makes one
    'iam/users.ts: SELECT t.tenant_id, t.name, t.plan, (SEL', // for operators
    'iam/users.ts: SELECT tenant_id, user_id, client_id, em', // who logs in
    'jobs/usage.ts: SELECT DISTINCT tenant_id FROM usage_eve', // where there is something to sum
  ]);
});

import { describe, expect, test } from 'vitest';
import { permissions, type Role } from '#api';
import { anAccess, codeIn, key } from './access.fixture.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('a role', () => {
  test.each<[Role, string]>([
    ['viewer', 'view'],
    ['deployer', 'view deploy'],
    ['approver', 'view approve'],
    ['admin', 'view deploy approve administer'],
  ])('%s may %s and nothing else, by token and by session', async (role, allowed) => {
    const { send, token, login } = anAccess();
    const { secret } = await token(role);
    const { cookie } = await login({ token: secret });
    for (const by of [{ bearer: secret }, { cookie }]) {
      const answers = await Promise.all(permissions.map((needs) => send('GET', `/v1/may/${needs}`, by)));
      const may = permissions.filter((_, index) => answers[index]?.status === 200);
      expect(may.join(' ')).toBe(allowed);
      for (const [index, { status, body }] of answers.entries())
        if (status !== 200)
          expect(body).toMatchObject({
            code: 'role_forbids',
            facts: { role, needs: permissions[index] },
          });
    }
  });

  test.each(['viewer', 'deployer', 'approver'])('%s makes neither tokens nor links', async (role) => {
    const { send, token, withKey } = anAccess();
    const { secret: bearer, id } = await token(role);
    const body = { name: 'mine', role: 'admin' };
    expect((await send('POST', '/v1/access/tokens', { bearer, body })).body['code']).toBe('role_forbids');
    expect((await send('POST', '/v1/access/links', { bearer, body: {} })).body['code']).toBe('role_forbids');
    expect((await send('GET', '/v1/access/tokens', { bearer })).body['code']).toBe('role_forbids');
    expect((await send('DELETE', `/v1/access/tokens/${id}`, { bearer })).body['code']).toBe('role_forbids');
    expect(await listed(withKey)).toMatchObject([{ state: 'good' }]);
  });
});

describe('an approver', () => {
  const approverAs = async (approves: readonly string[] | null) => {
    const place = anAccess();
    const asked = { by: 'ann', name: 'maria', role: 'approver', approves };
    const made = await place.withKey('POST', '/v1/access/tokens', asked);
    const { cookie } = await place.login({ token: String(made.body['token']) });
    return { ...place, ways: [{ bearer: String(made.body['token']) }, { cookie }] };
  };

  test('agrees only in the roles of its token, by token and by session', async () => {
    const { send, ways } = await approverAs(['risk-manager', 'owner']);
    for (const by of ways) {
      expect((await send('GET', '/v1/access', by)).body).toMatchObject({
        approves: ['risk-manager', 'owner'],
      });
      expect((await send('GET', '/v1/may/agree/owner', by)).status).toBe(200);
      expect((await send('GET', '/v1/may/agree/release-manager', by)).body).toMatchObject({
        code: 'approval_role_forbids',
        status: 403,
        facts: { name: 'maria', role: 'release-manager', approves: 'risk-manager, owner' },
      });
    }
  });

  test('agrees in every role where its token names none', async () => {
    const { send, ways } = await approverAs(null);
    for (const by of ways) expect((await send('GET', '/v1/may/agree/owner', by)).status).toBe(200);
  });

  test.each([
    ['deployer', ['owner']],
    ['approver', []],
    ['approver', ['']],
  ])('only is given roles to agree in, and each has a name: %s %j', async (role, approves) => {
    const { withKey } = anAccess();
    const made = await withKey('POST', '/v1/access/tokens', { by: 'ann', name: 'maria', role, approves });
    expect(made.status).toBe(422);
    expect(JSON.stringify(made.body)).toContain('approves');
  });
});

describe('the key of the control file', () => {
  test('may everything, as the user of this machine', async () => {
    const { withKey } = anAccess();
    expect((await withKey('GET', '/v1/access')).body).toEqual({
      name: 'ann',
      role: 'admin',
      permissions: [...permissions],
      approves: null,
      via: 'key',
      until: null,
      system: 'shop',
    });
  });

  test.each(['', 'x'.repeat(64), `${key}k`, key.slice(1), 'fw_', 'fw_abc'])('is not "%s"', async (bearer) => {
    const { send } = anAccess();
    expect((await send('GET', '/v1/may/view', { bearer })).body['code']).toBe('not_allowed');
  });
});

describe('without a login', () => {
  test.each([
    ['GET', '/v1/may/view'],
    ['GET', '/v1/access'],
    ['GET', '/v1/nothing-there'],
    ['GET', '/v1'],
    ['GET', '/v1/access/session'],
    ['POST', '/v1/access/links'],
  ])('%s %s is refused', async (method, path) => {
    const { send } = anAccess();
    expect((await send(method, path)).body['code']).toBe('not_allowed');
  });

  test('the page is served', async () => {
    expect((await anAccess().send('GET', '/')).text).toBe('page');
  });
});

describe('a token', () => {
  test('is shown once and listed without its secret', async () => {
    const { withKey } = anAccess();
    const made = await withKey('POST', '/v1/access/tokens', {
      by: 'ann',
      name: 'ci',
      role: 'deployer',
      days: 7,
    });
    expect(made.status).toBe(201);
    expect(made.body['token']).toMatch(/^fw_[\w-]{43}$/);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const [first, ...others] = await listed(withKey);
    expect(others).toEqual([]);
    expect(first).toEqual({
      id: made.body['id'],
      name: 'ci',
      role: 'deployer',
      approves: null,
      by: 'ann',
      createdAt: 1_000_000_000,
      until: 1_000_000_000 + 7 * day,
      lastUsedAt: null,
      state: 'good',
    });
  });

  test('ends after its days', async () => {
    const { send, token, clock, withKey } = anAccess();
    const { secret: bearer } = await token('viewer', 1);
    clock.move(day - 1);
    expect((await send('GET', '/v1/may/view', { bearer })).status).toBe(200);
    clock.move(1);
    expect((await send('GET', '/v1/may/view', { bearer })).body['code']).toBe('not_allowed');
    expect(await listed(withKey)).toMatchObject([{ state: 'ended' }]);
  });

  test('has a name of its own as long as it is good', async () => {
    const { token, withKey } = anAccess();
    const ask = { by: 'ann', name: 'ci', role: 'viewer' };
    const { id } = await token('viewer', 90, 'ci');
    expect((await withKey('POST', '/v1/access/tokens', ask)).body).toMatchObject({
      code: 'token_name_taken',
      facts: { name: 'ci' },
    });
    await withKey('DELETE', `/v1/access/tokens/${id}`);
    expect((await withKey('POST', '/v1/access/tokens', ask)).status).toBe(201);
  });

  test('remembers its last use to a minute, without a word in the journal', async () => {
    const { send, token, clock, store, withKey } = anAccess();
    const { secret: bearer } = await token('viewer');
    const used = async () => (await listed(withKey))[0]?.['lastUsedAt'];
    const before = (await store.last('control/access'))?.sequence;
    expect(before).toBeGreaterThan(0); // a name that no environment can have: its journal would be shared
    await send('GET', '/v1/may/view', { bearer });
    expect(await used()).toBe(1_000_000_000);
    clock.move(59_000);
    await send('GET', '/v1/may/view', { bearer });
    expect(await used()).toBe(1_000_000_000);
    clock.move(1_000);
    await send('GET', '/v1/may/view', { bearer });
    expect(await used()).toBe(1_000_060_000);
    expect((await store.last('control/access'))?.sequence).toBe(before);
  });

  test('is made though others make some at the same time, and of one name only one', async () => {
    const here = anAccess();
    const there = anAccess({ store: here.store, clock: here.clock });
    const make = (place: typeof here, name: string) =>
      place.withKey('POST', '/v1/access/tokens', { by: 'ann', name, role: 'viewer' });
    const different = await Promise.all([make(here, 'a'), make(there, 'b'), make(here, 'c')]);
    expect(different.map(({ status }) => status)).toEqual([201, 201, 201]);
    const same = await Promise.all([make(here, 'd'), make(there, 'd')]);
    expect(same.map(({ body }) => ('code' in body ? String(body['code']) : 'made')).sort()).toEqual([
      'made',
      'token_name_taken',
    ]);
  });

  test('that is unknown cannot be revoked, and one that is revoked only once', async () => {
    const { token, withKey } = anAccess();
    const { id } = await token('viewer');
    for (const other of ['0123456789abcdef', 'x', 'a%2fb'])
      expect((await withKey('DELETE', `/v1/access/tokens/${other}`)).body['code']).toBe('token_unknown');
    expect((await withKey('DELETE', `/v1/access/tokens/${id}`)).body).toEqual({ revoked: true });
    expect((await withKey('DELETE', `/v1/access/tokens/${id}`)).body).toEqual({ revoked: false });
  });

  test('is made under the name of who really asks', async () => {
    const { send, token, withKey } = anAccess();
    const { secret: bearer } = await token('admin', 90, 'boss');
    await send('POST', '/v1/access/tokens', { bearer, body: { by: 'eve', name: 'ci', role: 'viewer' } });
    const tokens = await listed(withKey);
    expect(tokens.find(({ name }) => name === 'ci')).toMatchObject({ by: 'boss' });
  });
});

describe('a session', () => {
  test('has a cookie that scripts cannot read and other sites do not send', async () => {
    const { token, login } = anAccess();
    const { headers, status } = await login({ token: (await token('viewer')).secret });
    expect(status).toBe(200);
    expect(headers.get('set-cookie')).toMatch(
      /^fairway_session_4040=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  test('has a cookie for https only where we are reached by it', async () => {
    const { token, login } = anAccess({ origin: 'https://deploy.example.com' });
    const { headers } = await login({ token: (await token('viewer')).secret });
    expect(headers.get('set-cookie')).toMatch(
      /^fairway_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test('lasts twelve hours and not longer than its token', async () => {
    const { send, token, login, clock } = anAccess();
    const { cookie } = await login({ token: (await token('viewer', 1)).secret });
    clock.move(12 * hour - 1);
    expect((await send('GET', '/v1/may/view', { cookie })).status).toBe(200);
    clock.move(1);
    expect((await send('GET', '/v1/may/view', { cookie })).body['code']).toBe('not_allowed');
    const { body } = await login({ token: (await token('viewer', 1, 'other')).secret });
    expect(body['until']).toBe(clock.now() + 12 * hour);
    const short = await token('viewer', 1, 'short');
    clock.move(20 * hour);
    expect((await login({ token: short.secret })).body['until']).toBe(clock.now() + 4 * hour);
  });

  test('is over at once when its token is revoked, for every control plane of the store', async () => {
    const here = anAccess();
    const there = anAccess({ store: here.store, clock: here.clock });
    const { secret, id } = await here.token('deployer');
    const { cookie } = await here.login({ token: secret });
    expect((await there.send('GET', '/v1/may/deploy', { cookie })).status).toBe(200);
    await there.withKey('DELETE', `/v1/access/tokens/${id}`);
    expect((await here.send('GET', '/v1/may/deploy', { cookie })).body['code']).toBe('not_allowed');
    expect((await here.login({ token: secret })).body['code']).toBe('token_wrong');
  });

  test('ends when it is logged out', async () => {
    const { send, token, login } = anAccess();
    const { cookie } = await login({ token: (await token('viewer')).secret });
    const out = await send('DELETE', '/v1/access/session', { cookie, site: 'same-origin' });
    expect(out.body).toEqual({ ended: true });
    expect(out.headers.get('set-cookie')).toMatch(/^fairway_session_4040=; Max-Age=0; Path=\//);
    expect((await send('GET', '/v1/may/view', { cookie })).body['code']).toBe('not_allowed');
    expect((await send('DELETE', '/v1/access/session')).body).toEqual({ ended: false });
  });

  test('and every token and link is over when all are revoked', async () => {
    const { access, send, token, login, code } = anAccess();
    const { secret } = await token('admin');
    const byToken = (await login({ token: secret })).cookie;
    const byLink = (await login({ code: await code() })).cookie;
    const unopened = await code();
    expect(await access.revokeAll('ann')).toEqual({ ok: true, value: 1 });
    for (const by of [{ cookie: byToken }, { cookie: byLink }, { bearer: secret }])
      expect((await send('GET', '/v1/may/view', by)).body['code']).toBe('not_allowed');
    expect((await login({ code: unopened })).body['code']).toBe('link_unknown');
  });
});

describe('a link', () => {
  test('opens the dashboard once, for somebody who may everything', async () => {
    const { access, login, send } = anAccess();
    const link = await access.link('ann');
    const url = link.ok ? link.value.url : '';
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:4040\/#code=[\w-]{43}$/);
    const first = await login({ code: codeIn(url) });
    expect(first.body).toMatchObject({ name: 'ann', role: 'admin', via: 'session' });
    expect((await send('GET', '/v1/may/administer', { cookie: first.cookie })).status).toBe(200);
    const second = await login({ code: codeIn(url) });
    expect(second.body).toMatchObject({ code: 'link_used', facts: { at: 1_000_000_000 } });
    expect(second.cookie).toBe('');
  });

  test('opens for one of two that come at the same time, also to two control planes', async () => {
    const here = anAccess();
    const there = anAccess({ store: here.store, clock: here.clock });
    for (let round = 0; round < 20; round++) {
      const code = await here.code();
      const answers = await Promise.all([here.login({ code }), there.login({ code }), here.login({ code })]);
      const said = answers.map(({ status, body }) => String(status === 200 ? 'opened' : body['code']));
      expect(said.sort()).toEqual(['link_used', 'link_used', 'opened']);
    }
  });

  test('ends after ten minutes', async () => {
    const { login, code, clock } = anAccess();
    const [early, late] = [await code(), await code()];
    clock.move(10 * 60_000 - 1);
    expect((await login({ code: early })).status).toBe(200);
    clock.move(1);
    expect((await login({ code: late })).body).toMatchObject({ code: 'link_ended' });
    expect((await login({ code: 'x'.repeat(43) })).body).toMatchObject({ code: 'link_unknown' });
  });

  test('made by a token is good for nothing without it, and neither are its sessions', async () => {
    const { send, token, login, withKey } = anAccess();
    const { secret: bearer, id } = await token('admin');
    const make = async () =>
      codeIn(String((await send('POST', '/v1/access/links', { bearer, body: {} })).body['url']));
    const [opened, unopened] = [await make(), await make()];
    const { cookie, body } = await login({ code: opened });
    expect(body).toMatchObject({ name: 'a-admin' });
    await withKey('DELETE', `/v1/access/tokens/${id}`);
    expect((await send('GET', '/v1/may/view', { cookie })).body['code']).toBe('not_allowed');
    expect((await login({ code: unopened })).body['code']).toBe('link_ended');
  });
});

test('what is over for long is swept', async () => {
  const { store, token, login, code, clock, withKey } = anAccess();
  await login({ code: await code() });
  await code();
  await token('viewer', 1);
  const count = async () =>
    Promise.all(['session', 'link', 'token'].map(async (kind) => (await store.rows(kind, '')).length));
  expect(await count()).toEqual([1, 2, 1]);
  clock.move(92 * day);
  await withKey('POST', '/v1/access/links', { by: 'ann' });
  expect(await count()).toEqual([0, 1, 0]);
});

type WithKey = ReturnType<typeof anAccess>['withKey'];

async function listed(withKey: WithKey): Promise<readonly Record<string, unknown>[]> {
  const { body } = await withKey('GET', '/v1/access/tokens');
  return body as unknown as readonly Record<string, unknown>[];
}

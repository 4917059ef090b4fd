import { afterEach, describe, expect, it } from 'vitest';
import { instant } from '#kernel';
import { driveLoad } from './drive.ts';
import { planFor, planned, startServer, testClock, testWorld } from './testbed.fixture.ts';
import { cookieHeader, createUsers, rememberCookies } from './user.ts';

describe('the session of a virtual user', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  afterEach(async () => server.close());

  const session = {
    steps: [
      planned({ path: '/csrf' }),
      planned({ method: 'POST', path: '/login', body: '{"name":"user{user}"}' }),
    ],
    csrf: { field: 'session.csrf', header: 'X-CSRF-Token' },
  };
  const mix = [planned({ path: '/read' }), planned({ method: 'POST', path: '/write', body: '{}' })];

  it('begins with the steps, in order, and carries cookies and token from then on', async () => {
    server = await startServer(({ url, headers, body }, response) => {
      const user = /user\d+/.exec(body)?.[0] ?? 'nobody';
      if (url === '/csrf') response.setHeader('set-cookie', ['visit=1; Path=/', 'old=x']);
      if (url === '/login') response.setHeader('set-cookie', [`sid=${user}; HttpOnly`, 'old=; Max-Age=0']);
      if (url === '/csrf') return void response.end('{"session":{"csrf":"before"}}');
      if (url !== '/login') return void response.end();
      const known = headers.cookie === 'visit=1; old=x' && headers['x-csrf-token'] === 'before';
      response.writeHead(known ? 200 : 403).end(JSON.stringify({ session: { csrf: `token-${user}` } }));
    });
    const plan = planFor(server.target, { requests: 60, users: 6, session, mix });
    const report = await driveLoad(plan, testWorld());
    expect(report).toMatchObject({ ok: true, value: { requests: { sent: 60, succeeded: 60 } } });
    const users = new Set<string>();
    const load = server.received.filter(({ url }) => url === '/read' || url === '/write');
    expect(load).toHaveLength(60);
    expect(server.received).toHaveLength(72);
    for (const { method, headers } of load) {
      const user = /^visit=1; sid=(user\d)$/.exec(headers.cookie ?? '')?.[1] ?? 'nobody';
      users.add(user);
      expect(headers['x-csrf-token']).toBe(method === 'POST' ? `token-${user}` : undefined);
    }
    expect(users).toEqual(new Set(['user1', 'user2', 'user3', 'user4', 'user5', 'user6']));
  });

  it.each([
    ['a step is refused', 403, '{"session":{"csrf":"t"}}', 'GET /csrf', 'the answer was 403'],
    ['no answer has the token', 200, '{"session":{}}', 'session', 'no answer had the member session.csrf'],
    ['the answers are no JSON', 200, '<html>', 'session', 'no answer had the member session.csrf'],
  ])(
    'that cannot begin because %s ends the run before it starts',
    async (_, status, text, request, reason) => {
      server = await startServer((__, response) => response.writeHead(status).end(text));
      const plan = planFor(server.target, { requests: 5, users: 1, session, mix });
      expect(await driveLoad(plan, testWorld())).toEqual({
        ok: false,
        error: { code: 'load_login_failed', facts: { user: 1, request, reason } },
      });
      expect(server.received.filter(({ url }) => url === '/read' || url === '/write')).toEqual([]);
    },
  );

  it('keeps the affinity cookie that answers under load give to each user', async () => {
    let given = 0;
    server = await startServer(({ headers }, response) => {
      if (headers.cookie === undefined) response.setHeader('set-cookie', `arm=${(given += 1)}`);
      response.end();
    });
    const plan = planFor(server.target, { requests: 40, users: 4, connections: 1 });
    await driveLoad(plan, testWorld());
    expect(given).toBe(4);
    const cookies = server.received.map(({ headers }) => headers.cookie);
    for (const cookie of ['arm=1', 'arm=2', 'arm=3', 'arm=4']) {
      expect(cookies.filter((found) => found === cookie)).toHaveLength(9);
    }
  });
});

describe('cookies', () => {
  const now = testClock.now();
  const clock = { ...testClock, now: () => instant(now) };
  it.each([
    ['a=1                                        ', 'a=1'],
    ['a=1; Path=/; HttpOnly; SameSite=Lax        ', 'a=1'],
    ['a=x=y; Secure                              ', 'a=x=y'],
    ['a=; Path=/                                 ', 'a='],
    ['a=1; Max-Age=60                            ', 'a=1'],
    ['a=1; Max-Age=0                             ', ''],
    ['a=1; max-age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT', ''],
    ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT ', ''],
    ['a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT ', 'a=1'],
    ['a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'a=1'],
    ['no pair                                    ', 'a=old'],
    ['=nameless                                  ', 'a=old'],
  ])('%s leaves %j', (line, header) => {
    const [user] = createUsers(1);
    rememberCookies(user, ['a=old'], clock);
    rememberCookies(user, line.trim(), clock);
    expect(cookieHeader(user)).toBe(header);
  });
});

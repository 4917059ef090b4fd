import { describe, expect, test } from 'vitest';
import { anAccess, ownOrigin, type Sent } from './access.fixture.ts';

const publicOrigin = 'https://deploy.example.com';

describe('the name we are asked under', () => {
  test.each([
    ['127.0.0.1:4040', true],
    ['127.0.0.1', true],
    ['localhost:7', true],
    ['LOCALHOST:4040', true],
    ['[::1]:4040', true],
    ['deploy.example.com', true],
    ['deploy.example.com:8443', true],
    ['evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['evil@127.0.0.1', false],
    ['127.0.0.1@evil.example', false],
    ['127.0.0.1:4040.evil.example', false],
    ['localhost.', false],
    ['[::1]evil.example', false],
    ['xdeploy.example.com', false],
    ['192.168.1.4:4040', false],
    ['', false],
  ])('%s: %s', async (host, allowed) => {
    const { send, token } = anAccess({ origin: publicOrigin });
    const { secret: bearer } = await token('viewer');
    for (const path of ['/', '/v1/may/view']) {
      const { status, body } = await send('GET', path, { host, bearer });
      expect(status === 200).toBe(allowed);
      if (!allowed) expect(body['code']).toBe('host_not_allowed');
    }
  });

  test('is none of the public name where there is none', async () => {
    expect((await anAccess().send('GET', '/', { host: 'deploy.example.com' })).body['code']).toBe(
      'host_not_allowed',
    );
  });
});

describe('a change with a cookie', () => {
  const rows: readonly (readonly [string, Omit<Sent, 'cookie'>, boolean])[] = [
    ['from our own page', { origin: ownOrigin }, true],
    [
      'from our own page, asked by another name of this machine',
      { origin: 'http://localhost:4040', host: 'localhost:4040' },
      true,
    ],
    ['that says it is from our own page', { site: 'same-origin' }, true],
    ['of another site', { origin: 'https://evil.example' }, false],
    ['of another port of this machine, as services have', { origin: 'http://127.0.0.1:3000' }, false],
    ['of another name of this machine', { origin: 'http://localhost:4040' }, false],
    ['of a page without an origin', { origin: 'null' }, false],
    ['of the same site only', { site: 'same-site' }, false],
    ['of another site, by its other header', { site: 'cross-site' }, false],
    ['typed into the address line', { site: 'none' }, false],
    ['of nobody knows where', {}, false],
    ['whose headers contradict each other', { origin: 'https://evil.example', site: 'same-origin' }, false],
  ];
  test.each(rows)('%s', async (_, sent, allowed) => {
    const { send, token, login } = anAccess();
    const { cookie } = await login({ token: (await token('deployer')).secret });
    const { status, body } = await send('POST', '/v1/may/deploy', { ...sent, cookie });
    expect(status === 200).toBe(allowed);
    expect(body['code'] ?? 'done').toBe(allowed ? 'done' : 'origin_not_allowed');
  });

  test('comes from the public name where there is one', async () => {
    const { send, token, login } = anAccess({ origin: publicOrigin });
    const { cookie } = await login({ token: (await token('deployer')).secret });
    const from = (origin: string, host: string) => send('POST', '/v1/may/deploy', { origin, host, cookie });
    expect((await from(publicOrigin, 'deploy.example.com')).status).toBe(200);
    expect((await from(publicOrigin, '127.0.0.1:4040')).status).toBe(200); // a proxy that asks us by our own name
    expect((await from('http://deploy.example.com', 'deploy.example.com')).body['code']).toBe(
      'origin_not_allowed',
    );
    expect((await from('https://deploy.example.com:8443', 'deploy.example.com')).body['code']).toBe(
      'origin_not_allowed',
    );
  });

  test('may look from wherever: nobody elsewhere can read the answer', async () => {
    const { send, token, login } = anAccess();
    const { cookie } = await login({ token: (await token('viewer')).secret });
    const { status, headers } = await send('GET', '/v1/may/view', { cookie, site: 'cross-site' });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('a change with a token needs no origin, as programs have none', async () => {
  const { send, token } = anAccess();
  const { secret: bearer } = await token('deployer');
  expect((await send('POST', '/v1/may/deploy', { bearer })).status).toBe(200);
});

test('a wrong token is not helped by a good cookie', async () => {
  const { send, token, login } = anAccess();
  const { cookie } = await login({ token: (await token('deployer')).secret });
  const { body } = await send('POST', '/v1/may/deploy', { bearer: 'fw_wrong', cookie, origin: ownOrigin });
  expect(body['code']).toBe('not_allowed');
});

test('nobody elsewhere can log a browser in as somebody else', async () => {
  const { send, token } = anAccess();
  const body = { token: (await token('viewer')).secret };
  for (const sent of [{ origin: 'https://evil.example' }, { site: 'cross-site' }])
    expect((await send('POST', '/v1/access/session', { ...sent, body })).body['code']).toBe(
      'origin_not_allowed',
    );
  expect((await send('POST', '/v1/access/session', { body })).status).toBe(200);
});

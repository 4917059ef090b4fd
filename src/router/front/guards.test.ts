import { constants } from 'node:http2';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { stable, until } from '../testing/place.ts';
import { answering } from './testing/answering.ts';
import { ask, createFrontPlace } from './testing/place.ts';

async function withWeb(more: Parameters<typeof createFrontPlace>[0] = {}) {
  const place = await createFrontPlace(more);
  const web = await place.service('one');
  place.route('web', [stable(100, web)]);
  return { place, web };
}

describe('rate limits', () => {
  const perIp = { name: 'per-ip', per: 'ip', requests: 2, everyMillis: 60_000, burst: 2, paths: [] } as const;

  test('let so many through, over whichever version, then say when to come again', async () => {
    const { place, web } = await withWeb({ rateLimits: [{ ...perIp, paths: [] }] });
    const first = await place.get('/');
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"per-ip";q=2;w=60',
      ratelimit: '"per-ip";r=1;t=30',
    });
    await ask(place.second(), '/');
    const third = await place.get('/');
    expect([third.status, third.headers['retry-after'], third.headers['ratelimit']]).toEqual([
      429,
      '30',
      '"per-ip";r=0;t=30',
    ]);
    expect(web.requests()).toBe(2);
    expect(place.front.look().metrics).toContain('fairway_edge_rate_limited_total{rule="per-ip"} 1');
  });

  test('count callers apart behind a trusted proxy, and not by what strangers claim', async () => {
    const { place } = await withWeb({
      rateLimits: [{ ...perIp, burst: 1, paths: [] }],
      trusted: ['127.0.0.1'],
    });
    const from = async (address: string) =>
      (await place.get('/', { headers: { 'x-forwarded-for': address } })).status;
    expect([
      await from('1.1.1.1'),
      await from('2.2.2.2'),
      await from('1.1.1.1'),
      await from('2.2.2.2, 1.1.1.1'),
    ]).toEqual([200, 200, 429, 429]);
    await place.order({ trusted: [], rateLimits: [{ ...perIp, name: 'other', burst: 1, paths: [] }] });
    expect([await from('3.3.3.3'), await from('4.4.4.4')]).toEqual([200, 429]);
  });

  test('are kept over a new order', async () => {
    const { place } = await withWeb({ rateLimits: [{ ...perIp, paths: [] }] });
    await place.get('/');
    await place.get('/');
    await place.order({ compression: true });
    expect((await place.get('/')).status).toBe(429);
  });
});

describe('who may come in', () => {
  test.each([
    ['a denied address', { deny: ['127.0.0.0/8'] }, 403],
    ['an address that is not among the allowed', { allow: ['10.0.0.0/8'] }, 403],
    ['one that is', { allow: ['127.0.0.1'] }, 200],
  ])('%s', async (_, more, status) => {
    const { place, web } = await withWeb(more);
    expect((await place.get('/')).status).toBe(status);
    expect(web.requests()).toBe(status === 200 ? 1 : 0);
  });

  test.each([
    ['another host', { host: 'evil.test' }, 421],
    ['another site', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['the site itself', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }, 200],
    ['more than fits', { method: 'POST', body: Buffer.alloc(2_000) }, 413],
  ])('a request for or of %s: %s', async (_, asked, status) => {
    const { place } = await withWeb({
      csrf: { except: [] },
      limits: { bodyBytes: 1_000, headerBytes: 16_384, headerCount: 100, connections: 100, streams: 100 },
    });
    expect((await place.get('/', asked)).status).toBe(status);
  });

  test('a body of unknown length is cut off where it is too large', async () => {
    let aborted = 0;
    const place = await answering(
      (request, response) => {
        request
          .on('error', () => (aborted += 1))
          .on('end', () => response.end())
          .resume();
      },
      {
        limits: { bodyBytes: 100_000, headerBytes: 16_384, headerCount: 100, connections: 100, streams: 100 },
      },
    );
    const second = await ask(place.second(), '/sum', { ':method': 'POST' }, Buffer.alloc(500_000)).catch(
      () => ({ status: 0 }),
    );
    expect([413, 0]).toContain(second.status);
    await until(() => aborted === 1);
    expect((await place.get('/')).status).toBe(200);
  });

  test('only testers choose their revision', async () => {
    const { place } = await withWeb({
      maintenance: { on: false, file: null, retryAfterMillis: 1, testers: ['127.0.0.1'] },
    });
    const raw = async () =>
      (await place.get('/echo-head', { headers: { 'x-fairway-arm': 'stable' } })).body.toString();
    expect(await raw()).toContain('x-fairway-arm');
    await place.order({ maintenance: { on: false, file: null, retryAfterMillis: 1, testers: [] } });
    expect(await raw()).not.toContain('x-fairway-arm');
  });
});

describe('maintenance', () => {
  test('shows its page to everybody but testers, and ends as it began', async () => {
    const { place } = await withWeb({
      trusted: ['127.0.0.1'],
      maintenance: { on: false, file: null, retryAfterMillis: 90_000, testers: ['9.9.9.9'] },
    });
    place.update({ maintenance: { isOn: true, page: '<h1>soon</h1>' } });
    const shut = await place.get('/');
    expect([shut.status, shut.headers['retry-after'], shut.body.toString()]).toEqual([
      503,
      '90',
      '<h1>soon</h1>',
    ]);
    expect((await place.get('/', { headers: { 'x-forwarded-for': '9.9.9.9' } })).status).toBe(200);
    place.update({ maintenance: { isOn: true, page: null } });
    expect((await place.get('/')).body.toString()).toContain('come again later');
    place.update({ maintenance: { isOn: false, page: null } });
    expect((await place.get('/')).status).toBe(200);
  });
});

describe('plain HTTP', () => {
  test('is sent on to HTTPS, for hosts that are served', async () => {
    const { place } = await withWeb();
    const sent = await place.get('/a?b=c', { isPlain: true, method: 'POST' });
    expect([sent.status, sent.headers['location']]).toEqual([308, `https://app.test:${place.port}/a?b=c`]);
    expect((await place.get('/', { isPlain: true, host: 'evil.test' })).status).toBe(421);
  });

  test('answers a certificate authority', async () => {
    const { place } = await withWeb();
    place.update({ challenges: { token: 'token.thumbprint' } });
    const answer = await place.get('/.well-known/acme-challenge/token', {
      isPlain: true,
      host: 'anything.test',
    });
    expect([answer.status, answer.body.toString()]).toEqual([200, 'token.thumbprint']);
  });
});

test('every answer has the headers, also those of the edge itself, and the service goes before', async () => {
  const place = await answering(
    (_, response) => response.writeHead(200, { 'X-Frame-Options': 'DENY' }).end(),
    {
      headers: [
        ['x-frame-options', 'SAMEORIGIN'],
        ['x-content-type-options', 'nosniff'],
      ],
      hsts: { maxAgeMillis: 1_000_000, includeSubdomains: false, preload: false },
    },
  );
  const all = [
    await place.get('/'),
    await place.get('/', { host: 'evil.test' }),
    await ask(place.second(), '/'),
  ];
  for (const { headers } of all)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=1000',
    });
  expect(all.map(({ headers }) => headers['x-frame-options'])).toEqual(['DENY', 'SAMEORIGIN', 'DENY']);
});

test('the cookie of the router is secure over TLS', async () => {
  const { place, web } = await withWeb();
  place.route('web', [stable(100, web)], { affinity: { cookie: 'lane', lifetimeMillis: 60_000 } });
  expect((await place.get('/')).headers['set-cookie']?.toString()).toMatch(/^lane=.*; Secure$/);
});

test('the access log has a line for each request, without secrets', async () => {
  const { place } = await withWeb();
  const file = join(place.folder, 'access.jsonl');
  await place.order({ accessLog: { file, maxBytes: 1e6, keep: 1, query: false } });
  await place.get('/echo-head?token=s3cret', { headers: { referer: 'https://x.test/?key=s3cret' } });
  await ask(place.second(), '/');
  await place.get('/', { host: 'evil.test' });
  const lines = await until(async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    return text.split('\n').length === 4 ? text.trim().split('\n') : null;
  });
  expect(lines.join('')).not.toContain('s3cret');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    {
      protocol: 'http/1.1',
      status: 200,
      service: 'web',
      revision: 'revision-one',
      target: '/echo-head?token=…',
      reason: null,
    },
    { protocol: 'h2', status: 200, service: 'web', bytes: 3 },
    { status: 421, service: null, reason: 'host', host: 'evil.test' },
  ]);
});

test('metrics tell of requests by service, revision and class', async () => {
  const { place } = await withWeb();
  await place.get('/');
  await ask(place.second(), '/status/503');
  await delay(20);
  const { metrics } = place.front.look();
  expect(metrics).toContain(
    'fairway_edge_requests_total{service="web",revision="revision-one",code="2xx",protocol="http/1.1"} 1',
  );
  expect(metrics).toContain(
    'fairway_edge_requests_total{service="web",revision="revision-one",code="5xx",protocol="h2"} 1',
  );
});

describe('floods within HTTP/2', () => {
  test('of streams that are reset at once end the connection, not the service', async () => {
    const { place, web } = await withWeb();
    const session = place.second();
    const gone = new Promise<number>((resolve) => {
      session.once('goaway', resolve);
      session.once('close', () => resolve(-1));
    });
    for (let round = 0; round < 50 && !session.destroyed; round += 1) {
      for (let count = 0; count < 60 && !session.destroyed; count += 1) {
        const stream = session.request({ ':path': '/hold', ':authority': 'app.test' });
        stream.on('error', () => undefined);
        await new Promise((resolve) => setImmediate(resolve)); // so that the request is on its way
        stream.close(constants.NGHTTP2_CANCEL);
      }
    }
    await gone;
    expect(session.destroyed).toBe(true);
    expect(web.requests()).toBeLessThan(1_000);
    expect((await place.get('/')).status).toBe(200);
  });

  test('a head that is too large, or has too many fields, is refused', async () => {
    const { place } = await withWeb();
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`x-${at}`, '1']));
    for (const headers of [{ 'x-large': 'x'.repeat(60_000) }, many]) {
      const status = await ask(place.second(), '/', headers).then(
        (answer) => answer.status,
        () => 0,
      );
      expect([0, 431]).toContain(status);
    }
    expect((await ask(place.second(), '/')).status).toBe(200);
  });

  test('connections are told to go when a listener closes, after their answers', async () => {
    const { place, web } = await withWeb();
    const session = place.second();
    const held = ask(session, '/hold');
    await until(() => web.held() === 1);
    const away = new Promise((resolve) => session.once('goaway', resolve));
    const closing = place.front.close();
    await away;
    web.release();
    expect((await held).status).toBe(200);
    await closing;
  });
});

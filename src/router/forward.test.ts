import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { canary, countsOf, createPlace, pickPort, stable, until } from './testing/place.ts';
import { request as httpRequest } from 'node:http';

/** Sends bytes as they are and returns all that comes back until the other side closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
}

interface Head {
  readonly method: string;
  readonly url: string;
  readonly raw: readonly string[];
}
function fieldsOf(text: string): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  const { raw: pairs } = JSON.parse(text) as Head;
  for (let at = 0; at < pairs.length; at += 2) {
    const name = (pairs[at] ?? '').toLowerCase();
    fields[name] = [...(fields[name] ?? []), pairs[at + 1] ?? ''];
  }
  return fields;
}

describe('the head of a request', () => {
  test('loses what ends at the router and what the caller claims of itself', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const text = [
      'GET /echo-head?q=1 HTTP/1.1',
      'Host: shop.example',
      'Connection: close, X-Hop',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Prefix: /admin',
      'Forwarded: for=6.6.6.6',
      'X-Real-Ip: 6.6.6.6',
      'X-Kept: yes',
      'Upgrade: h2c',
      '',
      '',
    ].join('\r\n');
    const answer = await raw(place.port, text);
    const fields = fieldsOf(answer.slice(answer.indexOf('\r\n\r\n')).replace(/^[^{]*|[^}]*$/g, ''));
    expect(fields).toMatchObject({
      host: ['shop.example'],
      'x-forwarded-host': ['shop.example'],
      'x-forwarded-for': ['127.0.0.1'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-port': ['80'],
      forwarded: ['for=127.0.0.1;host=shop.example;proto=http'],
      'x-kept': ['yes'],
    });
    for (const gone of ['x-hop', 'te', 'upgrade', 'x-real-ip', 'x-forwarded-prefix'])
      expect(fields).not.toHaveProperty(gone);
  });

  test.each([
    ['a sane one is kept', 'order-7_a.b', /^order-7_a\.b$/],
    ['an absent one is made', undefined, /^[0-9a-f]{32}$/],
    ['one that is too long is made anew', 'x'.repeat(129), /^[0-9a-f]{32}$/],
    ['one with a space is made anew', 'a b', /^[0-9a-f]{32}$/],
  ])('bears an x-request-id: %s', async (_, given, expected) => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const answer = await place.get('/echo-head', given === undefined ? {} : { 'x-request-id': given });
    const seen = fieldsOf(answer.text)['x-request-id'];
    expect(seen).toEqual([answer.headers['x-request-id']]);
    expect(seen?.[0]).toMatch(expected);
  });

  const trace = '0af7651916cd43dd8448eb211c80319c';
  test.each([
    ['a valid one', `00-${trace}-b7ad6b7169203331-01`, true],
    ['a later version with more fields', `01-${trace}-b7ad6b7169203331-01-more`, true],
    ['an absent one', undefined, false],
    ['a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, false],
    ['a parent of zeros', `00-${trace}-${'0'.repeat(16)}-01`, false],
    ['capital letters', `00-${trace.toUpperCase()}-b7ad6b7169203331-01`, false],
    ['version ff', `ff-${trace}-b7ad6b7169203331-01`, false],
    ['version 00 with more fields', `00-${trace}-b7ad6b7169203331-01-more`, false],
  ])('bears a traceparent: %s is kept: %#', async (_, given, isKept) => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const headers = given === undefined ? {} : { traceparent: given, tracestate: 'vendor=1' };
    const seen = fieldsOf((await place.get('/echo-head', headers)).text);
    if (isKept) expect([seen['traceparent'], seen['tracestate']]).toEqual([[given], ['vendor=1']]);
    else expect(seen['traceparent']?.[0]).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    if (!isKept) expect(seen).not.toHaveProperty('tracestate');
  });

  test.each([
    ['an http address', 'GET http://other.example/echo-head?x HTTP/1.1', 'other.example', '/echo-head?x'],
    ['an http address without a path', 'GET http://other.example?x HTTP/1.1', 'other.example', '/?x'],
  ])('names %s as target: its host counts', async (_, line, host, url) => {
    const place = await createPlace();
    const service = await place.service('a');
    service.server.removeAllListeners('request');
    service.server.on('request', (request, response) =>
      response.end(JSON.stringify({ method: request.method, url: request.url, raw: request.rawHeaders })),
    );
    await place.route([stable(100, service)]);
    const answer = await raw(place.port, `${line}\r\nHost: shop.example\r\nConnection: close\r\n\r\n`);
    const json = answer.slice(answer.indexOf('\r\n\r\n')).replace(/^[^{]*|[^}]*$/g, '');
    expect(fieldsOf(json)).toMatchObject({ host: [host], 'x-forwarded-host': [host] });
    expect((JSON.parse(json) as Head).url).toBe(url);
  });
});

describe('requests that could be read in two ways', () => {
  test.each([
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd', 400],
    [
      'a length and a coding',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n', 400],
    [
      'a coding that is not understood',
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      501,
    ],
    ['a target with credentials', 'GET http://u:p@x/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    [
      'a WebSocket with a body',
      'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 30\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
      400,
    ],
  ])('are refused and reach nobody: %s', async (_, text, status) => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    expect(await raw(place.port, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(service.requests()).toBe(0);
  });
});

describe('an answer', () => {
  test('comes back with its head, less what ends at the router, and names its revision', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const { headers } = await place.get('/odd-head');
    expect(headers).toMatchObject({
      'x-kept': '1',
      'set-cookie': ['a=1', 'b=2'],
      'x-fairway-revision': 'revision-a',
    });
    expect(headers).not.toHaveProperty('x-hop');
  });

  test.each(['HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH'])(
    'to %s without a body comes',
    async (method) => {
      const place = await createPlace();
      await place.route([stable(100, await place.service('a'))]);
      const answer = await fetch(`http://127.0.0.1:${place.port}/`, { method });
      expect([answer.status, await answer.text()]).toEqual([200, method === 'HEAD' ? '' : 'a']);
    },
  );

  test('with events is passed on event by event', async () => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    const answer = await fetch(`http://127.0.0.1:${place.port}/events`);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    // Each event is sent only after the one before arrived, so nothing can have been held back.
    for (const event of ['one', 'two', 'three']) {
      service.emit(event);
      expect((await reader?.read())?.value).toBe(`data: ${event}\n\n`);
    }
    await reader?.cancel();
  });

  test('that breaks off breaks off for the caller too, and counts as a failure', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    await expect(place.get('/break')).rejects.toThrow(/closed/);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 1, 1]);
  });
});

describe('bodies', () => {
  const content = randomBytes(24 * 1_048_576);
  const digest = createHash('sha256').update(content).digest('hex');

  test('of uploads pass unchanged, with a length and without', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const url = `http://127.0.0.1:${place.port}/sum`;
    const whole = await fetch(url, { method: 'POST', body: content });
    expect(await whole.text()).toBe(digest);
    const stream = new Blob([content]).stream();
    const chunked = await fetch(url, { method: 'PUT', body: stream, duplex: 'half' });
    expect(await chunked.text()).toBe(digest);
  });

  test('of downloads pass unchanged', async () => {
    const place = await createPlace();
    const service = await place.service('a');
    service.server.removeAllListeners('request');
    service.server.on('request', (_, response) => response.end(content));
    await place.route([stable(100, service)]);
    const answer = await fetch(`http://127.0.0.1:${place.port}/`);
    const received = Buffer.from(await answer.arrayBuffer());
    expect(createHash('sha256').update(received).digest('hex')).toBe(digest);
  });

  test('that the service refuses early leave the caller with the answer', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = httpRequest(
        { port: place.port, host: '127.0.0.1', method: 'POST', path: '/refuse-early' },
        (response) => {
          response
            .setEncoding('utf8')
            .on('data', (text: string) => resolve(`${response.statusCode} ${text}`));
        },
      );
      asking.on('error', reject);
      asking.write(content.subarray(0, 100_000)); // and it never ends
    });
    expect(answer).toBe('413 too large');
  });

  test('are asked for with 100 Continue only once a replica takes them', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    const send = () =>
      new Promise<string[]>((resolve, reject) => {
        const seen: string[] = [];
        const asking = httpRequest(
          {
            port: place.port,
            host: '127.0.0.1',
            method: 'POST',
            path: '/sum',
            headers: { expect: '100-continue', 'content-length': 3 },
          },
          (response) => {
            seen.push(String(response.statusCode));
            response.resume().on('end', () => resolve(seen));
          },
        );
        asking.on('error', reject);
        asking.on('continue', () => {
          seen.push('continue');
          asking.end('abc');
        });
        asking.flushHeaders();
      });
    expect(await send()).toEqual(['continue', '200']);
    await place.route([{ ...stable(100), revision: 'none' }]);
    expect(await send()).toEqual(['503']);
  });

  test('wait in the service while the caller does not read', async () => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    const asking = httpRequest({ port: place.port, host: '127.0.0.1', path: '/endless' });
    asking.on('error', () => undefined).on('response', (response) => response.pause());
    asking.end();
    let before = -1;
    // It stands still once all buffers between are full; a router that gathers the body would go on for ever.
    await until(async () => {
      const now = service.written();
      const stood = now > 0 && now === before;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return stood && service.written() === now;
    });
    expect(service.written()).toBeLessThan(64 * 1_048_576);
    asking.destroy();
    await until(() => service.aborted() === 1);
  });
});

describe('a caller that goes away', () => {
  test("is noticed by the service, and is nobody's failure", async () => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    const leaving = new AbortController();
    const asked = fetch(`http://127.0.0.1:${place.port}/hold`, { signal: leaving.signal });
    await until(() => service.held() === 1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(() => service.aborted() === 1);
    await until(() => place.router.state().open.every(({ requests }) => requests === 0));
    expect(countsOf(place.router, 'revision-a')).toEqual([0, 0, 0]);
  });
});

describe('a replica that does not answer', () => {
  test('is replaced by another one: every safe request succeeds', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await place.route([stable(100, a, b)]);
    for (let each = 0; each < 10; each += 1) await place.get();
    await a.kill();
    const answers = [];
    for (let each = 0; each < 50; each += 1) answers.push((await place.get()).status);
    expect(answers).toEqual(Array.from({ length: 50 }, () => 200));
    expect(countsOf(place.router, 'revision-a')).toEqual([60, 0, 60]);
  });

  test('is replaced for a POST too, when it refused the connection', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await a.kill();
    await place.route([stable(100, a, b)]);
    const url = `http://127.0.0.1:${place.port}/sum`;
    const body = 'x'.repeat(100_000);
    const digest = createHash('sha256').update(body).digest('hex');
    for (let each = 0; each < 5; each += 1) {
      const answer = await fetch(url, { method: 'POST', body });
      expect([answer.status, await answer.text()]).toEqual([200, digest]);
    }
    expect(countsOf(place.router, 'revision-a')).toEqual([5, 0, 5]);
  });

  test.each([
    ['GET', 3],
    ['POST', 1],
  ])('and closes the connection is asked by %s %i times', async (method, times) => {
    const place = await createPlace();
    const service = await place.service('a');
    await place.route([stable(100, service)]);
    const answer = await fetch(`http://127.0.0.1:${place.port}/reset`, { method });
    expect([answer.status, await answer.text()]).toEqual([
      502,
      'the service web closed the connection without an answer\n',
    ]);
    expect(service.requests()).toBe(times);
    expect(countsOf(place.router, 'revision-a')).toEqual([1, 1, 0]);
  });

  test('as the only canary hands safe requests to the stable arm, and counts as failed once each', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await b.kill();
    await place.route([stable(50, a), canary(50, b)]);
    const texts = [];
    for (let each = 0; each < 10; each += 1) texts.push((await place.get()).text);
    expect(texts).toEqual(Array.from({ length: 10 }, () => 'a'));
    expect(countsOf(place.router, 'revision-b')).toEqual([5, 5, 0]);
    expect(countsOf(place.router, 'revision-a')).toEqual([10, 0, 10]);
  });

  test('as the only stable one never hands its requests to the canary', async () => {
    const place = await createPlace();
    const [a, b] = [await place.service('a'), await place.service('b')];
    await a.kill();
    await place.route([stable(50, a), canary(50, b)]);
    const statuses = [];
    for (let each = 0; each < 10; each += 1) statuses.push((await place.get()).status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 502, 502, 502, 502, 502]);
    expect(countsOf(place.router, 'revision-a')).toEqual([5, 5, 0]);
  });

  test('counts 5xx as failures and others as good', async () => {
    const place = await createPlace();
    await place.route([stable(100, await place.service('a'))]);
    for (const status of [200, 404, 499, 500, 503]) await place.get(`/status/${status}`);
    expect(countsOf(place.router, 'revision-a')).toEqual([5, 2, 3]);
  });

  test('because there is none is said with 503 and counted', async () => {
    const place = await createPlace();
    await place.route([stable(100)]);
    const answer = await place.get();
    expect([answer.status, answer.text]).toEqual([
      503,
      'the service web has no replica for this request now\n',
    ]);
    expect(countsOf(place.router, 'revision-stable')).toEqual([1, 1, 0]);
  });
});

test('a request in flight is answered although its port has lost its route', async () => {
  const place = await createPlace();
  const service = await place.service('a');
  await place.route([stable(100, service)]);
  const asked = place.get('/hold');
  await until(() => service.held() === 1);
  await place.route([stable(100, service)], { port: await pickPort() });
  service.release();
  expect((await asked).text).toBe('a');
});

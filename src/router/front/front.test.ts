import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { canary, stable, until } from '../testing/place.ts';
import { ask, createFrontPlace, type FrontPlace } from './testing/place.ts';

async function withWeb(more: Parameters<typeof createFrontPlace>[0] = {}) {
  const place = await createFrontPlace(more);
  const web = await place.service('one');
  place.route('web', [stable(100, web)]);
  return { place, web };
}

interface Head {
  readonly method: string;
  readonly url: string;
  readonly raw: readonly string[];
}
const fieldsOf = (body: Buffer) => {
  const { raw } = JSON.parse(body.toString()) as Head;
  return Object.fromEntries(
    raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]]] : [])),
  );
};

describe('both versions of HTTP', () => {
  test('reach the service, and tell it the way they came', async () => {
    const { place } = await withWeb();
    const first = await place.get('/echo-head?a=b', { headers: { 'x-forwarded-for': '6.6.6.6' } });
    const second = await ask(place.second(), '/echo-head?a=b', {
      cookie: ['a=1', 'b=2'],
      'x-forwarded-for': '6.6.6.6',
    });
    for (const { status, body } of [first, second]) {
      expect(status).toBe(200);
      expect(fieldsOf(body)).toMatchObject({
        host: 'app.test',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'app.test',
      });
    }
    expect(fieldsOf(second.body)['cookie']).toBe('a=1; b=2');
    expect(second.headers).not.toHaveProperty('connection');
    expect((JSON.parse(second.body.toString()) as Head).url).toBe('/echo-head?a=b');
    expect(place.counts()).toMatchObject([{ requests: 2, failures: 0 }]);
  });

  test('carry bodies in both directions, of known and of unknown length', async () => {
    const { place } = await withWeb();
    const body = Buffer.alloc(300_000, 'x');
    const sums = [
      await place.get('/sum', { method: 'POST', body }),
      await ask(place.second(), '/sum', { ':method': 'POST' }, body),
      await ask(place.second(), '/sum', { ':method': 'POST', 'content-length': '300000' }, body),
    ];
    expect(new Set(sums.map(({ body: sum }) => sum.toString())).size).toBe(1);
    expect(sums[0]?.status).toBe(200);
  });

  test('of an answer that breaks off, nobody sees a whole one', async () => {
    const { place } = await withWeb();
    await expect(place.get('/break')).rejects.toThrow();
    await expect(ask(place.second(), '/break')).rejects.toThrow();
    // The connection is still good for others.
    const session = place.second();
    await expect(ask(session, '/break')).rejects.toThrow();
    expect((await ask(session, '/')).status).toBe(200);
  });

  test('several cookies of one answer stay several', async () => {
    const { place } = await withWeb();
    expect((await ask(place.second(), '/odd-head')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect((await place.get('/odd-head')).headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  test('an event comes at once, and a caller that leaves is told on', async () => {
    const { place, web } = await withWeb({ compression: true });
    const stream = place
      .second()
      .request({ ':path': '/events', ':authority': 'app.test', 'accept-encoding': 'gzip' });
    stream.on('error', () => undefined);
    const seen: string[] = [];
    stream.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    await until(() => web.listeners() === 1);
    web.emit('hello');
    await until(() => seen.join('').includes('data: hello'));
    stream.close();
    await until(() => web.listeners() === 0);
  });

  test('a slow reader does not fill the memory of the router', async () => {
    const { place, web } = await withWeb();
    const stream = place.second().request({ ':path': '/endless', ':authority': 'app.test' });
    stream.on('error', () => undefined);
    await once(stream, 'response');
    stream.pause();
    await delay(500);
    const before = web.written();
    await delay(500);
    expect(web.written()).toBe(before);
    expect(before).toBeLessThan(30_000_000);
  });
});

describe('TLS', () => {
  const handshake = (place: FrontPlace, options: object) =>
    new Promise<{ version: string | null; names: string; alpn: string | false | null }>((resolve, reject) => {
      const socket = connectTls(
        { host: '127.0.0.1', port: place.port, rejectUnauthorized: false, ...options },
        () => {
          const names = socket.getPeerCertificate().subjectaltname ?? '';
          resolve({ version: socket.getProtocol(), names, alpn: socket.alpnProtocol });
          socket.destroy();
        },
      );
      socket.once('error', reject);
    });

  test('1.2 and 1.3 are spoken, or 1.3 only', async () => {
    const { place } = await withWeb();
    expect((await handshake(place, { maxVersion: 'TLSv1.2' })).version).toBe('TLSv1.2');
    expect((await handshake(place, {})).version).toBe('TLSv1.3');
    await expect(handshake(place, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
    const strict = await withWeb({ minimumTls: 'TLSv1.3' });
    await expect(handshake(strict.place, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect((await handshake(strict.place, {})).version).toBe('TLSv1.3');
    strict.place.update({ certificates: [await strict.place.certificate('other', ['app.test'])] });
    await expect(
      handshake(strict.place, { maxVersion: 'TLSv1.2', servername: 'app.test' }),
    ).rejects.toThrow();
    await expect(handshake(strict.place, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
  });

  test('the version of HTTP is chosen by ALPN', async () => {
    const { place } = await withWeb();
    expect((await handshake(place, { ALPNProtocols: ['h2', 'http/1.1'] })).alpn).toBe('h2');
    expect((await handshake(place, { ALPNProtocols: ['http/1.1'] })).alpn).toBe('http/1.1');
  });

  test('every host gets its certificate, and a stranger the first', async () => {
    const { place } = await withWeb();
    const other = await place.certificate('other', ['other.test', '*.many.test']);
    place.update({ certificates: [await place.certificate('again', ['app.test']), other] });
    const names = async (servername?: string) =>
      (await handshake(place, servername === undefined ? {} : { servername })).names;
    expect(await names('app.test')).toBe('DNS:app.test');
    expect(await names('other.test')).toContain('DNS:other.test');
    expect(await names('x.many.test')).toContain('DNS:other.test');
    expect(await names('stranger.test')).toBe('DNS:app.test');
    expect(await names()).toBe('DNS:app.test');
  });

  test('a new certificate is shown to new connections, and the old ones go on', async () => {
    const { place, web } = await withWeb();
    const session = place.second();
    const held = ask(session, '/hold');
    await until(() => web.held() === 1);
    const before = await handshake(place, { servername: 'app.test' });
    place.update({ certificates: [await place.certificate('next', ['app.test', 'next.test'])] });
    const after = await handshake(place, { servername: 'app.test' });
    expect([before.names, after.names]).toEqual(['DNS:app.test', 'DNS:app.test, DNS:next.test']);
    web.release();
    expect((await held).status).toBe(200);
    expect((await ask(session, '/')).status).toBe(200);
  });
});

describe('WebSockets over TLS', () => {
  const open = (place: FrontPlace, headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`wss://127.0.0.1:${place.port}/socket`, {
      headers: { host: 'app.test', ...headers },
      rejectUnauthorized: false,
    });
    onTestFinished(() => socket.terminate());
    return socket;
  };

  test('are passed through', async () => {
    const { place } = await withWeb();
    const socket = open(place);
    await once(socket, 'open');
    socket.send('hello');
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(data.toString()).toBe('one:hello');
    expect(place.front.look().metrics).toContain('fairway_edge_upgrades_total{service="web"} 1');
  });

  test.each([
    ['a host that is not served', { host: 'evil.test' }, 421],
    ['another site', { origin: 'https://evil.test' }, 403],
  ])('of %s are refused', async (_, headers: Record<string, string>, status) => {
    const { place } = await withWeb({ csrf: { except: [] } });
    const socket = open(place, headers);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(status);
    socket.on('error', () => undefined);
  });
});

describe('a change of the table', () => {
  test('under requests of both versions fails none', async () => {
    const { place } = await withWeb();
    const two = await place.service('two');
    const sessions = [place.second(), place.second()];
    let isOver = false;
    const bodies: string[] = [];
    const failures: unknown[] = [];
    const asking = [
      ...sessions.map((session) => () => ask(session, '/')),
      () => place.get('/'),
      () => place.get('/', { allowH2: true }),
    ].map(async (one) => {
      while (!isOver) {
        try {
          const { status, body } = await one();
          if (status === 200) bodies.push(body.toString());
          else failures.push(status);
        } catch (reason) {
          failures.push(reason);
        }
      }
    });
    await until(() => bodies.length > 50);
    for (let turn = 0; turn < 20; turn += 1) {
      place.route('web', [
        stable(turn % 2 === 0 ? 50 : 100, two),
        ...(turn % 2 === 0 ? [canary(50, await place.service(`c${turn}`))] : []),
      ]);
      await delay(15);
    }
    place.route('web', [stable(100, two)]);
    const seen = bodies.length;
    await until(() => bodies.length > seen + 50);
    isOver = true;
    await Promise.all(asking);
    expect(failures).toEqual([]);
    expect(bodies.at(-1)).toBe('two');
  });

  test('without a replica holds requests until there is one', async () => {
    const { place, web } = await withWeb();
    place.route('web', [stable(100)]);
    const [first, second] = [place.get('/'), ask(place.second(), '/')];
    await delay(200);
    place.route('web', [stable(100, web)]);
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    expect(place.front.look().metrics).toContain('fairway_edge_held_total{outcome="served"} 2');
  });

  test('that brings none in time, or too many wait: 503 and when to come again', async () => {
    const { place } = await withWeb({ hold: { requests: 1, millis: 300 } });
    place.route('web', [stable(100)]);
    const began = performance.now();
    const first = place.get('/');
    await delay(50);
    const second = await place.get('/');
    expect([second.status, performance.now() - began < 290, second.headers['retry-after']]).toEqual([
      503,
      true,
      '1',
    ]);
    expect([(await first).status, performance.now() - began >= 290]).toEqual([503, true]);
  });
});

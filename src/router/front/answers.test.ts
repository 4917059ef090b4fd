import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { answering } from './testing/answering.ts';
import { ask } from './testing/place.ts';

test.each([false, true])(
  'an answer without a length that breaks off looks whole to nobody (encoded: %s)',
  async (compression) => {
    const place = await answering(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('x'.repeat(2_000), () => setTimeout(() => response.socket?.destroy(), 50));
      },
      { compression },
    );
    const headers = { 'accept-encoding': 'gzip' };
    await expect(place.get('/', { headers })).rejects.toThrow();
    const session = place.second();
    await expect(ask(session, '/', headers)).rejects.toThrow();
    expect(session.destroyed).toBe(false);
  },
);

describe('compression', () => {
  const text = 'the quick brown fox '.repeat(500);
  const page: RequestListener = ({ url }, response) => {
    if (url === '/picture')
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': text.length }).end(text);
    else if (url === '/stream') {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('first');
      setTimeout(() => response.end('second'), 1_000);
    } else
      response
        .writeHead(200, {
          'content-type': 'text/html',
          'content-length': text.length,
          etag: '"a"',
          vary: 'origin',
        })
        .end(text);
  };
  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };

  test.each(['gzip', 'br', 'zstd'] as const)(
    'by %s gives the same text, over both versions',
    async (encoding) => {
      const place = await answering(page, { compression: true });
      const headers = { 'accept-encoding': encoding };
      for (const answer of [await place.get('/', { headers }), await ask(place.second(), '/', headers)]) {
        expect(answer.headers).toMatchObject({
          'content-encoding': encoding,
          etag: 'W/"a"',
          vary: 'origin, accept-encoding',
        });
        expect(answer.headers).not.toHaveProperty('content-length');
        expect(answer.body.length).toBeLessThan(text.length / 10);
        expect(decoders[encoding](answer.body).toString()).toBe(text);
      }
    },
  );

  test('is left out for pictures and for who does not ask for it; caches are told that it depends', async () => {
    const place = await answering(page, { compression: true });
    const picture = await place.get('/picture', { headers: { 'accept-encoding': 'gzip' } });
    expect([picture.body.toString(), picture.headers['vary']]).toEqual([text, undefined]);
    const plain = await place.get('/');
    expect([plain.body.toString(), plain.headers['vary'], plain.headers['etag']]).toEqual([
      text,
      'origin, accept-encoding',
      '"a"',
    ]);
  });

  test('of HEAD says what GET would', async () => {
    const place = await answering(page, { compression: true });
    const headers = { 'accept-encoding': 'gzip' };
    const head = await place.get('/', { method: 'HEAD', headers });
    const head2 = await ask(place.second(), '/', { ':method': 'HEAD', ...headers });
    for (const { headers: fields, body } of [head, head2]) {
      expect(fields).toMatchObject({ 'content-encoding': 'gzip', etag: 'W/"a"' });
      expect(body.length).toBe(0);
    }
  });

  test('lets a part of a stream through at once', async () => {
    const place = await answering(page, { compression: true });
    const stream = place
      .second()
      .request({ ':path': '/stream', ':authority': 'app.test', 'accept-encoding': 'gzip' });
    const began = performance.now();
    const decoder = stream.pipe(createGunzip());
    decoder.on('error', () => undefined); // the test ends before the stream does
    const [first] = (await once(decoder, 'data')) as [Buffer];
    expect([first.toString(), performance.now() - began < 800]).toEqual(['first', true]);
  });

  test('of a large answer waits for a slow reader', async () => {
    const block = Buffer.alloc(65_536);
    let written = 0;
    const place = await answering(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        const write = () => {
          for (let at = 0; at < block.length; at += 8) block.writeDoubleLE(Math.random(), at); // nothing to save
          written += block.length;
          if (response.write(block)) setImmediate(write);
          else response.once('drain', write);
        };
        write();
      },
      { compression: true },
    );
    const stream = place
      .second()
      .request({ ':path': '/', ':authority': 'app.test', 'accept-encoding': 'gzip' });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.once('response', resolve));
    await delay(1_000);
    const before = written;
    await delay(500);
    expect(written).toBe(before);
    expect(before).toBeLessThan(40_000_000);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { securityHeaders } from './security-headers.ts';
import { pages } from './static.ts';

const script = `console.log('${'fairway '.repeat(400)}');`;
let place = '';
let folder = '';
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'fairway-static-'));
  folder = join(place, 'dashboard');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(place, 'secret.txt'), 'secret');
  writeFileSync(join(folder, '.hidden.txt'), 'secret');
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Fairway</title>');
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
  writeFileSync(join(folder, 'assets', 'main-3f2a.js'), script);
  writeFileSync(join(folder, 'assets', 'other-1b.js'), script);
  writeFileSync(join(folder, 'assets', 'other-1b.js.br'), brotliCompressSync(script));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

function get(
  path: string,
  headers: Record<string, string> = {},
  from: string | null = folder,
  origin = 'http://127.0.0.1:1',
) {
  const app = new Hono();
  app.use(securityHeaders(origin));
  app.get('/v1/thing', (context) => context.json({}));
  app.get('/v1/broken', () => {
    throw new Error('broken');
  });
  app.use(pages(from));
  app.notFound((context) => context.text('nothing here', 404));
  app.onError((_, context) => context.text('broken', 500));
  return app.request(path, { headers: { accept: 'text/html,*/*', ...headers } });
}

describe('the built dashboard', () => {
  test('has files that are kept for ever, packed as the browser likes', async () => {
    const path = '/assets/main-3f2a.js';
    const plain = await get(path);
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(script);
    const packed = await get(path, { 'accept-encoding': 'br, gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(packed.headers.get('vary')).toBe('accept-encoding');
    const bytes = Buffer.from(await packed.arrayBuffer());
    expect(bytes.length).toBeLessThan(200);
    expect(gunzipSync(bytes).toString()).toBe(script);
    const refused = await get(path, { 'accept-encoding': 'gzip;q=0' });
    expect(refused.headers.get('content-encoding')).toBeNull();
  });

  test('has files packed beforehand', async () => {
    const packed = await get('/assets/other-1b.js', { 'accept-encoding': 'gzip, deflate, br' });
    expect(packed.headers.get('content-encoding')).toBe('br');
    expect(brotliDecompressSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(script);
  });

  test('has one page for every address, asked for each time', async () => {
    for (const path of ['/', '/login', '/shop/prod/releases/7', '/index.html', '/a.b/c']) {
      const page = await get(path);
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect(await page.text()).toContain('<title>Fairway</title>');
    }
    const tag = (await get('/')).headers.get('etag') ?? '';
    expect((await get('/', { 'if-none-match': tag })).status).toBe(304);
    expect((await get('/', { 'if-none-match': `"older", W/${tag}` })).status).toBe(304);
    expect((await get('/', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('shows a new build at once', async () => {
    expect(await (await get('/')).text()).toContain('Fairway');
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Fairway, newer</title>');
    expect(await (await get('/')).text()).toContain('newer');
  });

  test.each(['/assets/gone-1.js', '/v1/else', '/v1'])('has no page at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('has no page for programs that want something else', async () => {
    expect((await get('/nothing', { accept: 'application/json' })).status).toBe(404);
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/.hidden.txt',
    '/assets/../.hidden.txt',
    '//secret.txt',
    '/secret.txt%00.js',
    '/assets',
  ])('shows nothing but its own at %s', async (path) => {
    expect(await (await get(path)).text()).not.toContain('secret');
  });

  test('says how it is built where it is not there', async () => {
    for (const from of [null, join(place, 'nowhere')]) {
      const page = await get('/', {}, from);
      expect(page.status).toBe(503);
      expect(await page.text()).toContain('npm run setup');
    }
  });
});

test('every answer forbids what it does not need, refusals and errors too', async () => {
  for (const path of ['/', '/assets/main-3f2a.js', '/assets/gone.js', '/v1/thing', '/v1/broken']) {
    const { headers } = await get(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('strict-transport-security')).toBeNull();
  }
  expect((await get('/v1/thing')).headers.get('cache-control')).toBe('no-store');
  const secure = await get('/', {}, folder, 'https://deploy.example.com');
  expect(secure.headers.get('strict-transport-security')).toBe('max-age=31536000');
});

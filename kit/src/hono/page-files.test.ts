import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, expect, test } from 'vitest';
import { pageFiles } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'kit-files-'));
const [shared, own] = [join(root, 'shared'), join(root, 'own')];
for (const folder of [shared, join(shared, 'inner'), own]) mkdirSync(folder);
writeFileSync(join(root, 'secret.txt'), 'not yours');
writeFileSync(join(shared, 'index.html'), '<p>shared</p>');
writeFileSync(join(shared, 'page.js'), 'export {};');
writeFileSync(join(own, 'index.html'), '<p>own</p>');
writeFileSync(join(own, 'data.bin'), '?');
afterAll(() => rmSync(root, { recursive: true }));

const serve = pageFiles([shared, own], { cacheControl: 'max-age=60' });
const app = new Hono().get('*', (c) => serve(c, c.req.path) ?? c.text('none', 404));

test.each([
  ['/index.html', 'text/html; charset=utf-8', '<p>own</p>'],
  ['/page.js', 'text/javascript; charset=utf-8', 'export {};'],
  ['/data.bin', 'application/octet-stream', '?'],
])('%s is %s', async (path, type, text) => {
  const answer = await app.request(path);
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    200,
    type,
    'max-age=60',
  ]);
  expect(await answer.text()).toBe(text);
});

test('who has a file as it is gets it not again', async () => {
  const tag = (await app.request('/index.html')).headers.get('etag') ?? '';
  const again = await app.request('/index.html', { headers: { 'if-none-match': tag } });
  expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, tag, '']);
  const other = await app.request('/page.js', { headers: { 'if-none-match': tag } });
  expect(other.status).toBe(200);
});

test.each(['/', '/inner', '/../secret.txt', '/%2e%2e/secret.txt', '//secret.txt', '/constructor'])(
  '%s is no file',
  async (path) => {
    expect((await app.request(`http://localhost${path}`)).status).toBe(404);
  },
);

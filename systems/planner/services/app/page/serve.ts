import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const;

/** Path, file and type of everything that a browser gets; nothing else of the disk can be asked for. */
const files = [
  ['/', new URL('index.html', import.meta.url), 'html'],
  ['/page.css', new URL('page.css', import.meta.url), 'css'],
  ['/controls.css', new URL('controls.css', import.meta.url), 'css'],
  ['/icon.svg', new URL('icon.svg', import.meta.url), 'svg'],
  ['/page.js', new URL('page.js', import.meta.url), 'js'],
  ['/chart.js', new URL('chart.js', import.meta.url), 'js'],
  ['/controls.js', new URL('controls.js', import.meta.url), 'js'],
  ['/client.js', new URL('client.js', import.meta.url), 'js'],
  ['/words.js', new URL('words.js', import.meta.url), 'js'],
  ['/uplot.js', new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js')), 'js'],
  ['/uplot.css', new URL(import.meta.resolve('uplot/dist/uPlot.min.css')), 'css'],
] as const;

/** Reads the page once. Browsers keep it and ask whether it has changed. */
export async function servePage(): Promise<Hono> {
  const page = new Hono();
  for (const [path, file, type] of files) {
    const content = await readFile(fileURLToPath(file), 'utf8');
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 16)}"`;
    page.get(path, (c) => {
      c.header('etag', etag);
      c.header('cache-control', 'no-cache');
      if (c.req.header('if-none-match') === etag) return c.body(null, 304);
      return c.body(content, 200, { 'content-type': `${types[type]}; charset=utf-8` });
    });
  }
  return page;
}

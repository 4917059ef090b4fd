import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Hono } from 'hono';

const description = readFileSync(new URL('assets/openapi.json', import.meta.url), 'utf8');
const tag = `"${createHash('sha256').update(description).digest('base64url').slice(0, 22)}"`;

/** Files that are the same for everybody and may lie in a CDN for a day: the description of the interface. */
export function assetRoutes(): Hono {
  const routes = new Hono();
  routes.get('/openapi.json', (c) => {
    c.header('etag', tag);
    c.header('cache-control', 'public, max-age=86400');
    if (c.req.header('if-none-match') === tag) return c.body(null, 304);
    return c.body(description, 200, { 'content-type': 'application/json' });
  });
  return routes;
}

import { fileURLToPath } from 'node:url';
import { pageFiles, pageHeaders, problem } from 'fairway-kit/hono';
import { Hono } from 'hono';

const shared = fileURLToPath(new URL('public', import.meta.url));

/**
 * The files of a folder, and those that all pages share, as they are: read once, told apart by their hash, kept by browsers
 * for as long as it is the same. A caching edge may show a page for a minute while it asks for a newer one.
 */
export function pagesOf(folder: string): Hono {
  const serve = pageFiles([shared, folder], {
    cacheControl: 'public, max-age=0, s-maxage=60, stale-while-revalidate=600',
  });
  const app = new Hono();
  app.use(
    pageHeaders({
      csp: {
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self'",
        'connect-src': "'self'",
      },
    }),
  );
  app.get('/*', (c) => {
    const name =
      c.req.path === '/' || c.req.path === '/admin' ? '/index.html' : c.req.path.replace(/^\/admin\//, '/');
    return serve(c, name) ?? problem(c, 404, 'not_found', 'There is no such page.');
  });
  return app;
}

import { join } from 'node:path';
import type { Parts, Service } from 'fairway-kit';
import { honoHandler, pageFiles, pageHeaders } from 'fairway-kit/hono';
import { Hono } from 'hono';

/** Files and nothing else; what they show they ask of the gateway. */
export const frontend: Service<Record<never, never>> = { name: 'frontend', settings: {}, start };

function start(): Promise<Parts> {
  const serve = pageFiles([join(import.meta.dirname, 'public')]);
  const app = new Hono();
  app.use(
    pageHeaders({
      csp: {
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data:",
        'connect-src': "'self'",
      },
    }),
  );
  app.get('*', (c) => {
    // Whatever page is asked for is the one page; a file that is not there is not.
    const path = c.req.path.includes('.') ? c.req.path : '/index.html';
    return serve(c, path) ?? c.notFound();
  });
  return Promise.resolve({ handler: honoHandler(app) });
}

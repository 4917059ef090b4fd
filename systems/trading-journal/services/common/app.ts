import type { HttpBindings } from '@hono/node-server';
import type { Log } from 'fairway-kit';
import { onUnforeseen, problem, rawBody } from 'fairway-kit/hono';
import { Hono, type MiddlewareHandler } from 'hono';

/** What every request brings to a service's handlers. */
export interface Web {
  Bindings: HttpBindings;
}

/** An app that says in its answers what it does not know and what it did not foresee. */
export function createApp(log: Log): Hono<Web> {
  const app = new Hono<Web>();
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.onError(onUnforeseen(log));
  return app;
}

/** Answers 413 to a body of more bytes, whether its length was told beforehand or not; handlers read it as ever. */
export function bodyLimit(largest: number): MiddlewareHandler<Web> {
  return async (c, next) => {
    if ((await rawBody(c, largest)) === null)
      return problem(c, 413, 'body_too_large', 'The body may have 1 MB.');
    return next();
  };
}

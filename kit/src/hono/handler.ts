import { getRequestListener } from '@hono/node-server';
import type { Env, Hono } from 'hono';
import { problemBody, problemType } from '../answer.ts';
import { setRoute } from '../context.ts';
import type { Handler } from '../service-types.ts';

/** Lets a Hono app answer a service's requests, and tells the metrics which route did. Handlers find node's own objects in `c.env`. */
export function honoHandler<E extends Env>(app: Hono<E>): Handler {
  tellRoutes(app);
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
    errorHandler: () =>
      new Response(problemBody(500, 'unforeseen', 'This should not have happened.'), {
        status: 500,
        headers: { 'content-type': problemType },
      }),
  });
  return listener;
}

const told = new WeakSet<object>();

/**
 * Only the router knows the template that matched before a handler has run, and a middleware added now would come too late: so
 * it is the router's answer that is listened to.
 */
function tellRoutes<E extends Env>(app: Hono<E>): void {
  if (told.has(app)) return;
  told.add(app);
  const { router } = app;
  const routes = new WeakMap<object, string>();
  app.router = {
    name: router.name,
    add: (method, path, handler) => router.add(method, path, handler),
    match(method, path) {
      const result = router.match(method, path);
      const [matches] = result;
      let route = routes.get(matches);
      if (route === undefined) {
        route = templateOf(matches.map(([[, each]]) => each));
        routes.set(matches, route);
      }
      setRoute(route);
      return result;
    },
  };
}

/**
 * The route that answers: middleware stands for all methods, so it is the first that does not, a precise one before one with a
 * star. Where there is none, as in a proxy for all methods, the last one.
 */
function templateOf(matches: readonly { readonly method: string; readonly path: string }[]): string {
  const ends = matches.filter(({ method }) => method !== 'ALL');
  return (ends.find(({ path }) => !path.includes('*')) ?? ends[0] ?? matches.at(-1))?.path ?? '';
}

import { fastify } from 'fastify';
import { Hono } from 'hono';
import { systemClock } from './clock.ts';
import { currentRequest, identify, setRoute } from './context.ts';
import { fastifyHandler, onUnforeseen as unforeseenInFastify } from './fastify/index.ts';
import { honoHandler, onUnforeseen } from './hono/index.ts';
import { runService } from './run-service.ts';
import type { Handler, Host, Service } from './service-types.ts';
import { choice, secret, type Settings } from './settings.ts';

export const frameworks = ['hono', 'fastify', 'node:http'] as const;
export type Framework = (typeof frameworks)[number];

/** The same four routes in each framework: an order, one that takes ?ms=…, one that throws, one that begins and breaks off. */
const handlers: Readonly<Record<Framework, (host: Host) => Handler | Promise<Handler>>> = {
  hono({ log }) {
    const app = new Hono();
    app.get('/orders/:id', (c) => c.json(orderOf(c.req.param('id'))));
    app.get('/slow', async (c) => {
      await systemClock.sleep(Number(c.req.query('ms')));
      return c.json({ done: true });
    });
    app.get('/broken', () => {
      throw new Error('a hidden reason');
    });
    app.onError(onUnforeseen(log));
    return honoHandler(app);
  },

  fastify({ log }) {
    const app = fastify();
    app.get<{ Params: { id: string } }>('/orders/:id', (request) => orderOf(request.params.id));
    app.get<{ Querystring: { ms: string } }>('/slow', async (request) => {
      await systemClock.sleep(Number(request.query.ms));
      return { done: true };
    });
    app.get('/broken', () => {
      throw new Error('a hidden reason');
    });
    app.setErrorHandler(unforeseenInFastify(log));
    return fastifyHandler(app);
  },

  'node:http': () => async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (pathname.startsWith('/orders/')) {
      setRoute('/orders/:id');
      return send(200, orderOf(pathname.slice('/orders/'.length)));
    }
    if (pathname === '/slow') {
      setRoute('/slow');
      await systemClock.sleep(Number(searchParams.get('ms')));
      return send(200, { done: true });
    }
    if (pathname === '/broken') {
      setRoute('/broken');
      throw new Error('a hidden reason');
    }
    return send(404, { code: 'not_found' });
  },
};

function orderOf(id: string) {
  identify({ userId: `user-of-${id}`, tenantId: 'tenant-1' });
  const { arm, address, traceId, correlationId } = currentRequest() ?? {};
  return { id, arm, address, traceId, correlationId };
}

export function serviceOf(
  framework: Framework,
  rest: Partial<Service<Settings>> & { readonly parts?: object } = {},
): Service<Settings> {
  const { parts, ...others } = rest;
  return {
    name: 'orders',
    settings: {},
    start: async (host) => ({ handler: await handlers[framework](host), ...parts }),
    ...others,
  };
}

if (process.argv[1] === import.meta.filename) {
  const framework = choice('FRAMEWORK', frameworks, 'hono');
  const settings = { framework, key: secret('SOME_KEY') };
  await runService({
    ...{ name: 'orders', settings },
    async start(host) {
      host.log.info('started', { key: host.settings.key, text: `it is ${host.settings.key}` });
      return {
        handler: await handlers[host.settings.framework](host),
        finish: () => Promise.resolve(host.log.info('finishing')),
        close: () => Promise.resolve(host.log.info('closing')),
      };
    },
  });
}

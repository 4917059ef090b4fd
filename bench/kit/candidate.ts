/** One server in a process of its own: `candidate.ts <framework> <bare|kit>`. Tells its address, and its CPU time when asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { fastify } from 'fastify';
import { createService, type Handler, setRoute } from 'fairway-kit';
import { fastifyHandler } from 'fairway-kit/fastify';
import { honoHandler } from 'fairway-kit/hono';
import { Hono } from 'hono';

type Kind = 'bare' | 'kit';

const answer = (id: string) => ({ id, name: 'an order', lines: [1, 2, 3] });

const handlers: Readonly<Record<string, (kind: Kind) => Promise<Handler>>> = {
  'node:http': () =>
    Promise.resolve((request, response) => {
      setRoute('/orders/:id');
      const body = JSON.stringify(answer((request.url ?? '').slice('/orders/'.length)));
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    }),

  async hono(kind) {
    const app = new Hono();
    app.get('/orders/:id', (c) => c.json(answer(c.req.param('id'))));
    if (kind === 'kit') return honoHandler(app);
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  },

  async fastify(kind) {
    const app = fastify();
    app.get<{ Params: { id: string } }>('/orders/:id', (request) => answer(request.params.id));
    if (kind === 'kit') return fastifyHandler(app);
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
};

async function serve(framework: string, kind: Kind): Promise<string> {
  const make = handlers[framework];
  if (make === undefined) throw new Error(`There is no ${framework}.`);
  if (kind === 'kit') {
    const start = async () => ({ handler: await make(kind) });
    const service = createService({ name: 'bench', settings: {}, start });
    await service.listen();
    return service.address ?? '';
  }
  const handler = await make(kind);
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const [, , framework = '', kind = 'bare'] = process.argv;
process.send?.({ address: await serve(framework, kind === 'kit' ? 'kit' : 'bare') });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
process.on('disconnect', () => process.exit(0));

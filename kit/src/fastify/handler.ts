import type { FastifyInstance } from 'fastify';
import { setRoute } from '../context.ts';
import type { Handler } from '../service-types.ts';

/**
 * Lets a Fastify app answer a service's requests, and tells the metrics which route did. Give it the app before it is ready:
 * it makes it so. The app's own logger is not needed; close the app in the service's `close`.
 */
export async function fastifyHandler(app: FastifyInstance): Promise<Handler> {
  app.addHook('onRequest', (request, _, done) => {
    setRoute(request.routeOptions.url ?? '');
    done();
  });
  await app.ready();
  return (request, response) => app.routing(request, response);
}

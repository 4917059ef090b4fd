import { type Host, httpProtocols, url } from 'fairway-kit';
import { honoHandler, onUnforeseen } from 'fairway-kit/hono';
import { Hono } from 'hono';
import { pagesOf } from './pages.ts';
import { toGateway } from './rewrite.ts';

const settings = {
  /** Where the API is when no balancer leads to it. */
  gateway: url<string | null>('API_GATEWAY_URL', httpProtocols, null),
} as const;

/** Pages are files; what they show they ask of the API themselves. */
export const pageService = (name: string, folder: string) => ({
  name,
  settings,
  logFormat: 'request' as const,
  start(host: Host<typeof settings>) {
    const app = new Hono();
    app.onError(onUnforeseen(host.log));
    app.all('/api/*', toGateway(host.settings.gateway, host));
    app.route('/', pagesOf(folder));
    return Promise.resolve({ handler: honoHandler(app) });
  },
});

import type { Server } from 'node:http';
import { createRateLimit, type Host, type Parts } from 'fairway-kit';
import { honoHandler, limited } from 'fairway-kit/hono';
import { createRedis } from 'fairway-kit/redis';
import { type Context, Hono } from 'hono';
import { bodyLimit, createApp, type Web } from '../common/app.ts';
import { createTokens } from '../common/tokens.ts';
import { addressOf } from './address.ts';
import { authRoutes } from './auth.ts';
import { createCoreClient } from './core-client.ts';
import { createFanOut } from './fan-out.ts';
import { loggedIn, noForgery, securityHeaders, type SessionWeb } from './guards.ts';
import { proxy } from './proxy.ts';
import { createSessions } from './sessions.ts';
import type { edgeSettings } from './settings.ts';
import { acceptSockets } from './sockets.ts';

const largestBody = 1_000_000;
const minute = 60_000;

/** What browsers talk to: sessions, guards, WebSockets. Everything else it hands to core in the user's name. */
export function startEdge(host: Host<typeof edgeSettings>): Promise<Parts> {
  const { settings, clock, log, metrics, stopping } = host;
  const { coreUrl, redisUrl, sessionSecret, jwtSecret, perMinute, loginsPerMinute, proxies } = settings;
  const cache = createRedis({ url: redisUrl }, { log, name: 'journal-edge' });
  const subscriber = createRedis({ url: redisUrl, use: 'queue' }, { log, name: 'journal-edge-events' });
  const { redis } = cache;
  const callCore = createCoreClient({ url: coreUrl, tokens: createTokens(jwtSecret, clock), clock });
  const sessions = createSessions({ secret: sessionSecret, redis, clock, callCore });
  const limitOf = (prefix: string, limit: number) =>
    createRateLimit({ limit, per: minute, prefix, redis }, { clock, log });
  const rateLimit = limitOf('rate:all', perMinute);
  const loginLimit = limitOf('rate:login', loginsPerMinute);
  const addressIn = (c: Context<Web>) => addressOf(c.env.incoming, proxies);
  const fanOut = createFanOut({
    redis: subscriber.redis,
    ...{ clock, metrics, stopping, pingMillis: settings.pingMillis },
  });

  const app = createApp(log);
  app.use(limited(rateLimit, addressIn));
  app.use(bodyLimit(largestBody));
  app.route('/auth', authRoutes({ sessions, limitLogins: limited(loginLimit, addressIn), clock }));
  const api = new Hono<SessionWeb>();
  api.all('/*', loggedIn(sessions), noForgery(sessions), proxy(callCore));
  app.route('/api', api);

  return Promise.resolve({
    handler: honoHandler(app),
    ready: { core: (signal) => askHealth(coreUrl, signal), queue: () => cache.ready() },
    attach(server) {
      putHeaders(server);
      acceptSockets(server, { sessions, fanOut, rateLimit, proxies, stopping, log });
    },
    finish: () => fanOut.end(),
    async close() {
      await Promise.all([cache.close(), subscriber.close()]);
    },
  });
}

/** Before anything else has the request, so that no answer goes without them. */
function putHeaders(server: Server): void {
  server.prependListener('request', (_, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  });
}

async function askHealth(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(new URL('/healthz', url), { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

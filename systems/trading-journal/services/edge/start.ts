import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { seededRandom } from '../common/clock.ts';
import { openRedis, pingRedis } from '../common/redis.ts';
import type { Host, Parts } from '../common/service.ts';
import { createTokens } from '../common/tokens.ts';
import { faults, problem, type Web } from '../common/web.ts';
import { authRoutes } from './auth.ts';
import { createCoreClient } from './core-client.ts';
import { createFanOut } from './fan-out.ts';
import { limited, loggedIn, noForgery, securityHeaders, type SessionWeb } from './guards.ts';
import { proxy } from './proxy.ts';
import { createRateLimit } from './rate-limit.ts';
import { createSessions } from './sessions.ts';
import type { edgeSettings } from './settings.ts';
import { acceptSockets } from './sockets.ts';

const largestBody = 1_000_000;

/** What browsers talk to: sessions, guards, WebSockets. Everything else it hands to core in the user's name. */
export function startEdge(host: Host<typeof edgeSettings>): Promise<Parts> {
  const { settings, clock, random, log, metrics, stopping } = host;
  const { coreUrl, redisUrl, sessionSecret, jwtSecret, perMinute, loginsPerMinute, proxies } = settings;
  const redis = openRedis({ url: redisUrl, kind: 'quick', log });
  const subscriber = openRedis({ url: redisUrl, kind: 'patient', log });
  const tokens = createTokens(jwtSecret, clock);
  const callCore = createCoreClient({ url: coreUrl, tokens, clock });
  const sessions = createSessions({ secret: sessionSecret, redis, clock, callCore });
  const rateLimit = createRateLimit({ redis, clock, perMinute: { all: perMinute, login: loginsPerMinute } });
  const fanOut = createFanOut({
    redis: subscriber,
    clock,
    metrics,
    pingMillis: settings.pingMillis,
    stopping,
  });

  const app = new Hono<Web>();
  const chance = settings.faultSeed > 0 ? seededRandom(settings.faultSeed) : random;
  app.use(limited(rateLimit, 'all', proxies));
  app.use(
    faults({
      errorShare: settings.faultErrorShare,
      delayMillis: settings.faultDelayMillis,
      clock,
      random: chance,
    }),
  );
  app.use(
    bodyLimit({
      maxSize: largestBody,
      onError: (c) => problem(c, 413, 'body_too_large', 'The body may have 1 MB.'),
    }),
  );
  app.route('/auth', authRoutes({ sessions, rateLimit, proxies, clock }));
  const api = new Hono<SessionWeb>();
  api.all('/*', loggedIn(sessions), noForgery(sessions), proxy(callCore));
  app.route('/api', api);

  return Promise.resolve({
    app,
    around: securityHeaders,
    ready: { core: (signal) => askHealth(coreUrl, signal), queue: pingRedis(redis) },
    attach: (server) => acceptSockets(server, { sessions, fanOut, rateLimit, proxies, stopping, log }),
    finish: () => fanOut.end(),
    close() {
      redis.disconnect();
      subscriber.disconnect();
      return Promise.resolve();
    },
  });
}

async function askHealth(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(new URL('/healthz', url), { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

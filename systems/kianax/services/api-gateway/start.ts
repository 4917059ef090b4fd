import {
  createClient,
  createRateLimit,
  currentRequest,
  type Host,
  type Parts,
  type Service,
} from 'fairway-kit';
import { honoHandler, limited, onUnforeseen, problem } from 'fairway-kit/hono';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { createForward, type Forward } from './forward.ts';
import { ownOrigin, protect, seenBy, signedIn, type WithIdentity } from './guards.ts';
import { createIdentities } from './identity.ts';
import { deleteAll, exportAll } from './personal.ts';
import { pathAt, routes, type Upstream } from './routes.ts';
import { settings } from './settings.ts';
import { createSockets } from './sockets.ts';

export const gateway: Service<typeof settings> = { name: 'api-gateway', settings, start };

/** Milliseconds; the agent thinks for a while, a password takes its time. */
const timeouts = { auth: 10_000, trading: 10_000, agent: 20_000, 'market-data': 2_000, notification: 5_000 };

async function start(host: Host<typeof settings>): Promise<Parts> {
  const { log, metrics, clock } = host;
  const given = host.settings;
  const world = { log, metrics, clock };
  const bases: Record<Upstream, string> = {
    auth: given.authUrl,
    trading: given.tradingUrl,
    agent: given.agentUrl,
    'market-data': given.marketDataUrl,
    notification: given.notificationUrl,
  };
  const client = (name: Upstream) =>
    createClient({ name, base: bases[name], timeout: timeouts[name] }, world);
  const forwardTo = (name: Upstream): Forward =>
    createForward({ name, base: bases[name], timeout: timeouts[name] }, world);
  const authClient = client('auth');
  const identities = createIdentities(authClient, clock);
  // In the order in which they are told to delete: auth, who knows the user, is the last.
  const personal = {
    trading: client('trading'),
    agent: client('agent'),
    notification: client('notification'),
    auth: authClient,
  };
  const cache = createRedis({ url: given.redisUrl, use: 'cache' }, { log, name: 'api-gateway' });
  const subscriber = createRedis(
    { url: given.redisUrl, use: 'queue' },
    { log, name: 'api-gateway-subscriber' },
  );
  const sockets = createSockets({
    ...world,
    redis: subscriber.redis,
    identities,
    pingMillis: given.pingMillis,
    stopping: host.stopping,
  });
  const rateLimit = createRateLimit(
    {
      limit: given.rateLimit,
      per: given.rateLimitSeconds * 1_000,
      burst: 100,
      prefix: 'gateway',
      redis: cache.redis,
    },
    world,
  );

  const app = new Hono<WithIdentity>();
  app.onError(onUnforeseen(log));
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.use(protect);
  app.use(
    '/api/*',
    limited(rateLimit, () => currentRequest()?.address ?? 'unknown'),
  );

  const auth = forwardTo('auth');
  app.all('/api/auth/*', async (c) => {
    const cookies = c.req.header('cookie');
    const { pathname, search } = new URL(c.req.url);
    // Whoever comes from another origin was refused above. Programs name none, which Better Auth would take for one.
    const origin = c.req.header('origin') ?? ownOrigin(c);
    const headers = { ...seenBy(c), origin, ...(cookies === undefined ? {} : { cookie: cookies }) };
    const response = await auth(c, { path: pathname + search, headers });
    identities.forget(cookies);
    return response;
  });

  const needsUser = signedIn(identities);
  app.get('/api/me', needsUser, (c) => {
    const { userId, email, name } = c.var.identity;
    return c.json({ userId, email, name });
  });
  app.get('/api/me/export', needsUser, async (c) => {
    const { parts, missing } = await exportAll(personal, authorized(c.var.identity.token));
    if (missing.length > 0)
      return problem(c, 503, 'export_incomplete', `These did not answer: ${missing.join(', ')}. Try again.`);
    c.header('content-disposition', 'attachment; filename="kianax-export.json"');
    return c.json({ exportedAt: new Date(clock.now()).toISOString(), ...parts });
  });
  app.delete('/api/me', needsUser, async (c) => {
    const cookies = c.req.header('cookie') ?? '';
    const { parts, missing } = await deleteAll(personal, {
      ...authorized(c.var.identity.token),
      cookie: cookies,
    });
    identities.forget(cookies);
    if (missing.length > 0)
      return problem(c, 503, 'deletion_incomplete', `${missing.join(', ')} did not answer. Do it again.`);
    return c.json({
      deleted: true,
      kept: 'The trading audit is kept as the law asks, under a pseudonym that nothing leads to any more.',
      services: parts,
    });
  });

  const forwards = new Map<Upstream, Forward>();
  for (const route of routes) {
    const forward = forwards.get(route.to) ?? forwardTo(route.to);
    forwards.set(route.to, forward);
    const target = (url: string) => {
      const { pathname, search } = new URL(url);
      return pathAt(route, pathname) + search;
    };
    if (route.open === true)
      app.on(route.method, route.path, (c) => forward(c, { path: target(c.req.url), headers: {} }));
    else
      app.on(route.method, route.path, needsUser, (c) =>
        forward(c, { path: target(c.req.url), headers: authorized(c.var.identity.token) }),
      );
  }
  if (given.frontendUrl !== null) {
    const frontend = createForward({ name: 'frontend', base: given.frontendUrl, timeout: 5_000 }, world);
    app.get('/api/*', (c) => c.notFound());
    app.get('*', (c) => frontend(c, { path: new URL(c.req.url).pathname, headers: {} }));
  }

  return {
    handler: honoHandler(app),
    ready: { auth: () => authClient.call('GET', '/health') },
    attach: (server) => sockets.attach(server),
    finish: () => sockets.end(),
    async close() {
      await Promise.all([cache.close(), subscriber.close()]);
    },
  };
}

const authorized = (token: string) => ({ authorization: `Bearer ${token}` });

import { createIdempotency, createRateLimit, type Host, type Parts, repeat } from 'fairway-kit';
import { honoHandler, onUnforeseen } from 'fairway-kit/hono';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { adminRoutes } from './admin-routes.ts';
import { assetRoutes } from './asset-routes.ts';
import { authRoutes } from './auth-routes.ts';
import { createCache } from './cache.ts';
import { customerRoutes } from './customer-routes.ts';
import { openRepository } from './repository/open.ts';
import { isAway } from './repository/steady.ts';
import { seed, usersToSeed } from './seed.ts';
import type { settings } from './settings.ts';
import { createTokens } from './tokens.ts';
import { createTrail } from './trail.ts';
import { comeBack, type Web, type World } from './world.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** Finds its stores, adds the users who are there from the start, and answers. */
export async function start(host: Host<typeof settings>): Promise<Parts> {
  const { settings: given, clock, log, metrics, stopping } = host;
  const { repository, ...stored } = await openRepository(given, host);
  metrics.gauge('repository_info', 'Where customers are kept: 1 for the kind in use.', () => [
    { labels: { kind: repository.kind }, value: 1 },
  ]);
  const cached = given.redisUrl === null ? null : createRedis({ url: given.redisUrl, use: 'cache' }, { log });
  const redis = cached?.redis ?? null;
  const trail = createTrail(repository, { clock, log, stopping });
  await seed({ repository, trail, now: clock.now() }, usersToSeed(given), given.demoUsers ? 30 : 0);

  const sharing = redis === null ? {} : { redis };
  const limitOf = (prefix: string, limit: number) =>
    createRateLimit({ prefix: `customer-service:${prefix}`, limit, per: minute, ...sharing }, { clock, log });
  const keys: readonly [string, ...string[]] =
    given.jwtKeyPrevious === null ? [given.jwtKey] : [given.jwtKey, given.jwtKeyPrevious];
  const lifetimes = { session: given.sessionLifetime, customer: given.customerLifetime };
  const world: World = {
    ...{ repository, trail, clock, log },
    ...{ sessionLifetime: given.sessionLifetime, cookieLogin: given.cookieLogin },
    cache: createCache(redis, lifetimes, { log, metrics }),
    tokens: createTokens({ keys, lifetime: given.accessLifetime }, { clock, metrics }),
    // A key whose request died with the database is free again soon: the customer's id comes of the key, so a second
    // attempt adds nothing twice.
    idempotency: createIdempotency({ store: stored.idempotencyStore, lease: 10_000 }),
    limits: { login: limitOf('login', given.loginLimit), user: limitOf('user', given.userLimit) },
  };
  const tidying = repeat(
    { clock, wait: 10 * minute, signal: stopping },
    async () => {
      const gone = await repository.forgetSessions(clock.now() - day);
      if (gone > 0) log.debug('forgot sessions that are over', { gone });
    },
    (reason) => log.warning('sessions that are over are still there', { reason }),
  );

  return {
    handler: honoHandler(createApp(world)),
    ready: stored.ready, // the cache is no reason to be unready
    async finish() {
      await Promise.all([trail.finish(), tidying]);
    },
    async close() {
      await cached?.close();
      await stored.close();
    },
  };
}

export function createApp(world: World): Hono<Web> {
  const app = new Hono<Web>();
  const unforeseen = onUnforeseen<Web>(world.log);
  app.onError((reason, c) => {
    if (!isAway(reason)) return unforeseen(reason, c);
    world.log.debug('answered 503', { reason });
    return comeBack(c, 'database_away', 'The database does not answer now. Try again in a moment.');
  });
  app.route('/assets', assetRoutes());
  app.route('/auth', authRoutes(world));
  app.route('/customers', customerRoutes(world));
  app.route('/', adminRoutes(world));
  return app;
}

import { createPolicy, createRateLimit, type Host, type Parts } from 'fairway-kit';
import { honoHandler, onUnforeseen, pageHeaders, problem } from 'fairway-kit/hono';
import { createDatabase } from 'fairway-kit/postgres';
import { createRedis } from 'fairway-kit/redis';
import { Hono } from 'hono';
import { createActivity } from './activity.ts';
import { createApi } from './api/routes.ts';
import { createCache } from './cache/levels.ts';
import { servePage } from './page/serve.ts';
import { createPlanner } from './planner.ts';
import { effectiveSettings, type plannerSettings } from './settings.ts';
import { createPostgresStore } from './store/postgres.ts';
import { createMemoryStore } from './store/store.ts';
import { createWriter } from './store/writer.ts';
import { createEngine } from './threads/engine.ts';
import { createPool } from './threads/pool.ts';
import { warmUp } from './threads/warm-up.ts';

/** Puts the planner together: what it is told to use is opened, what it can do without is left out and told. */
export async function startPlanner(host: Host<typeof plannerSettings>): Promise<Parts> {
  const { settings, clock, log, metrics, tracing } = host;
  const redis = openRedis(host);
  const database =
    settings.databaseUrl === null
      ? null
      : createDatabase({ url: settings.databaseUrl, poolSize: settings.databasePoolSize }, { log, metrics });
  if (database === null) log.warning('simulations are kept in memory: DATABASE_URL is not set');

  const engine = createEngine({ threads: settings.threads, mostWaiting: settings.mostWaiting }, clock);
  const printers = createPool(
    {
      program: new URL('threads/report-thread.ts', import.meta.url),
      threads: 1,
      mostWaiting: settings.mostWaiting,
    },
    clock,
  );
  metrics.gauge('planner_simulations_waiting', 'Simulations that wait for a thread.', () => engine.waiting());
  const writer = createWriter({ policy: createPolicy({ name: 'database' }, { clock, metrics, log }) }, log);
  const activity = createActivity({ clock, metrics });
  const cache = createCache(
    { bytes: settings.cacheBytes, ttlMillis: settings.cacheTtlSeconds * 1_000, shared: redis?.redis ?? null },
    { clock, log, metrics },
  );
  const store = database === null ? createMemoryStore() : createPostgresStore(database);
  const planner = createPlanner({
    ...{ engine, printers, cache, store, writer, activity, tracing, log, clock },
  });
  const rateLimit = createRateLimit(
    {
      limit: settings.ratePerMinute,
      per: 60_000,
      prefix: 'planner:rate',
      ...(redis === null ? {} : { redis: redis.redis }),
    },
    { clock, log },
  );

  const app = new Hono();
  app.use(pageHeaders());
  const { maxScenarios } = settings;
  const keys = [settings.secretKey, ...(settings.previousKey === null ? [] : [settings.previousKey])];
  const shown = effectiveSettings(settings);
  app.route(
    '/api',
    createApi({ planner, activity, rateLimit, keys, maxScenarios, clock, settings: shown, tracing }),
  );
  app.route('/', await servePage());
  app.notFound((c) => problem(c, 404, 'not_found', `There is no ${c.req.method} ${c.req.path}.`));
  app.onError(onUnforeseen(log));

  const warm = warmUp(engine, printers, log);
  return {
    handler: honoHandler(app),
    started: () => warm.isDone(),
    ready: {
      threads: () => warm.done,
      ...(redis === null ? {} : { cache: () => redis.ready() }),
      ...(database === null ? {} : { database: () => database.ready() }),
    },
    finish: () => writer.finish(),
    async close() {
      // The last answers have left something to be written.
      const written = writer.finish().then(() => database?.close());
      await Promise.all([engine.close(), printers.close(), redis?.close(), written]);
    },
  };
}

/** Without Redis the cache and the limit hold for this process alone. */
function openRedis({ settings, log }: Host<typeof plannerSettings>) {
  if (!settings.redisEnabled) return null;
  if (settings.redisUrl !== null) return createRedis({ url: settings.redisUrl, use: 'cache' }, { log });
  log.warning('cache and rate limit are not shared: REDIS_ENABLED is true but REDIS_URL is not set');
  return null;
}

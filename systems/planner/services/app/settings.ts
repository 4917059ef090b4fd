import {
  count,
  flag,
  optionalSecret,
  postgresProtocols,
  redisProtocols,
  secret,
  type serviceSettings,
  url,
  type Values,
} from 'fairway-kit';

/** What the planner can be told beside what every service can: see the kit's `serviceSettings`. */
export const plannerSettings = {
  debug: flag('DEBUG', false),
  cacheTtlSeconds: count('CACHE_TTL', { least: 1, most: 86_400, fallback: 600 }),
  cacheBytes: count('CACHE_BYTES', { least: 1_000, most: 500_000_000, fallback: 500_000_000 }),
  maxScenarios: count('MAX_SCENARIOS', { least: 10, most: 10_000, fallback: 1_000 }),
  /** Per address, and per user where one is known; 0: none. */
  ratePerMinute: count('RATE_LIMIT_PER_MINUTE', { least: 0, most: 100_000, fallback: 0 }),
  databaseUrl: url<string | null>('DATABASE_URL', postgresProtocols, null),
  databasePoolSize: count('DB_POOL_SIZE', { least: 1, most: 100, fallback: 5 }),
  redisEnabled: flag('REDIS_ENABLED', false),
  redisUrl: url<string | null>('REDIS_URL', redisProtocols, null),
  /** Signs the tokens of users who are known. */
  secretKey: secret('SECRET_KEY'),
  /** The one before; what it signed is believed until it is gone. */
  previousKey: optionalSecret('SECRET_KEY_PREVIOUS'),
  threads: count('SIMULATION_THREADS', { least: 1, most: 64, fallback: 1 }),
  /** Simulations that may wait for a thread; beyond it 503. */
  mostWaiting: count('MOST_WAITING', { least: 1, most: 10_000, fallback: 200 }),
} as const;

type All = Values<typeof plannerSettings> & Values<typeof serviceSettings>;

/** What is in force, for operators and for the page. No secret, no address. */
export function effectiveSettings(settings: All) {
  return {
    environment: settings.environment,
    version: settings.version,
    debug: settings.debug,
    logLevel: settings.logLevel,
    cacheTtlSeconds: settings.cacheTtlSeconds,
    maxScenarios: settings.maxScenarios,
    ratePerMinute: settings.ratePerMinute,
    databasePoolSize: settings.databasePoolSize,
    redisEnabled: settings.redisEnabled,
  };
}

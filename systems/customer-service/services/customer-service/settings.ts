import {
  choice,
  count,
  duration,
  flag,
  optionalSecret,
  postgresProtocols,
  redisProtocols,
  secret,
  text,
  url,
} from 'fairway-kit';

/** What the service can be told beyond `serviceSettings` of fairway-kit. Times with their unit: 30m, 5s. */
export const settings = {
  databaseUrl: url<string | null>('DATABASE_URL', postgresProtocols, null),
  /** `memory`: where no database is found at the start, all is kept in this one process. For development only. */
  databaseFallback: choice('DATABASE_FALLBACK', ['none', 'memory'], 'none'),
  /** How long the start looks for the database before it falls back or gives up. */
  databasePatience: duration('DATABASE_PATIENCE', 15_000),
  poolSize: count('DATABASE_POOL', { least: 1, most: 100, fallback: 10 }),
  redisUrl: url<string | null>('REDIS_URL', redisProtocols, null),

  jwtKey: secret('JWT_KEY'),
  /** The key before the last rotation: tokens that it signed are accepted until they end. */
  jwtKeyPrevious: optionalSecret('JWT_KEY_PREVIOUS'),
  accessLifetime: duration('ACCESS_LIFETIME', 600_000),
  sessionLifetime: duration('SESSION_LIFETIME', 1_800_000),
  customerLifetime: duration('CUSTOMER_LIFETIME', 300_000),
  /** A login sets a cookie too, that is accepted instead of the header: for load programs and trying out. */
  cookieLogin: flag('COOKIE_LOGIN', false),

  loginLimit: count('LOGIN_LIMIT_PER_MINUTE', { least: 0, most: 1_000_000, fallback: 20 }),
  userLimit: count('RATE_LIMIT_PER_MINUTE', { least: 0, most: 1_000_000, fallback: 600 }),

  /** The first administrator, who adds the others with POST /users. */
  adminEmail: text('ADMIN_EMAIL', 'admin@example.com'),
  adminPassword: optionalSecret('ADMIN_PASSWORD'),
  probeEmail: text('PROBE_EMAIL', 'probe@example.com'),
  probePassword: optionalSecret('PROBE_PASSWORD'),
  /** A user for each role, with the password `demo-password`, and some customers. */
  demoUsers: flag('DEMO_USERS', false),
} as const;

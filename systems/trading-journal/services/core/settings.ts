import {
  count,
  flag,
  httpProtocols,
  optionalSecret,
  postgresProtocols,
  redisProtocols,
  secret,
  text,
  url,
} from 'fairway-kit';
import { flagSettings } from '../common/settings.ts';

export const coreSettings = {
  ...flagSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  redisUrl: url('REDIS_URL', redisProtocols),
  aiUrl: url('AI_URL', httpProtocols),
  jwtSecret: secret('JWT_SECRET'),
  hmacSecret: secret('AI_HMAC_SECRET'),
  /** Without it no keys of brokers can be kept. */
  dataKey: optionalSecret('DATA_KEY'),
  previousDataKey: optionalSecret('DATA_KEY_PREVIOUS'),
  poolSize: count('DB_POOL_SIZE', { least: 2, most: 200, fallback: 10 }),
  outboxMillis: count('OUTBOX_INTERVAL_MILLIS', { least: 10, most: 60_000, fallback: 250 }),
  retries: count('JOB_RETRIES', { least: 0, most: 20, fallback: 5 }),
  backoffMillis: count('JOB_BACKOFF_MILLIS', { least: 1, most: 600_000, fallback: 1_000 }),
  remindMillis: count('JOB_REMIND_MILLIS', { least: 100, most: 3_600_000, fallback: 15_000 }),
  /** Whether core applies what its schema lacks. Where a release does that as a task, core only looks whether it is there. */
  migrateAtStart: flag('MIGRATE_AT_START', true),
  /** Whether the users of the demonstration exist. Their password is public: never where real people are. */
  demoUsers: flag('DEMO_USERS', true),
  probeEmail: text('PROBE_EMAIL', 'probe@example.com'),
  probePassword: optionalSecret('PROBE_PASSWORD'),
} as const;

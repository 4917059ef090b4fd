import {
  count,
  httpProtocols,
  optionalSecret,
  postgresProtocols,
  redisProtocols,
  secret,
  text,
  url,
} from 'fairway-kit';
import { flagSettings } from '../common/settings.ts';

const concurrency = (name: string, fallback: number) => count(name, { least: 1, most: 100, fallback });

export const workerSettings = {
  ...flagSettings,
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  redisUrl: url('REDIS_URL', redisProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 2, most: 200, fallback: 10 }),
  aiUrl: url('AI_URL', httpProtocols),
  /** Speaks as the coach does; asked when the coach cannot be had and FEATURE_VENDOR_FALLBACK is on. */
  vendorUrl: text('VENDOR_URL', null),
  hmacSecret: secret('AI_HMAC_SECRET'),
  imports: concurrency('IMPORT_CONCURRENCY', 2),
  scores: concurrency('SCORE_CONCURRENCY', 4),
  simulations: concurrency('SIMULATION_CONCURRENCY', 1),
  digests: concurrency('DIGEST_CONCURRENCY', 2),
  /** Where fills can be asked for; without it there are imports of files only. */
  brokerUrl: url<string | null>('BROKER_URL', httpProtocols, null),
  dataKey: optionalSecret('DATA_KEY'),
  previousDataKey: optionalSecret('DATA_KEY_PREVIOUS'),
  bucket: text('S3_BUCKET'),
  bucketEndpoint: url('S3_ENDPOINT', httpProtocols),
  bucketRegion: text('S3_REGION', 'us-east-1'),
  bucketKeyId: text('S3_ACCESS_KEY_ID'),
  bucketKey: secret('S3_SECRET_ACCESS_KEY'),
} as const;

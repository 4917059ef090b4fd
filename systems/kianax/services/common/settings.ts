import { count, httpProtocols, postgresProtocols, redisProtocols, secret, url } from 'fairway-kit';

export const databaseSettings = {
  databaseUrl: url('DATABASE_URL', postgresProtocols),
  poolSize: count('DB_POOL_SIZE', { least: 1, most: 100, fallback: 10 }),
};
export const cacheSettings = { redisUrl: url('REDIS_URL', redisProtocols) };
export const callerSettings = { jwtSecret: secret('JWT_SECRET') };
/** Only in development: the address of what stands in for outside services. */
export const standInSettings = { standIn: url('STAND_IN_VENDORS_URL', httpProtocols, null) };

import { count, httpProtocols, redisProtocols, secret, url } from 'fairway-kit';

const atMost = 1_000_000;

export const edgeSettings = {
  coreUrl: url('CORE_URL', httpProtocols),
  redisUrl: url('REDIS_URL', redisProtocols),
  sessionSecret: secret('SESSION_SECRET'),
  jwtSecret: secret('JWT_SECRET'),
  /** Requests of one address; 0: no limit. */
  perMinute: count('RATE_LIMIT_PER_MINUTE', { least: 0, most: atMost, fallback: 120 }),
  loginsPerMinute: count('LOGIN_LIMIT_PER_MINUTE', { least: 0, most: atMost, fallback: 20 }),
  /** Proxies of ours before the edge; as many entries at the end of X-Forwarded-For are to be believed. */
  proxies: count('TRUSTED_PROXIES', { least: 0, most: 10, fallback: 1 }),
  pingMillis: count('WS_PING_MILLIS', { least: 100, most: 600_000, fallback: 30_000 }),
} as const;

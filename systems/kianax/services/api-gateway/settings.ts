import { count, httpProtocols, url } from 'fairway-kit';
import { cacheSettings } from '../common/settings.ts';

export const settings = {
  ...cacheSettings,
  authUrl: url('AUTH_URL', httpProtocols),
  tradingUrl: url('TRADING_URL', httpProtocols),
  agentUrl: url('AGENT_URL', httpProtocols),
  marketDataUrl: url('MARKET_DATA_URL', httpProtocols),
  notificationUrl: url('NOTIFICATION_URL', httpProtocols),
  /** Only in development: what is no /api goes there. Elsewhere the balancer parts them. */
  frontendUrl: url('FRONTEND_URL', httpProtocols, null),
  /** Requests of an address in RATE_LIMIT_SECONDS; 0: no limit, for load tests. */
  rateLimit: count('RATE_LIMIT', { least: 0, most: 1_000_000, fallback: 300 }),
  rateLimitSeconds: count('RATE_LIMIT_SECONDS', { least: 1, most: 3_600, fallback: 300 }),
  pingMillis: count('PING_MILLIS', { least: 1_000, most: 600_000, fallback: 30_000 }),
};

import { choice, count, flag, httpProtocols, type Setting, share, text, url } from './settings.ts';
import type { Level } from './log.ts';

const levels: Readonly<Record<string, Level>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
};

const logLevel: Setting<Level> = {
  name: 'LOG_LEVEL',
  secret: false,
  read(given) {
    const value = levels[(given ?? 'info').toLowerCase()];
    return value === undefined ? { write: 'one of debug, info, warning, error' } : { value };
  },
};

/** What every service can be told by its platform. */
export const serviceSettings = {
  port: count('PORT', { least: 0, most: 65_535, fallback: 3_000 }),
  host: text('HOST', '127.0.0.1'),
  revision: text('FAIRWAY_REVISION', 'none'),
  version: text('APP_VERSION', '1'),
  environment: text('FAIRWAY_ENVIRONMENT', 'development'),
  logLevel,
  /** One line per request; those of busy services may be too many. */
  logRequests: flag('LOG_REQUESTS', true),
  /** From the signal to stop until what is still under way is cut. Keep it below the time your platform waits before it kills. */
  graceMillis: count('SHUTDOWN_GRACE_MILLIS', { least: 0, most: 3_600_000, fallback: 30_000 }),
  /** How long after the signal new connections are still accepted, for routers that learn of the end by and by. Part of the grace. */
  drainMillis: count('SHUTDOWN_DRAIN_MILLIS', { least: 0, most: 600_000, fallback: 100 }),
  otlp: url('OTEL_EXPORTER_OTLP_ENDPOINT', httpProtocols, null),
  /** Shares of whole traces that are sent on. */
  keepSuccesses: share('TRACES_KEEP_SUCCESSES', 0.1),
  keepErrors: share('TRACES_KEEP_ERRORS', 1),
  flagsUrl: url('OFREP_URL', httpProtocols, null),
  role: choice('FAIRWAY_ROLE', ['active', 'passive'], 'active'),
  faultErrorShare: share('FAULT_ERROR_SHARE', 0),
  faultDelayMillis: count('FAULT_DELAY_MILLIS', { least: 0, most: 60_000, fallback: 0 }),
} as const;

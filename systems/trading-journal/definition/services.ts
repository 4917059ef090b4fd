import type { SystemInput } from 'fairway';
import { jobs, outboxMillis } from './data.ts';

/** Requests of one address in a minute. The edge counts them itself, in Redis, for all its replicas on every target. */
const perMinute = { all: 120, login: 20 };

const common = ['services/common'];
const command: [string, ...string[]] = ['node', 'main.ts'];
const probes = { live: '/healthz', ready: '/readyz' };
const small = { memory: '512MiB', cpu: '500m' };
const image = { base: 'node:24-slim', user: 1_000, readOnlyRoot: true, dropCapabilities: ['ALL'] };
/** Shorter than the ten seconds from SIGTERM to SIGKILL. */
const leaving = { SHUTDOWN_GRACE_MILLIS: 8_000 };
const program = { include: common, command, image, resources: small, probes };

/** Edge is reached by browsers; core and ai only by other services; workers take jobs from queues. */
export const services = {
  edge: {
    ...program,
    role: 'Cookie sessions, CSRF, rate limits, security headers, WebSocket fan-out; asks core for the rest',
    folder: 'services/edge',
    exposure: 'public',
    routes: ['/*'],
    endpoints: ['POST /auth/login', 'POST /auth/logout', 'GET /auth/me', 'GET /ws', '/api/*'],
    needs: ['core', 'queue'],
    calls: { core: 'mtls' },
    env: {
      ...leaving,
      RATE_LIMIT_PER_MINUTE: perMinute.all,
      LOGIN_LIMIT_PER_MINUTE: perMinute.login,
    },
    secrets: ['SESSION_SECRET', 'JWT_SECRET'],
    affinity: { cookie: 'fairway_arm', lifetime: '1d' },
    strategy: 'canary',
    replicas: 2,
    protection: {
      rateLimits: {
        all: { limit: `${perMinute.all}/min`, per: 'ip' },
        login: { limit: `${perMinute.login}/min`, per: 'ip', paths: ['/auth/login'] },
      },
      headers: [
        'Content-Security-Policy',
        'Strict-Transport-Security',
        'Referrer-Policy',
        'Permissions-Policy',
      ],
      csrf: true,
      firewall: true,
      bodyLimit: '1MB',
      authentication: 'cookie',
    },
  },
  core: {
    ...program,
    role: 'Domain API, audit, outbox, puts jobs into queues',
    folder: 'services/core',
    domains: ['api.internal'],
    endpoints: ['/trades', '/reflections', '/imports', '/simulations', '/digests', '/exports', '/brokers'],
    needs: ['database', 'queue', 'ai'],
    calls: { ai: 'hmac', workers: 'queue' },
    env: {
      ...leaving,
      DEMO_USERS: false,
      OUTBOX_INTERVAL_MILLIS: outboxMillis,
      JOB_RETRIES: jobs.retries,
      JOB_BACKOFF_MILLIS: jobs.backoffMillis,
    },
    secrets: [
      'JWT_SECRET',
      'AI_HMAC_SECRET',
      'AI_HMAC_SECRET_PREVIOUS',
      'DATA_KEY',
      'DATA_KEY_PREVIOUS',
      'PROBE_PASSWORD',
    ],
    strategy: 'canary',
    replicas: 2,
    protection: { authentication: 'jwt', idempotencyKept: '24h', audit: true },
  },
  workers: {
    ...program,
    role: 'Takes jobs: import, score, simulate, digest',
    folder: 'services/workers',
    traffic: 'none',
    needs: ['database', 'queue', 'ai', 'files'],
    calls: { ai: 'hmac' },
    env: {
      ...leaving,
      IMPORT_CONCURRENCY: jobs.imports,
      SCORE_CONCURRENCY: jobs.scores,
      SIMULATION_CONCURRENCY: jobs.simulations,
      DIGEST_CONCURRENCY: jobs.digests,
    },
    consumes: ['q_import', 'q_score', 'q_sim', 'q_digest'],
    consumer: { pause: '/-/pause', resume: '/-/resume' },
    secrets: ['AI_HMAC_SECRET', 'AI_HMAC_SECRET_PREVIOUS', 'DATA_KEY', 'DATA_KEY_PREVIOUS'],
    strategy: 'rolling',
    replicas: 1,
  },
  ai: {
    ...program,
    role: 'Deterministic indicators and coaching',
    folder: 'services/ai',
    domains: ['ai.internal'],
    endpoints: ['POST /v1/indicators', 'POST /v1/coach'],
    env: leaving,
    secrets: ['AI_HMAC_SECRET', 'AI_HMAC_SECRET_PREVIOUS'],
    strategy: 'rolling',
    replicas: 1,
    protection: { authentication: 'hmac', signatureSkew: '5m', bodyLimit: '256KB' },
  },
} satisfies SystemInput['services'];

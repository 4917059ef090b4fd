import { defineSystem } from 'fairway';
import { operations, slo } from './definition/operations.ts';

/** Edge is reached by browsers; core and ai only by other services; workers take jobs from queues. */
const common = ['services/common'];
const probes = { live: '/healthz', ready: '/readyz' };
const small = { memory: '512MiB', cpu: '500m' };
const retried = { store: 'queue', retries: 5, backoff: '1s', backoffFactor: 2 };
const check = { kind: 'command', folder: 'checks', include: common, every: '60s', timeout: '30s' } as const;

export default defineSystem({
  name: 'trading-journal',
  description:
    'A journal for traders: imports fills, scores them, coaches, and delivers results as they happen.',
  version: '1.0',
  objectives: ['low burn', 'smooth scale', 'security first', 'fast, reversible delivery'],

  services: {
    edge: {
      role: 'Cookie sessions, CSRF, rate limits, security headers, WebSocket fan-out; asks core for the rest',
      folder: 'services/edge',
      include: common,
      command: ['node', 'main.ts'],
      exposure: 'public',
      routes: ['/*'],
      endpoints: ['POST /auth/login', 'POST /auth/logout', 'GET /auth/me', 'GET /ws', '/api/*'],
      needs: ['core', 'queue'],
      calls: { core: 'mtls' },
      secrets: ['SESSION_SECRET', 'JWT_SECRET'],
      affinity: { cookie: 'fairway_arm', lifetime: '1d' },
      strategy: 'canary',
      replicas: 2,
      resources: small,
      probes,
      protection: {
        rateLimits: {
          all: { limit: '120/min', per: 'ip' },
          login: { limit: '20/min', per: 'ip', paths: ['/auth/login'] },
        },
        headers: [
          'Content-Security-Policy',
          'Strict-Transport-Security',
          'Referrer-Policy',
          'Permissions-Policy',
        ],
        csrf: true,
        firewall: true,
        authentication: 'cookie',
      },
    },
    core: {
      role: 'Domain API, audit, outbox, puts jobs into queues',
      folder: 'services/core',
      include: common,
      command: ['node', 'main.ts'],
      endpoints: ['/trades', '/reflections', '/imports', '/simulations', '/digests', '/exports'],
      needs: ['database', 'queue', 'ai'],
      calls: { ai: 'hmac', workers: 'queue' },
      env: { DEMO_USERS: false },
      secrets: ['JWT_SECRET', 'AI_HMAC_SECRET', 'AI_HMAC_SECRET_PREVIOUS', 'DATA_KEY', 'PROBE_PASSWORD'],
      strategy: 'canary',
      replicas: 2,
      resources: small,
      probes,
      protection: { authentication: 'jwt', idempotencyKept: '24h', audit: true },
    },
    workers: {
      role: 'Takes jobs: import, score, simulate, digest',
      folder: 'services/workers',
      include: common,
      command: ['node', 'main.ts'],
      traffic: 'none',
      needs: ['database', 'queue', 'ai', 'files'],
      calls: { ai: 'hmac' },
      consumes: ['q_import', 'q_score', 'q_sim', 'q_digest'],
      consumer: { pause: '/-/pause', resume: '/-/resume' },
      secrets: ['AI_HMAC_SECRET', 'AI_HMAC_SECRET_PREVIOUS', 'DATA_KEY'],
      strategy: 'rolling',
      replicas: 1,
      resources: small,
      probes,
    },
    ai: {
      role: 'Deterministic indicators and coaching',
      folder: 'services/ai',
      include: common,
      command: ['node', 'main.ts'],
      endpoints: ['POST /v1/indicators', 'POST /v1/coach'],
      secrets: ['AI_HMAC_SECRET', 'AI_HMAC_SECRET_PREVIOUS'],
      strategy: 'rolling',
      replicas: 1,
      resources: small,
      probes,
      protection: { authentication: 'hmac', signatureSkew: '5m', bodyLimit: '256KB' },
    },
  },

  stores: {
    database: {
      kind: 'postgres',
      role: 'Trades, reflections, audit, outbox',
      version: 16,
      database: 'journal',
      zones: 'single',
      encrypted: true,
    },
    queue: {
      kind: 'redis',
      role: 'Queues and cached simulations; all of it can be made again from the database',
      persistence: 'none',
      evictionPolicy: 'noeviction',
      lifetimes: { simulations: '1h' },
    },
    files: {
      kind: 'bucket',
      role: 'Digests and exports',
      versioning: true,
      access: 'private',
      encrypted: true,
      transitions: [
        { after: '30d', to: 'infrequent access' },
        { after: '90d', to: 'archive' },
      ],
    },
  },

  queues: {
    q_import: {
      ...retried,
      role: 'Fills of a broker, 90 days at a time',
      deadLetters: 'q_import_dlq',
      alertDepth: 100,
      perUser: 1,
      perUserWindow: '90d',
      shardBy: 'user',
    },
    q_score: { ...retried, deadLetters: 'q_score_dlq' },
    q_sim: { ...retried, deadLetters: 'q_sim_dlq' },
    q_digest: { ...retried, deadLetters: 'q_digest_dlq' },
  },
  outbox: { store: 'database', table: 'outbox', every: '250ms', by: 'polling' },

  secrets: {
    SESSION_SECRET: { role: 'Signs session cookies', generate: 32, hardware: true },
    JWT_SECRET: { role: 'Signs the tokens between edge and core', generate: 32, hardware: true },
    AI_HMAC_SECRET: {
      role: 'Signs calls of ai',
      generate: 32,
      rotate: '30d',
      overlap: '24h',
      previous: 'AI_HMAC_SECRET_PREVIOUS',
    },
    AI_HMAC_SECRET_PREVIOUS: { role: 'The one before, valid during the overlap', generate: 32 },
    DATA_KEY: { role: 'Encrypts the keys of brokers', generate: 32, rewrap: '90d' },
    PROBE_PASSWORD: { role: 'Lets the checks log in as their own user', generate: 32 },
  },
  flags: {
    HEURISTICS_ONLY: { default: true, role: 'Coaching without a model', killSwitch: true },
    FEATURE_VENDOR_FALLBACK: false,
    FEATURE_BINANCE: false,
  },

  checks: {
    login: {
      ...check,
      role: 'GET /auth/me with a cookie, 50 times: 95th percentile below 250 ms',
      command: ['node', 'login.ts'],
      secrets: ['PROBE_PASSWORD'],
      needs: ['edge'],
    },
    reflect: {
      ...check,
      role: 'A synthetic row of the outbox reaches a WebSocket in less than 3 s',
      command: ['node', 'reflect.ts'],
      secrets: ['PROBE_PASSWORD'],
      needs: ['edge', 'database'],
    },
    import: {
      ...check,
      role: 'A synthetic import is at 100% in less than 60 s',
      command: ['node', 'import.ts'],
      secrets: ['PROBE_PASSWORD'],
      needs: ['edge'],
      timeout: '75s',
    },
    ai: {
      ...check,
      role: 'Indicators of a fixture have the same hash as ever',
      command: ['node', 'ai.ts'],
      needs: ['ai'],
      secrets: ['AI_HMAC_SECRET'],
    },
  },

  release: {
    strategy: 'rolling',
    canary: { steps: [{ weight: '10%', hold: '30m' }] },
    gate: { errorShare: '1%', slowerThan: '250ms', slowShare: '5%', checks: slo },
    keepOld: '30m',
    migrations: { service: 'core', folder: 'services/core/migrations', store: 'database' },
    rollback: { automatic: true, keep: 3 },
  },

  ...operations,

  environments: {
    dev: {
      target: 'local',
      purpose: 'Development and demonstrations on one machine',
      trigger: { on: 'pull-request' },
      data: { kind: 'ephemeral' },
      platform: { kind: 'compose', cpu: 2, memory: '8GB' },
      services: {
        core: { env: { DEMO_USERS: true } },
        edge: { env: { RATE_LIMIT_PER_MINUTE: 0, LOGIN_LIMIT_PER_MINUTE: 0 } },
      },
      release: {
        canary: { steps: [{ weight: '10%', hold: '20s' }] },
        // Two versions and everything else share the processors here: what one is slower by says little about it.
        gate: {
          minimumRequests: 50,
          slowerThan: '1s',
          slowShare: '10%',
          latencyTolerance: '250ms',
          interval: '1s',
        },
        keepOld: '2m',
      },
      checks: {
        login: { every: '10s' },
        reflect: { every: '10s' },
        import: { every: '15s' },
        ai: { every: '10s' },
      },
      acceptLoss: { reason: 'a single machine for development; staging and prod keep what is declared' },
    },
    staging: {
      target: 'docker',
      purpose: 'End to end before production',
      isolation: 'like production',
      domains: ['staging.app.example.com'],
      trigger: { on: 'branch', pattern: 'main' },
      data: { kind: 'masked', from: 'prod' },
      stores: { database: { backup: { full: { every: '1d', keep: '14d' }, pointInTime: '14d' } } },
      platform: { kind: 'compose', cpu: 2, memory: '8GB' },
    },
    prod: {
      target: 'kubernetes',
      purpose: 'Live users',
      isolation: 'dedicated',
      domains: ['app.example.com'],
      trigger: { on: 'tag', pattern: 'v*', after: 'staging' },
      data: { kind: 'real' },
      stores: {
        database: {
          backup: { full: { every: '1d', keep: '30d' }, logEvery: '5m', pointInTime: '30d', encrypted: true },
        },
      },
      release: {
        migrations: { window: 'night' },
        purge: ['app'],
        checklist: 'go live',
      },
      windows: { night: { days: ['sun'], from: '02:00', until: '04:00', zone: 'Asia/Singapore' } },
      platform: {
        kind: 'serverless containers',
        region: 'Southeast Asia',
        zones: 1,
        options: { k3s: 'two or three small machines for a steady load' },
      },
    },
  },
});

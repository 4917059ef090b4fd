import { defineSystem } from 'fairway';

/** Edge is reached by browsers; core and ai only by other services; workers take jobs from queues. */
const common = ['services/common'];
const probes = { live: '/healthz', ready: '/readyz' };
const small = { memory: '512MiB', cpu: '500m' };
const retried = { store: 'queue', retries: 5, backoff: '1s', backoffFactor: 2 };
const check = { kind: 'command', folder: 'checks', include: common, every: '60s', timeout: '30s' } as const;
const slo = ['login', 'reflect', 'import', 'ai'];
const tellTeam = { for: '5m', channels: ['team'] };
const busy = { metric: 'cpu', target: '70%' } as const;
const pace = { upEvery: '60s', downEvery: '300s' };

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
    rollback: { automatic: true, keep: 3 },
  },

  scaling: {
    edge: { min: 2, max: 6, metrics: [{ metric: 'connections', target: 500 }, busy], ...pace },
    core: { min: 1, max: 2, metrics: [{ metric: 'latency-p95', target: '250ms' }, busy], ...pace },
    workers: { min: 1, max: 10, metrics: [{ metric: 'queue-depth', of: 'q_import', target: 100 }], ...pace },
    ai: { min: 1, max: 4, metrics: [{ metric: 'requests', target: '20/s' }, busy], ...pace },
  },

  resilience: {
    timeouts: { database: '5s', ai: '10s' },
    retries: { most: 3, first: '1s', factor: 2 },
    breaker: { failures: 5, halfOpenAfter: '30s' },
  },

  channels: { team: { kind: 'slack', to: 'journal' }, duty: { kind: 'pager', to: 'journal on call' } },
  alerts: {
    delivery: {
      measure: 'p95(event_delivery_lag_ms)',
      above: '3s',
      ...tellTeam,
      levers: ['raise the concurrency of score', 'more memory for Redis', 'keep more replicas of ai'],
    },
    imports: {
      measure: 'queue_depth(q_import)',
      of: 'workers',
      above: 100,
      ...tellTeam,
      levers: ['more replicas of workers', 'a shorter window per user', 'back off from the broker'],
    },
    'slow core': {
      measure: 'p95(http)',
      of: 'core',
      above: '250ms',
      ...tellTeam,
      levers: ['one more replica of core', 'pool connections', 'a read replica'],
    },
    'edge unavailable': {
      measure: 'availability',
      of: 'edge',
      below: '99.5%',
      for: '5m',
      severity: 'critical',
      channels: ['duty'],
      levers: ['one more replica of edge', 'a higher limit of connections', 'scale on connections'],
    },
    'database under pressure': {
      measure: 'pg_locks waiting',
      of: 'database',
      above: 20,
      ...tellTeam,
      levers: ['a larger instance', 'a read replica for reports', 'indexes and partitions'],
      runbook: 'restore-from-backup',
    },
    evictions: {
      measure: 'evictions_total',
      of: 'queue',
      above: 0,
      channels: ['team'],
      levers: ['more memory', 'shorter lives of keys', 'spread hot keys'],
    },
  },
  observability: {
    logs: { format: 'json', keep: '30d' },
    traces: { sample: '10%', sampleErrors: '100%', propagation: 'w3c' },
    metrics: { path: '/metrics', dashboards: ['services', 'redis', 'queues'] },
  },

  network: {
    deny: 'rest',
    allow: [
      { from: 'internet', to: 'edge', via: 'https' },
      { from: 'edge', to: 'core', via: 'mtls' },
      { from: 'edge', to: 'queue' },
      { from: 'core', to: 'ai', via: 'https' },
      { from: 'core', to: 'database' },
      { from: 'core', to: 'queue' },
      { from: 'workers', to: 'ai', via: 'https' },
      { from: 'workers', to: 'database' },
      { from: 'workers', to: 'queue' },
      { from: 'workers', to: 'files' },
    ],
    tls: { scope: 'everywhere', mutual: 'required', hsts: true },
    cdn: { http3: true, websockets: true, firewall: true },
    dnsLifetime: '60s',
  },
  security: { scan: true, partsList: true, signed: true, audit: true },
  recovery: { rto: '4h', rpo: '15m', drillEvery: '30d' },
  cost: { levers: ['fewest replicas', 'serverless data', 'simulations live 1h', 'one region'] },

  pipeline: {
    build: {
      does: ['image per service', 'pinned runtimes', 'list of parts', 'scan', 'signature'],
      on: ['pull-request', 'branch'],
    },
    test: {
      does: ['unit', 'contract', 'integration', 'end to end on the test composition'],
      on: ['pull-request', 'branch'],
    },
    staging: { does: ['release main', 'end to end'], on: ['branch'], environment: 'staging' },
    prod: { does: ['canary, then all of it'], on: ['tag'], environment: 'prod', checks: slo },
  },
  checklists: {
    'go live': {
      when: 'before the first users',
      items: [
        'DNS lives 60 s and the canary is warm',
        'backups are tested, with recovery to a point in time',
        'no evictions in the load test',
        'checks are green for 30 minutes at 10%',
        'flags have their safest values',
        'runbooks and people on call are there',
      ],
    },
  },
  runbooks: {
    'restore-from-backup': {
      when: 'data is lost or wrong',
      steps: [
        'stop writes',
        'restore the last full copy',
        'replay the log to the point in time',
        'run the checks',
        'open for writes',
      ],
    },
  },
  phases: {
    1: { does: ['a database of its own', 'a read replica'] },
    2: { does: ['workers per queue', 'shards by user'] },
    3: { does: ['LISTEN/NOTIFY', 'Redis for caches only'] },
    4: { does: ['a second region for edge', 'WebSockets fan out per region'] },
    5: { does: ['managed Kubernetes, data stays'] },
  },
  decisions: ['providers', 'serverless or dedicated data', 'several regions and where data may be'],

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
        gate: { minimumRequests: 50, slowerThan: '1s', slowShare: '10%', interval: '1s' },
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
        migrations: { service: 'core', command: ['node', 'migrate.ts'], window: 'night' },
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

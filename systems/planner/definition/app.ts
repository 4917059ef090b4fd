import type { SystemInput } from 'fairway';

/** The one program: pages, engine, analysis, reports and cache. */
export const app = {
  role: 'Pages, Monte Carlo engine, analysis, PDF, cache',
  folder: 'services/app',
  command: ['node', 'main.ts'],
  port: 8501,
  exposure: 'public',
  routes: ['/*'],
  endpoints: [
    'POST /api/simulations',
    'GET /api/simulations/{id}',
    'POST /api/analysis',
    'POST /api/reports',
    'POST /api/uploads',
    'GET /api/settings',
  ],
  needs: ['postgres', 'redis'],
  secrets: ['SECRET_KEY', 'SECRET_KEY_PREVIOUS'],
  env: {
    DEBUG: false,
    LOG_LEVEL: 'INFO',
    CACHE_TTL: 600,
    CACHE_BYTES: 500_000_000,
    SHUTDOWN_GRACE_MILLIS: 30_000,
  },
  // Nothing of a session is kept in a replica; it is pages of one version that must stay together.
  affinity: { cookie: 'planner_arm', lifetime: '1d' },
  resources: { memory: '1GiB', cpu: '1', disk: '100MB' },
  image: {
    base: 'node:24-slim',
    user: 1000,
    readOnlyRoot: true,
    dropCapabilities: ['ALL'],
    largest: '330MB',
  },
  probes: {
    live: { path: '/health', timeout: '1s' },
    ready: { path: '/ready', timeout: '1s' },
    // Slow to start is no fault: 24 questions, 5 s apart, are 120 s.
    startup: { path: '/startup', interval: '5s', timeout: '1s', failures: 24 },
  },
  // Runs under way are finished for 30 s; what takes longer is told to try again, so that it ends before the kill.
  shutdown: { drain: '30s', grace: '40s' },
  protection: {
    authentication: 'jwt',
    audit: true,
    bodyLimit: '10MB',
    headers: [
      'Content-Security-Policy',
      'Strict-Transport-Security',
      'X-Content-Type-Options',
      'Referrer-Policy',
      'Permissions-Policy',
    ],
    inputs: {
      portfolio: { min: 1_000, max: 100_000_000, unit: 'dollars' },
      spending: { min: 0, max: 1_000_000, unit: 'dollars a year' },
      scenarios: { min: 10, max: 10_000, rule: 'MAX_SCENARIOS of the environment at most' },
      years: { min: 1, max: 100 },
      equity: { min: 0, max: 100, unit: 'percent' },
      inflation: { min: 0, max: 15, unit: 'percent a year' },
      upload: { size: '10MB', rule: 'PDF smaller than this, known by its first bytes' },
      text: { rule: 'HTML and scripts are stripped' },
    },
  },
  resilience: {
    timeouts: {
      health: '1s',
      cache: '100ms',
      database: '5s',
      // For each 1,000 scenarios begun; 50 s at most, so that it stays below that of the request.
      simulation: '5s',
      pdf: '30s',
      request: '60s',
    },
    // Three attempts after the first; the last wait is listed in the profile and never reached.
    retries: { most: 3, waits: ['0s', '1s', '2s', '4s', '8s'] },
    breaker: { failures: 5, halfOpenAfter: '30s', trials: 1 },
  },
} satisfies NonNullable<SystemInput['services']>[string];

import type { SystemInput } from 'fairway';

/** One program; the balancer stands before it, the stores behind. */
export const services = {
  'customer-service': {
    role: 'Issues tokens; creates, reads, changes and deletes customers; keeps the audit trail',
    folder: 'services/customer-service',
    command: ['node', 'main.ts'],
    port: 8080,
    exposure: 'public',
    routes: ['/*'],
    endpoints: [
      'POST /auth/login',
      'POST /auth/refresh',
      'POST /auth/logout',
      'GET /customers',
      'POST /customers',
      'GET /customers/{id}',
      'PUT /customers/{id}',
      'DELETE /customers/{id}',
      'GET /audit',
      'POST /users',
      'GET /assets/openapi.json',
    ],
    needs: ['database', 'cache'],
    env: { LOG_LEVEL: 'info', SESSION_LIFETIME: '30m', CUSTOMER_LIFETIME: '5m', DATABASE_POOL: 10 },
    secrets: ['JWT_KEY', 'JWT_KEY_PREVIOUS', 'ADMIN_PASSWORD', 'PROBE_PASSWORD'],
    replicas: 2,
    resources: { memory: '512MiB', cpu: '500m' },
    probes: {
      live: { path: '/health', interval: '10s' },
      ready: { path: '/ready', interval: '5s' },
      startup: { path: '/startup', interval: '2s', failures: 30 },
    },
    shutdown: { drain: '30s', grace: '30s' },
    protection: {
      authentication: 'jwt',
      audit: true,
      idempotencyKept: '24h',
      bodyLimit: '64KB',
      rateLimits: {
        all: { limit: '600/min', per: 'user' },
        login: { limit: '20/min', per: 'ip', paths: ['/auth/login', '/auth/refresh'] },
      },
      inputs: {
        name: { min: 1, max: 200, unit: 'characters' },
        email: { max: 254, unit: 'characters', rule: 'an address; used by one customer only' },
        page: { min: 1, max: 200, unit: 'customers' },
      },
    },
    resilience: { timeouts: { database: '5s', cache: '100ms' } },
  },
} satisfies SystemInput['services'];

import { defineSystem } from 'fairway';
import { delivery } from './definition/delivery.ts';
import { environments } from './definition/environments.ts';
import { operations, smoke } from './definition/operations.ts';
import { services } from './definition/services.ts';

/** Authentication and customers: one service, three ways to run it. */
export default defineSystem({
  name: 'customer-service',
  description: 'Issues tokens, keeps customers, and remembers who did what with them.',
  version: '1.0',
  owner: 'customer platform team',
  objectives: ['customers are never lost', 'every access is on record', 'simple to run'],
  changelog: [{ date: '2026-02-27', version: '1.0', change: 'Deployment architecture and strategy' }],

  services,

  stores: {
    database: {
      kind: 'postgres',
      role: 'Users, sessions, customers, audit trail',
      version: 16,
      database: 'customers',
      pooler: { max: 100, perReplica: 10 },
      encrypted: true,
      tls: true,
      backup: {
        full: { every: '1d', keep: '14d' },
        logEvery: '15m',
        pointInTime: '14d',
        encrypted: true,
      },
    },
    cache: {
      kind: 'redis',
      role: 'Sessions and customers that were read lately; nothing is lost with it',
      optional: true,
      persistence: 'none',
      evictionPolicy: 'allkeys-lru',
      memory: '128MiB',
      tls: true,
      lifetimes: { session: '30m', customer: '5m' },
    },
  },

  secrets: {
    JWT_KEY: {
      role: 'Signs access tokens',
      generate: 32,
      rotate: '90d',
      overlap: '24h',
      previous: 'JWT_KEY_PREVIOUS',
    },
    JWT_KEY_PREVIOUS: { role: 'The key before, good during the overlap', generate: 32 },
    ADMIN_PASSWORD: { role: 'First administrator, who adds the other users', generate: 24 },
    PROBE_PASSWORD: { role: 'Lets the checks log in as their own user', generate: 24 },
  },

  checks: {
    health: {
      kind: 'http',
      role: 'Every replica answers GET /health; 95th percentile below 100 ms',
      service: 'customer-service',
      path: '/health',
      samples: 50,
      p95: '100ms',
    },
    ready: {
      kind: 'http',
      role: 'The database answers',
      service: 'customer-service',
      path: '/ready',
      samples: 10,
      p95: '500ms',
    },
    'login-read': {
      kind: 'command',
      role: 'Log in, refresh, read customers 30 times: 95th percentile below 500 ms',
      folder: 'checks',
      command: ['node', 'login-read.ts'],
      needs: ['customer-service'],
      secrets: ['PROBE_PASSWORD'],
    },
  },

  release: {
    strategy: 'rolling',
    rolling: { surge: 1, unavailable: 0, settle: '10s' },
    blueGreen: { preview: '1m', keepOld: '1h' },
    watch: '5m',
    gate: { errorShare: '5%', slowerThan: '500ms', slowShare: '5%', checks: smoke },
    keepOld: '1h',
    migrations: {
      service: 'customer-service',
      folder: 'services/customer-service/migrations',
      store: 'database',
    },
    rollback: { automatic: true, within: '5m', steps: ['scripts/rollback.sh'], keep: 3 },
  },

  ...operations,
  ...delivery,
  environments,
});

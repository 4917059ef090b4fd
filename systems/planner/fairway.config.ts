import { defineSystem } from 'fairway';
import { app } from './definition/app.ts';
import { delivery } from './definition/delivery.ts';
import { environments } from './definition/environments.ts';
import { operations, slo } from './definition/operations.ts';

const check = { kind: 'command' as const, folder: 'checks', every: '60s', needs: ['app'] };

/** A planner of retirements: one program that simulates, analyses and prints. */
export default defineSystem({
  name: 'planner',
  description:
    'Simulates a retirement in a thousand possible futures, says what the figures mean, prints a report.',
  version: '1.0',
  owner: 'planning',
  objectives: ['answers within two seconds', 'the same plan, the same answer', 'works without any store'],
  documents: ['README.md'],

  services: { app },

  stores: {
    postgres: {
      kind: 'postgres',
      role: 'Simulations, the audit log',
      version: 16,
      database: 'planner',
      instance: 'db.t3.micro',
      managed: 'RDS',
      storage: '20GB',
      optional: true,
      encrypted: true,
      fallback: 'memory',
      // The log is shipped three times as often as the hour that may be lost asks for.
      backup: { full: { every: '1d', keep: '7d' }, logEvery: '15m', pointInTime: '7d', encrypted: true },
      cost: '$20',
    },
    redis: {
      kind: 'redis',
      role: 'Cache, sessions and rate limit of all replicas',
      version: 7,
      instance: 'cache.t3.micro',
      managed: 'ElastiCache',
      optional: true,
      memory: '500MB',
      persistence: 'snapshot',
      evictionPolicy: 'allkeys-lru',
      cost: '$15',
    },
    audit: {
      kind: 'bucket',
      role: 'Archive of the audit log',
      access: 'private',
      versioning: true,
      encrypted: true,
      expireAfter: '365d',
    },
  },

  secrets: {
    SECRET_KEY: {
      role: 'Signs the tokens of users',
      generate: 32,
      rotate: '90d',
      overlap: '24h',
      previous: 'SECRET_KEY_PREVIOUS',
    },
    SECRET_KEY_PREVIOUS: { role: 'The one before, valid during the overlap', generate: 32 },
  },

  checks: {
    ready: {
      kind: 'http',
      role: 'Every question for readiness is answered, the 95th percentile within 500 ms',
      service: 'app',
      path: '/ready',
      samples: 20,
      p95: '500ms',
      every: '60s',
    },
    simulate: {
      ...check,
      role: 'A plan has the same outcome as ever, within 2 s',
      command: ['node', 'simulate.ts'],
      timeout: '15s',
    },
    report: {
      ...check,
      role: 'A report is made, and opens again as its plan, within 30 s',
      command: ['node', 'report.ts'],
      timeout: '40s',
    },
  },

  release: {
    strategy: 'rolling',
    rolling: { surge: 1, unavailable: 0 },
    gate: { errorShare: '1%', slowerThan: '2s', slowShare: '5%', memory: '80%', checks: slo },
    keepOld: '1h',
    migrations: { service: 'app', folder: 'services/app/migrations', store: 'postgres' },
    rollback: { automatic: true, keep: 3 },
  },

  ...operations,
  ...delivery,
  environments,
});

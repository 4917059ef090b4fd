import { absent, all, either, money, named, present, rate, some } from '../expectations.ts';
import type { Table } from '../table.ts';

/** Environments and promotion. */
export const environments: Table = {
  'ENV-01': {
    about: 'own environments',
    for: 'TCKPM',
    T: [['system/environments', named('dev', 'staging', 'prod')]],
    C: [['system/environments', named('dev', 'staging', 'prod')]],
    K: [['system/environments', named('development', 'production')]],
    P: [['system/environments', named('dev', 'staging', 'prod')]],
    M: [['system/environments', named('dev', 'staging', 'prod')]],
  },
  'ENV-02': {
    about: 'dev: sandbox, ephemeral and seeded, per pull request',
    for: 'T',
    T: [
      ['dev/trigger/on', 'pull-request'],
      ['dev/data', { kind: 'ephemeral', seed: present }],
      ['dev/isolation', /shared/],
      ['dev/purpose', /developer/i],
    ],
    met: ['later'],
  },
  'ENV-03': {
    about: 'staging: like production, from main, masked data',
    for: 'T',
    T: [
      ['staging/trigger', { on: 'branch', pattern: 'main' }],
      ['staging/data', { kind: 'masked', from: 'prod' }],
      ['staging/isolation', /production/],
    ],
    met: ['systems/trading-journal/masking.test.ts', 'later'],
  },
  'ENV-04': {
    about: 'prod: live, dedicated, from a tag, backed up',
    for: 'T',
    T: [
      ['prod/trigger/on', 'tag'],
      ['prod/data/kind', 'real'],
      ['prod/isolation', 'dedicated'],
      ['prod/stores/database/backup', present],
    ],
    met: ['later'],
  },
  'ENV-05': {
    about: 'dev: one instance, store in memory, debug, reload',
    for: 'C',
    C: [
      ['dev/services/customer-service/replicas', 1],
      ['dev/services/customer-service/reload', true],
      ['dev/services/customer-service/env/LOG_LEVEL', /debug/i],
      ['dev/stores', some({ kind: 'postgres', fallback: 'memory' })],
    ],
    met: ['systems/customer-service/fallback.test.ts', 'later'],
  },
  'ENV-06': {
    about: 'staging: small cluster, a replica of Postgres, performance and integration tests',
    for: 'C',
    C: [
      ['staging/platform', { kind: /kubernetes/, nodes: [1, 2] }],
      ['staging/stores', some({ kind: 'postgres', standbys: 1 })],
      ['staging/pipeline', some({ does: some(/performance/i) })],
      ['staging/pipeline', some({ does: some(/integration/i) })],
    ],
    met: ['later'],
  },
  'ENV-07': {
    about: 'production: several zones, managed database, CDN, alarms, scaling, recovery',
    for: 'C',
    C: [
      ['prod/platform/zones', either(2, 3)],
      ['prod/stores', some({ kind: 'postgres', zones: 'multi', managed: present, backup: present })],
      ['prod/network/cdn', present],
      ['prod/alerts', present],
      ['prod/scaling', present],
      ['prod/recovery', present],
    ],
  },
  'ENV-08': {
    about: 'kianax-development',
    for: 'K',
    K: [
      ['development/domains', some('dev.kianax.io')],
      ['development/stores', some({ kind: 'postgres', instance: 'db.t3.small', zones: 'single' })],
      ['development/stores', some({ kind: 'redis', instance: 'cache.t3.micro' })],
      ['development/cost/monthly', money('$300')],
      ['development/trigger', { on: 'branch', pattern: 'develop' }],
      ['development/purpose', /feature testing/i],
    ],
    met: ['later'],
  },
  'ENV-09': {
    about: 'kianax-production',
    for: 'K',
    K: [
      ['production/domains', some('kianax.io')],
      ['production/stores', some({ kind: 'postgres', instance: 'db.t3.medium', zones: 'multi' })],
      ['production/stores', some({ kind: 'redis', instance: 'cache.t3.small', nodes: 3, shards: 3 })],
      ['production/cost/monthly', money('$1,200')],
      ['production/trigger', { on: 'branch', pattern: 'main' }],
      ['production/release/approval', absent],
    ],
    met: ['later'],
  },
  'ENV-10': {
    about: 'environments share nothing',
    for: 'K',
    K: [
      ['development/isolation', /cluster.*database.*secret.*pipeline/],
      ['production/isolation', /cluster.*database.*secret.*pipeline/],
    ],
    met: ['src/targets/local'],
  },
  'ENV-11': {
    about: 'eight values in each of three environments',
    for: 'P',
    P: [
      ['dev/services/app/env', { DEBUG: true, LOG_LEVEL: 'DEBUG', CACHE_TTL: 600, MAX_SCENARIOS: 1_000 }],
      ['dev/services/app/env', { DB_POOL_SIZE: 5, REDIS_ENABLED: false }],
      ['dev/services/app/protection/rateLimits', absent],
      ['dev/services/app/replicas', 1],
      ['staging/services/app/env', { DEBUG: false, LOG_LEVEL: 'INFO', CACHE_TTL: 1_800 }],
      ['staging/services/app/env', { MAX_SCENARIOS: 5_000, DB_POOL_SIZE: 10, REDIS_ENABLED: true }],
      ['staging/services/app/protection/rateLimits', some({ limit: rate('100/min'), per: 'ip' })],
      ['staging/services/app/replicas', 2],
      ['prod/services/app/env', { DEBUG: false, LOG_LEVEL: 'WARNING', CACHE_TTL: 3_600 }],
      ['prod/services/app/env', { MAX_SCENARIOS: 10_000, DB_POOL_SIZE: 20, REDIS_ENABLED: true }],
      ['prod/services/app/protection/rateLimits', some({ limit: rate('60/min'), per: 'ip' })],
      ['prod/services/app/replicas', 3],
      ['prod/scaling/app', { min: 3, max: 10 }],
    ],
  },
  'ENV-12': {
    about: 'balancer, cluster, Postgres, Redis, n8n; no balancer in development',
    for: 'M',
    M: [
      ['*/stores', all({ kind: 'postgres' }, { kind: 'redis' })],
      ['*/services/n8n', present],
      ['staging/network/balancer', present],
      ['prod/network/balancer', present],
      ['dev/network/balancer', absent],
      ['dev/platform/kind', /kind|minikube/i],
      [
        'prod/network/allow',
        all(
          { from: 'internet', to: 'balancer', via: either('https', 443) },
          { from: 'balancer', to: 'prod-api' },
          { from: 'prod-services', to: 'database' },
          { from: 'prod-services', to: 'cache' },
          { to: 'n8n' },
        ),
      ],
    ],
  },
  'ENV-13': {
    about: 'order of promotion and what stands before production',
    for: 'TCKPM',
    T: [
      ['prod/trigger', { on: 'tag', after: 'staging' }],
      ['prod/release/approval', absent],
    ],
    C: [
      ['prod/trigger', { on: 'manual', after: 'staging' }],
      ['prod/release/approval', present],
    ],
    K: [['production/release/approval', absent]],
    P: [
      ['prod/trigger/after', 'staging'],
      ['prod/release/approval', present],
    ],
    M: [
      ['prod/trigger', { on: 'manual', after: 'staging' }],
      ['prod/release/approval/role', 'release manager'],
    ],
    met: ['src/core/release/calendar.test.ts', 'later'],
  },
};

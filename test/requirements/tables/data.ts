import { all, atLeast, present, size, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

/** Postgres, Redis, objects, workflows, caches. */
export const data: Table = {
  'DBS-01': {
    about: 'managed, one zone, backed up to any moment',
    for: 'T',
    T: [
      ['prod/stores/database', { zones: 'single', managed: present, backup: { pointInTime: present } }],
      ['prod/decisions', some(/serverless/)],
    ],
    // To any moment: yes. Managed elsewhere: there is no target for that yet.
    met: ['src/stores/postgres/copies/copies.test.ts', 'src/core/recovery/retention.test.ts', 'later'],
  },
  'DBS-02': {
    about: 'a standby that takes over',
    for: 'C',
    C: [
      ['prod/stores', some({ kind: 'postgres', standbys: 1, zones: 'multi' })],
      ['staging/stores', some({ kind: 'postgres', standbys: 1 })],
    ],
    met: ['systems/customer-service/failover.test.ts', 'later'],
  },
  'DBS-03': {
    about: 'Postgres 16 of two sizes, encrypted, pooled, read replicas',
    for: 'K',
    K: [
      [
        'development/stores',
        some({ kind: 'postgres', version: '16', instance: 'db.t3.small', zones: 'single' }),
      ],
      [
        'production/stores',
        some({
          kind: 'postgres',
          version: '16',
          instance: 'db.t3.medium',
          zones: 'multi',
          encrypted: true,
          pooler: present,
          readReplicas: atLeast(1),
        }),
      ],
    ],
  },
  'DBS-04': {
    about: 'every table has user_id',
    for: 'K',
    met: ['systems/kianax/gdpr.test.ts'],
  },
  'DBS-05': {
    about: 'Postgres is optional; pools of 5, 10, 20',
    for: 'P',
    P: [
      ['prod/stores', some({ kind: 'postgres', optional: true, version: /^16/ })],
      ['dev/services/app/env/DB_POOL_SIZE', 5],
      ['staging/services/app/env/DB_POOL_SIZE', 10],
      ['prod/services/app/env/DB_POOL_SIZE', 20],
    ],
    met: ['systems/planner/services/app/planner.test.ts'],
  },
  'DBS-06': {
    about: 'sizes of the databases',
    for: 'M',
    M: [
      [
        'prod/stores',
        some({
          kind: 'postgres',
          instance: 'db-n1-standard-4',
          cpu: 4,
          memory: size('15GB'),
          storage: size('500GB'),
          growsStorage: true,
          zones: 'multi',
          backup: { full: { every: time('1d'), keep: time('30d') }, pointInTime: present },
        }),
      ],
      [
        'staging/stores',
        some({ kind: 'postgres', instance: 'db-n1-standard-2', cpu: 2, memory: size('7.5GB') }),
      ],
    ],
  },
  'DBS-07': {
    about: 'PgBouncer, 100 to 200; its exhaustion is seen',
    for: 'M',
    M: [
      ['prod/stores', some({ kind: 'postgres', pooler: { min: 100, max: 200, by: 'PgBouncer' } })],
      ['prod/alerts', some({ measure: /pool/ })],
    ],
    met: ['later'],
  },
  'RED-01': {
    about: 'queue and cache, nothing kept',
    for: 'T',
    T: [['*/stores/queue', { kind: 'redis', persistence: 'none', evictionPolicy: 'noeviction' }]],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'RED-02': {
    about: 'Redis 7 of two sizes, three shards, copies',
    for: 'K',
    K: [
      ['development/stores', some({ kind: 'redis', version: '7', instance: 'cache.t3.micro' })],
      [
        'production/stores',
        some({
          kind: 'redis',
          version: '7',
          instance: 'cache.t3.small',
          nodes: 3,
          shards: 3,
          persistence: 'snapshot',
        }),
      ],
    ],
    // Copies are there; shards and sizes are not on this target.
    met: ['src/stores/redis/copies.test.ts', 'later'],
  },
  'RED-03': {
    about: 'Redis 7, optional, cache.t3.micro',
    for: 'P',
    P: [['prod/stores', some({ kind: 'redis', version: /^7/, optional: true, instance: 'cache.t3.micro' })]],
    met: ['systems/planner/services/app/cache/cache.test.ts', 'kit/src/rate-limit.test.ts'],
  },
  'RED-04': {
    about: '5 GB, replicated; a policy for caches and one for queues; 1 GB in staging',
    for: 'M',
    M: [
      [
        'prod/stores',
        all(
          { kind: 'redis', evictionPolicy: 'allkeys-lru' },
          { kind: 'redis', evictionPolicy: 'noeviction' },
        ),
      ],
      [
        'prod/stores',
        (value) => {
          const total = Object.values(value as Record<string, { kind: string; memory?: number }>)
            .filter(({ kind }) => kind === 'redis')
            .reduce((sum, { memory }) => sum + (memory ?? 0), 0);
          return near(total, size('5GB')) ? null : '5 GB of Redis, the instances together';
        },
      ],
      ['prod/stores', some({ kind: 'redis', standbys: atLeast(1) })],
      [
        'staging/stores',
        (value) => {
          const total = Object.values(value as Record<string, { kind: string; memory?: number }>)
            .filter(({ kind }) => kind === 'redis')
            .reduce((sum, { memory }) => sum + (memory ?? 0), 0);
          return near(total, size('1GB')) ? null : '1 GB of Redis, the instances together';
        },
      ],
    ],
  },
  'RED-05': {
    about: 'queues of webhooks and usage',
    for: 'M',
    M: [
      [
        '*/queues',
        (value) => (/webhook/.test(names(value)) && /usage/.test(names(value)) ? null : 'webhooks and usage'),
      ],
    ],
    met: ['systems/maxai/webhooks.test.ts'],
  },
  'RED-06': {
    about: 'Redis is optional',
    for: 'C',
    C: [['prod/stores', some({ kind: 'redis', optional: true, lifetimes: present })]],
    met: ['systems/customer-service/cache.test.ts'],
  },
  'RED-07': {
    about: 'a dashboard shows no evictions',
    for: 'T',
    T: [
      ['prod/observability/metrics/dashboards', some('redis')],
      ['prod/checklists', some({ items: some(/evictions/) })],
    ],
    met: ['later'],
  },
  'OBJ-01': {
    about: 'encrypted, versions, private, cheaper after 30 days',
    for: 'T',
    T: [
      [
        'prod/stores/files',
        {
          kind: 'bucket',
          encrypted: true,
          versioning: true,
          access: 'private',
          transitions: [{ after: time('30d') }, { after: time('90d') }],
        },
      ],
    ],
    met: ['later'],
  },
  'OBJ-02': {
    about: 'digests and exports; the database keeps the latest',
    for: 'T',
    T: [
      ['*/stores/files', { kind: 'bucket', role: /digests.*exports/i }],
      ['*/services/workers/needs', some('files')],
    ],
    met: ['systems/trading-journal/workers.test.ts'],
  },
  'OBJ-03': {
    about: 'audit logs for a year',
    for: 'P',
    P: [['prod/stores', some({ kind: 'bucket', expireAfter: time('365d') })]],
    met: ['src/stores/bucket/lifecycle.test.ts'],
  },
  'N8N-01': {
    about: 'n8n on a machine of its own',
    for: 'M',
    M: [
      [
        'prod/services/n8n',
        { hosting: { kind: 'machine' }, exposure: 'vpn', resources: { cpu: 2, memory: size('8GB') } },
      ],
      ['prod/stores', some({ kind: 'postgres', tenants: present })],
    ],
    met: ['later'],
  },
  'CCH-01': {
    about: '500 MB, lookups of 100 ms',
    for: 'P',
    P: [
      ['prod/services/app/resilience/timeouts/cache', time('100ms')],
      ['prod/services/app/env/CACHE_TTL', 3_600],
      ['prod/services/app/env/CACHE_BYTES', 500_000_000],
    ],
    met: ['systems/planner/services/app/cache/cache.test.ts'],
  },
  'CCH-02': {
    about: 'sessions 24 h, flags 5 min, rate limits 1 min',
    for: 'M',
    M: [['prod/stores', some({ kind: 'redis', lifetimes: all(time('24h'), time('5m'), time('1m')) })]],
    met: ['systems/maxai/maxai.test.ts'],
  },
  'CCH-03': {
    about: 'static files and public answers at the CDN',
    for: 'M',
    M: [
      ['prod/network/cdn/cache', some(time('30s'))],
      ['prod/services/portal-web/hosting/revalidate', present],
    ],
    met: ['later'],
  },
  'CCH-04': {
    about: 'static files at the CDN',
    for: 'C',
    C: [['prod/network/cdn/cache', present]],
    met: ['later'],
  },
};

function names(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.keys(value).join() : '';
}

const near = (value: number, wanted: number) => Math.abs(value - wanted) <= wanted * 0.03;

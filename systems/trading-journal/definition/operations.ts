import type { SystemInput } from 'fairway';

const tellTeam = { for: '5m', channels: ['team'] };
const busy = { metric: 'cpu', target: '70%' } as const;
const pace = { upEvery: '60s', downEvery: '300s' };
const coreLevers = ['one more replica of core', 'pool connections', 'a read replica'];
const databaseLevers = ['a larger instance', 'a read replica for reports', 'indexes and partitions'];

/** How the system is watched, scaled and guarded. */
export const operations = {
  scaling: {
    edge: { min: 2, max: 6, metrics: [{ metric: 'connections', target: 500 }, busy], ...pace },
    core: { min: 1, max: 2, metrics: [{ metric: 'latency-p95', target: '250ms' }, busy], ...pace },
    workers: { min: 1, max: 10, metrics: [{ metric: 'queue-depth', of: 'q_import', target: 100 }], ...pace },
    ai: { min: 1, max: 4, metrics: [{ metric: 'requests', target: '20/s' }, busy], ...pace },
  },

  resilience: {
    timeouts: { database: '5s', ai: '10s' },
    retries: { most: 3, waits: ['0s', '1s', '2s', '4s'] },
    breaker: { failures: 5, halfOpenAfter: '30s', trials: 1 },
  },

  channels: { team: { kind: 'slack', to: 'journal' }, duty: { kind: 'pager', to: 'journal on call' } },
  alerts: {
    delivery: {
      measure: 'p95(event_delivery_lag_ms)',
      of: 'edge',
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
    'slow core': { measure: 'p95(http)', of: 'core', above: '250ms', ...tellTeam, levers: coreLevers },
    'busy core': { measure: 'cpu', of: 'core', above: '70%', ...tellTeam, levers: coreLevers },
    'edge unavailable': {
      measure: 'availability',
      of: 'edge',
      below: '99.5%',
      for: '5m',
      severity: 'critical',
      channels: ['duty'],
      levers: ['one more replica of edge', 'a higher limit of connections', 'scale on connections'],
    },
    'locks of the database': {
      measure: 'pg_locks waiting',
      of: 'database',
      above: 20,
      ...tellTeam,
      levers: databaseLevers,
    },
    'busy database': { measure: 'cpu', of: 'database', above: '70%', ...tellTeam, levers: databaseLevers },
    evictions: {
      measure: 'evictions_total',
      of: 'queue',
      above: 0,
      channels: ['team'],
      levers: [
        'more memory',
        'longer lifetimes of keys where they are short, by hand; simulations never above 1h',
        'spread hot keys',
      ],
    },
  },
  observability: {
    logs: { format: 'json', keep: '30d' },
    traces: { sample: '10%', sampleErrors: '100%', propagation: 'w3c' },
    errors: { to: 'a collector that speaks the protocol of Sentry', context: ['release', 'request', 'user'] },
    metrics: {
      path: '/metrics',
      names: {
        indicators: [
          'event_delivery_lag_ms',
          'queue_depth(q_import)',
          'p95(http)',
          'availability',
          'pg_locks',
          'evictions_total',
        ],
      },
      dashboards: ['services', 'redis', 'queues'],
    },
  },

  network: {
    deny: 'rest',
    allow: [
      { from: 'internet', to: 'CDN', via: 'https' },
      { from: 'internet', to: 'CDN', via: 'websocket' },
      { from: 'CDN', to: 'edge', via: 'https' },
      { from: 'CDN', to: 'edge', via: 'websocket' },
      { from: 'edge', to: 'core', via: 'mtls' },
      { from: 'edge', to: 'queue' },
      { from: 'core', to: 'ai', via: 'hmac' },
      { from: 'core', to: 'database' },
      { from: 'core', to: 'queue' },
      { from: 'workers', to: 'ai', via: 'hmac' },
      { from: 'workers', to: 'database' },
      { from: 'workers', to: 'queue' },
      { from: 'workers', to: 'files' },
    ],
    tls: {
      scope: 'everywhere',
      certificates: 'managed by the CDN; inside by an authority of our own, renewed by itself',
      mutual: 'required',
      hsts: true,
    },
    cdn: { cache: { app: '1d' }, http3: true, websockets: true, firewall: true },
    dnsLifetime: '60s',
    isolation: [
      'edge admits the addresses of the CDN only',
      'core, workers, ai and data have no public address',
    ],
  },
  security: {
    scan: true,
    partsList: true,
    signed: true,
    audit: true,
    access: [
      'least privilege: a service has the secrets it names and the connections it is allowed, no more',
    ],
    encryption: [
      'keys of brokers: AES-256-GCM under a data key for each of them, which DATA_KEY wraps',
      'disks of stores and their copies',
    ],
  },
  recovery: {
    rto: '4h',
    rpo: '15m',
    drillEvery: '30d',
    verify: {
      database: {
        rows: { users: 0, trades: 0, reflections: 0, jobs: 0, audit: 0, outbox: 0, broker_keys: 0 },
        queries: {
          'what is done has its result': {
            sql: `SELECT count(*) FROM jobs WHERE state = 'done' AND result IS NULL`,
            expect: '0',
          },
          'imported trades have their line': {
            sql: 'SELECT count(*) FROM trades WHERE (import_id IS NULL) <> (import_line IS NULL)',
            expect: '0',
          },
        },
      },
    },
    scenarios: {
      'data is lost or wrong': { by: 'manual', answer: 'the runbook restore-from-backup' },
      'Redis is lost': {
        by: 'automatic',
        answer: 'start empty: jobs come back from their rows, caches warm by use',
      },
      'a file is overwritten': { by: 'manual', answer: 'its version before' },
    },
  },
  cost: {
    levers: [
      'fewest replicas: core 1, ai 1, edge 2 small ones',
      'Postgres serverless or the smallest; fast disks only when needed',
      'Redis serverless, by operations per second',
      'simulations live 1h',
      'digests in the bucket, the latest only in the database',
      'one region',
    ],
  },
} satisfies Partial<SystemInput>;

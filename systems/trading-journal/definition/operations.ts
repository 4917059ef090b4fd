import type { SystemInput } from 'fairway';

/** Checks that a release and a stage of the pipeline ask for. */
export const slo = ['login', 'reflect', 'import', 'ai'];
const tellTeam = { for: '5m', channels: ['team'] };
const busy = { metric: 'cpu', target: '70%' } as const;
const pace = { upEvery: '60s', downEvery: '300s' };

/** How the system is watched, scaled, guarded and handed over. */
export const operations = {
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
} satisfies Partial<SystemInput>;

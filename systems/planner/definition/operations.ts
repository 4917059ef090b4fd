import type { SystemInput } from 'fairway';

/** Checks that a release asks for. */
export const slo = ['ready', 'simulate', 'report'];
const tellTeam = { for: '5m', channels: ['team'] };

/** How the planner is watched, guarded and brought back. */
export const operations = {
  channels: { team: { kind: 'slack', to: 'planner' }, duty: { kind: 'pager', to: 'planner on call' } },
  alerts: {
    errors: {
      measure: 'error rate',
      of: 'app',
      above: '1%',
      ...tellTeam,
      runbook: 'crash',
      levers: ['go back to the release before', 'look at the newest error'],
    },
    slow: {
      measure: 'p95(http)',
      of: 'app',
      above: '2000ms',
      ...tellTeam,
      runbook: 'performance degradation',
      levers: ['one more replica', 'fewer scenarios by default'],
    },
    memory: {
      measure: 'memory',
      of: 'app',
      above: '80%',
      ...tellTeam,
      runbook: 'performance degradation',
      levers: ['a smaller cache', 'one more replica'],
    },
    health: {
      measure: 'failed health checks',
      of: 'app',
      above: 0,
      for: '1m',
      severity: 'critical',
      channels: ['duty'],
      runbook: 'crash',
    },
    rotation: {
      measure: 'failed rotations of secrets',
      above: 0,
      channels: ['team'],
      runbook: 'security breach',
    },
  },
  observability: {
    logs: {
      format: 'json',
      to: 'CloudWatch',
      keep: '30d',
      fields: [
        'timestamp',
        'level',
        'correlation_id',
        'user_id',
        'operation',
        'duration_ms',
        'scenarios',
        'success',
        'environment',
      ],
      kinds: ['operation', 'audit'],
      keepByKind: { audit: '365d' },
    },
    traces: { sample: '10%', sampleErrors: '100%', propagation: 'w3c', to: 'X-Ray' },
    errors: { to: 'Sentry', context: ['environment', 'user', 'breadcrumbs'], sourceMaps: false },
    metrics: {
      path: '/metrics',
      to: 'Prometheus',
      names: {
        application: [
          'requests per second',
          'response time p50, p95, p99',
          'errors per second',
          'planner_scenarios_per_second',
          'planner_cache_hit_percent',
        ],
        infrastructure: ['CPU %', 'memory MB', 'disk IOPS', 'network MB/s'],
        business: [
          'planner_active_users',
          'planner_simulations_per_user',
          'planner_pdf_downloads_total',
          'planner_analyses_total',
        ],
      },
      dashboards: ['services', 'simulations'],
    },
  },
  network: {
    deny: 'rest',
    allow: [
      { from: 'balancer', to: 'app', via: 8501 },
      { from: 'app', to: 'redis', via: 6379 },
      { from: 'app', to: 'postgres', via: 5432 },
      { from: 'app', to: 'audit', via: 'https' },
    ],
    tls: { minimum: '1.3', scope: 'edge', certificates: "Let's Encrypt, renewed by itself", hsts: true },
    cdn: { provider: 'CloudFlare', cache: { pages: '0s' } },
    balancer: 'keeps a caller with the version that served first, by cookie',
    isolation: ['private subnets', 'security groups with least privilege'],
    mesh: 'none; Istio in phase 4',
  },
  security: {
    scan: true,
    partsList: true,
    signed: true,
    audit: true,
    access: ['IAM task roles without wildcards', 'images are never changed once pushed'],
    encryption: ['TLS 1.3 on the way', 'disks and copies encrypted'],
  },
  recovery: {
    rto: '15m',
    rpo: '1h',
    drillEvery: '30d',
    verify: {
      postgres: {
        rows: { simulations: 0, audit: 0 },
        queries: {
          'answers can be read': {
            sql: 'SELECT count(*) FROM simulations WHERE answer IS NOT JSON OBJECT',
            expect: '0',
          },
          'the audit log is guarded': {
            sql: `SELECT count(*) FROM pg_trigger
              WHERE tgrelid = 'audit'::regclass AND tgname = 'audit_stays' AND tgenabled <> 'D'`,
            expect: '1',
          },
        },
      },
    },
    scenarios: {
      crash: { by: 'automatic', answer: 'a replica that fails its health check is restarted' },
      'data loss': {
        by: 'manual',
        answer: 'the newest copy and its log; simulations that are missing are made again from the audit log',
        steps: ['restore the newest copy', 'replay the audit log', 'verify integrity'],
      },
      'data centre lost': {
        by: 'manual',
        steps: ['start from the registry and from Git', 'restore the newest copy', 'switch the name over'],
      },
    },
  },
  runbooks: {
    crash: {
      when: 'replicas end or fail their health checks',
      steps: [
        'read the logs of the last minutes (CloudWatch; here: fairway logs)',
        'look at the newest error (Sentry) with its user and breadcrumbs',
        'restart the tasks; those that fail their health checks are restarted without you',
        'go back to the release before if it began with this one (fairway rollback)',
      ],
    },
    'performance degradation': {
      when: 'answers are slow, or memory and processors are short',
      steps: [
        'look at processors and memory of the replicas',
        'look at the log of slow queries',
        'add replicas for a while (fairway scale)',
        'look whether the share of cache hits has fallen',
      ],
    },
    'data loss': {
      when: 'simulations or the audit log are lost or wrong',
      steps: [
        'restore the newest copy (fairway restore)',
        'replay the audit log: node replay.ts in services/app reads its lines from the standard input',
        'verify integrity: node replay.ts --verify finds nothing that differs',
        'open for writes and measure how long it took',
      ],
    },
    'security breach': {
      when: 'a secret is known to others, or somebody was where he may not be',
      steps: [
        'rotate all secrets now (fairway secret rotate)',
        'review the audit log and who had access',
        'close the hole and release',
        'write the report of the incident',
      ],
    },
  },
} satisfies Partial<SystemInput>;

import type { SystemInput } from 'fairway';

/** Checks that a release and the pipeline's smoke tests ask for. */
export const smoke = ['health', 'ready', 'login-read'];

/** What production can have or leave out: one word here switches it. */
export const switches = { cdn: true, mesh: false } as const;

const team = { channels: ['team'] };
const duty = { severity: 'critical' as const, channels: ['duty', 'team'] };
const service = { of: 'customer-service', for: '5m' };

/** How the system is watched, guarded and brought back. */
export const operations = {
  resilience: {
    timeouts: { database: '5s', cache: '100ms' },
    retries: { most: 3, waits: ['300ms', '1500ms', '4s'] },
    breaker: { failures: 5, halfOpenAfter: '1s', trials: 1 },
  },

  channels: {
    team: { kind: 'slack', to: 'customer-platform' },
    duty: { kind: 'pager', to: 'customer platform on call' },
  },
  alerts: {
    errors: {
      measure: 'error rate',
      ...service,
      above: '5%',
      ...duty,
      levers: ['roll back the release that began it', 'look at the database', 'more replicas'],
      runbook: 'bad release',
    },
    slow: {
      measure: 'p95',
      ...service,
      above: '500ms',
      ...team,
      levers: ['more replicas', 'more processor time for each', 'a read replica', 'the cache'],
    },
    restarts: {
      // Replicas that a release or the autoscaler replaces are planned; only those that died count.
      measure: 'unplanned restarts per hour',
      of: 'customer-service',
      above: 0,
      ...team,
      levers: ['read the last lines of the replica', 'more memory'],
    },
    replication: {
      measure: 'replication lag',
      of: 'database',
      above: '10s',
      ...duty,
      levers: ['look at long transactions', 'a larger standby'],
      runbook: 'primary lost',
    },
    disk: {
      measure: 'free disk',
      of: 'database',
      below: '10%',
      ...team,
      levers: ['grow the disk', 'move old audit entries to the archive'],
    },
  },

  observability: {
    logs: {
      format: 'json',
      keep: '30d',
      kinds: ['application', 'access', 'audit', 'infrastructure'],
      keepByKind: { audit: '365d' },
      fields: ['timestamp', 'level', 'message', 'kind', 'correlation_id', 'user_id', 'service', 'status'],
      to: 'Fluent Bit, then CloudWatch, Loki or Elasticsearch',
    },
    traces: {
      sample: '10%',
      sampleErrors: '100%',
      propagation: 'w3c',
      to: 'X-Ray on ECS, OpenTelemetry elsewhere',
    },
    metrics: {
      path: '/metrics',
      to: 'Prometheus and Grafana, or CloudWatch',
      names: {
        application: [
          'http_server_request_duration_seconds: p50, p95, p99, requests, 4xx, 5xx',
          'db_pool_connections',
          'jwt_issued_total',
          'cache_requests_total',
        ],
        infrastructure: ['CPU', 'memory', 'disk'],
      },
      dashboards: ['service', 'database'],
    },
  },

  network: {
    deny: 'rest',
    allow: [
      { from: 'internet', to: 'balancer', via: 443 },
      { from: 'balancer', to: 'customer-service', via: 8080 },
      { from: 'customer-service', to: 'database', via: 5432 },
      { from: 'customer-service', to: 'cache', via: 6379 },
    ],
    tls: { minimum: '1.2', scope: 'everywhere', certificates: 'ACM or cert-manager', hsts: true },
    balancer: 'ALB, Kubernetes ingress or nginx; every healthy replica, and only those',
    isolation: ['private subnets', 'security groups', 'NAT gateway for what leaves'],
    ...(switches.mesh ? { mesh: 'Istio' } : {}),
  },
  security: {
    scan: true,
    partsList: true,
    signed: true,
    audit: true,
    access: [
      'Kubernetes RBAC: operators read, the release pipeline changes deployments, nobody reads secrets',
      'HashiCorp Vault or AWS Secrets Manager hands out secrets to the service alone',
      'roles of users: reader, agent, auditor, admin',
    ],
    encryption: ['disks and backups', 'every connection', 'passwords by scrypt', 'refresh tokens by SHA-256'],
  },
  recovery: {
    rto: '<15m',
    rpo: '<1h',
    drillEvery: '30d',
    verify: {
      database: {
        rows: { users: 1, sessions: 0, refresh_tokens: 0, customers: 0, audit: 1, idempotency_keys: 0 },
        queries: {
          'an administrator is there': {
            sql: `SELECT (count(*) > 0)::text FROM users WHERE role = 'admin'`,
            expect: 'true',
          },
          'every customer was added by somebody': {
            sql: `SELECT count(*) FROM customers c WHERE NOT EXISTS
              (SELECT FROM audit a WHERE a.action = 'customer.added' AND a.subject = c.id::text)`,
            expect: '0',
          },
          'the audit trail is guarded': {
            sql: `SELECT count(*) FROM pg_trigger
              WHERE tgrelid = 'audit'::regclass AND tgname LIKE 'audit_is%' AND tgenabled <> 'D'`,
            expect: '2',
          },
        },
      },
    },
    failover: [
      'the standby is promoted without being asked',
      'replicas connect again; until then writes get 503 and a Retry-After',
      'a new standby is made from the new primary',
    ],
    scenarios: {
      'primary lost': { answer: 'the standby takes over', by: 'automatic' },
      'data damaged': { answer: 'restore to the moment before', by: 'manual' },
      'region lost': { answer: 'restore the copy of the other region', by: 'manual' },
      'cache lost': { answer: 'requests fall through to the database', by: 'automatic' },
    },
  },
} satisfies Partial<SystemInput>;

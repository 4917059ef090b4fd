import type { SystemInput } from 'fairway';

const pages = { severity: 'critical' as const, channels: ['duty'] };
const tells = { severity: 'warning' as const, channels: ['team'] };
const check = {
  kind: 'command' as const,
  folder: 'checks',
  include: ['services/common'],
  every: '60s',
  timeout: '30s',
};

/** How the system is proved, watched, guarded and brought back. */
export const operations = {
  checks: {
    health: { kind: 'http', service: 'api-gateway', path: '/health', samples: 20, p95: '500ms' },
    prompts: {
      ...check,
      role: 'Somebody logs in, makes a prompt, and finds it again',
      command: ['node', 'prompts.ts'],
      needs: ['api-gateway'],
      secrets: ['PROBE_PASSWORD'],
    },
    webhooks: {
      ...check,
      role: 'What a vendor tells twice is accepted twice and done once, within 15 s',
      command: ['node', 'webhooks.ts'],
      needs: ['webhook-ingress', 'database', 'jobs'],
      secrets: ['GHL_WEBHOOK_SECRET'],
    },
  },

  resilience: {
    timeouts: { database: '5s', 'language model': '30s', vendor: '10s', service: '5s' },
    retries: { most: 3, waits: ['0s', '1s', '2s', '4s'] },
    breaker: { failures: 5, halfOpenAfter: '30s' },
  },

  channels: { team: { kind: 'slack', to: 'maxai' }, duty: { kind: 'pager', to: 'maxai on call' } },
  alerts: {
    'service down': { measure: 'health', below: 1, ...pages, runbook: 'service-down' },
    'errors, critical': { measure: 'error-rate', above: '5%', for: '5m', ...pages, runbook: 'service-down' },
    'errors, warning': { measure: 'error-rate', above: '1%', for: '10m', ...tells },
    'slow, critical': { measure: 'p95(http)', above: '1s', for: '5m', ...pages },
    'slow, warning': { measure: 'p95(http)', above: '500ms', for: '10m', ...tells },
    'pool exhausted': {
      measure: 'pool exhausted',
      of: 'database',
      above: 0,
      ...pages,
      levers: ['a larger database', 'fewer connections per replica'],
    },
    'disk full': { measure: 'disk', of: 'database', above: '90%', ...pages, levers: ['a larger disk'] },
    'far more requests': { measure: 'requests against the same hour', above: 3, ...tells },
    'far fewer requests': { measure: 'requests against the same hour', below: 0.33, ...tells },
    'webhooks wait': {
      measure: 'queue_depth(webhooks)',
      of: 'jobs',
      above: 100,
      for: '5m',
      ...tells,
      levers: ['more replicas of jobs', 'more jobs at once per replica'],
    },
  },
  observability: {
    logs: {
      format: 'json',
      keep: '30d',
      fields: [
        'timestamp',
        'level',
        'message',
        'correlation_id',
        'tenant_id',
        'client_id',
        'user_id',
        'service',
        'method',
        'path',
        'status',
        'duration_ms',
      ],
      to: 'Cloud Logging or ELK',
    },
    traces: { sample: '10%', sampleErrors: '100%', propagation: 'w3c' },
    metrics: {
      path: '/metrics',
      names: {
        service: ['requests per second', 'errors', 'p50, p95, p99', 'saturation of processor, memory, disk'],
        business: [
          'active_tenants',
          'active_clients',
          'api_calls_total by endpoint',
          'webhook_events_total',
          'llm_tokens_total',
        ],
      },
      dashboards: ['services', 'business', 'queues'],
    },
  },

  network: {
    deny: 'rest',
    allow: [
      { from: 'internet', to: 'balancer', via: 443 },
      { from: 'balancer', to: 'prod-frontend', via: 'https' },
      { from: 'balancer', to: 'prod-api', via: 'https' },
      { from: 'prod-frontend', to: 'prod-api', via: 'https' },
      { from: 'prod-api', to: 'prod-services' },
      { from: 'prod-api', to: 'cache' },
      { from: 'webhook-ingress', to: 'jobs-redis' },
      { from: 'orchestrator', to: 'iam' },
      { from: 'orchestrator', to: 'prompt-svc' },
      { from: 'prod-services', to: 'prod-jobs' },
      { from: 'prod-services', to: 'database' },
      { from: 'prod-services', to: 'cache' },
      { from: 'prod-jobs', to: 'database' },
      { from: 'prod-jobs', to: 'jobs-redis' },
      { from: 'jobs', to: 'payments' },
      { from: 'orchestrator', to: 'n8n', via: 'https' },
      { from: 'vpn', to: 'n8n', via: 'https' },
      { from: 'n8n', to: 'database' },
      { from: 'iam', to: 'google', via: 'https' },
      { from: 'n8n', to: 'ghl', via: 'https' },
      { from: 'payments', to: 'stripe', via: 'https' },
      { from: 'orchestrator', to: 'openrouter', via: 'https' },
      { from: 'orchestrator', to: 'retell', via: 'https' },
      { from: 'orchestrator', to: 'twilio', via: 'https' },
    ],
    tls: {
      minimum: '1.3',
      scope: 'edge',
      mutual: 'optional',
      certificates: "Let's Encrypt or the provider's, renewed by themselves",
      hsts: true,
    },
    cdn: {
      cache: { images: '1d', fonts: '30d', 'scripts and styles': '1d', 'public answers of the API': '30s' },
    },
    balancer: 'L7, asks /health, keeps callers together by a cookie',
    isolation: [
      'no call between namespaces without a rule',
      'database and Redis on private addresses, reached by VPC peering',
      'n8n by VPN only',
      'out only to the six vendors',
    ],
  },
  security: {
    scan: true,
    partsList: true,
    signed: true,
    audit: true,
    access: [
      'each service has an identity of its own and reads its own secrets only',
      'reads of secrets are audited',
    ],
    encryption: ['backups, of secrets too, encrypted and in another place', 'TLS 1.3 at the balancer'],
  },
  recovery: {
    rto: '4h',
    rpo: '1h',
    drillEvery: '30d',
    verify: {
      database: {
        rows: {
          tenants: 1,
          users: 1,
          clients: 0,
          prompts: 0,
          runs: 0,
          charges: 0,
          webhook_events: 0,
          audit: 0,
        },
        queries: {
          'sums of usage are those of its events': {
            sql: `SELECT count(*) FROM (
                SELECT tenant_id, meter, sum(amount) FROM usage_events WHERE summed GROUP BY 1, 2
                EXCEPT SELECT tenant_id, meter, sum(amount) FROM usage_days GROUP BY 1, 2) AS differing`,
            expect: '0',
          },
          'addresses are in small letters': {
            sql: 'SELECT count(*) FROM users WHERE email <> lower(email)',
            expect: '0',
          },
        },
      },
    },
    scenarios: {
      'region outage': {
        by: 'manual',
        answer: 'fail over to the second region',
        steps: [
          'a person decides',
          'restore the latest copy and log there',
          'point the names at it',
          'smoke tests',
        ],
      },
      'database corrupted': {
        by: 'automatic',
        answer: 'restore beside it, prove it, switch',
        steps: [
          'restore the last good copy beside the old one',
          'replay the log',
          'smoke tests',
          'switch, and write down what was lost',
        ],
      },
      'data lost': {
        by: 'automatic',
        answer: 'back to a point in time',
        steps: ['restore beside the old one to the minute before', 'smoke tests', 'switch'],
      },
      breach: {
        by: 'manual',
        answer: 'isolate, rotate',
        steps: ['cut the service off', 'rotate all secrets', 'revoke all sessions', 'read the audit log'],
      },
    },
  },
  cost: {
    tags: { service: 'maxai', 'cost-centre': 'engineering' },
    levers: [
      'database for a year: 30% less',
      'committed use of the node pools',
      'dev stands still outside of business hours, staging at its least',
    ],
  },
  artefacts: {
    images: { role: 'One per service, kept as long as a release or a backup names it', keep: '90d' },
    manifests: { role: 'Kubernetes' },
    terraform: { role: 'Clusters, database, Redis, balancer' },
    '.github/workflows': { role: 'The pipeline' },
  },
  platform: {
    pools: {
      api: { role: 'Gateway and public services', cpu: [2, 4], memory: ['8GB', '16GB'] },
      services: { role: 'Backends', cpu: [2, 4], memory: ['8GB', '16GB'] },
      jobs: { role: 'Background and batch', cpu: [1, 2], memory: ['4GB', '8GB'] },
    },
    options: { eks: 'the same on another provider, with RDS and ElastiCache' },
  },
} satisfies Partial<SystemInput>;

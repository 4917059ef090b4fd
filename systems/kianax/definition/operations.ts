import type { SystemInput } from 'fairway';

const branches = ['branch'] as const;

/** How it is guarded, delivered, brought back and grown. */
export const operations = {
  resilience: {
    timeouts: { health: '1s', cache: '100ms', database: '5s', agent: '10s', request: '60s' },
    retries: { most: 3, waits: ['0s', '1s', '2s', '4s'] },
    breaker: { failures: 5, halfOpenAfter: '30s', trials: 1 },
  },

  network: {
    deny: 'rest',
    allow: [
      { from: 'internet', to: 'frontend', via: 'https' },
      { from: 'balancer', to: 'api-gateway', via: 'https' },
      ...['auth', 'trading', 'agent', 'market-data', 'notification'].map((to) => ({
        from: 'api-gateway',
        to,
        via: 'https',
      })),
      { from: 'trading', to: 'market-data', via: 'https' },
      { from: 'trading', to: 'notification', via: 'https' },
      { from: 'agent', to: 'market-data', via: 'https' },
      ...['auth', 'trading', 'agent', 'notification'].map((from) => ({ from, to: 'database', via: 5432 })),
      ...['api-gateway', 'auth', 'market-data', 'notification'].map((from) => ({
        from,
        to: 'cache',
        via: 6379,
      })),
      { from: 'auth', to: 'github', via: 'https' },
      { from: 'auth', to: 'google', via: 'https' },
      { from: 'trading', to: 'broker', via: 'https' },
      { from: 'trading', to: 'statsig', via: 'https' },
      { from: 'agent', to: 'openai', via: 'https' },
      { from: 'agent', to: 'statsig', via: 'https' },
      { from: 'market-data', to: 'polygon', via: 'https' },
    ],
    tls: { minimum: '1.3', scope: 'everywhere', certificates: 'ACM, renewed by itself', hsts: true },
    balancer: 'ALB: ends TLS, firewall, keeps WebSockets with one replica',
    isolation: [
      'instances and data in private subnets',
      'least-privilege security groups',
      'data reached by VPC peering only',
      'network policies between pods',
    ],
  },
  security: {
    compliance: ['PCI DSS', 'SOC 2', 'GDPR'],
    audit: true,
    scan: true,
    partsList: true,
    access: ['IAM with least privilege and MFA', 'Kubernetes RBAC', 'CloudTrail for every call of AWS'],
    encryption: [
      'RDS, ElastiCache and EBS at rest',
      'TLS 1.3 for all communications',
      'keys of brokers with AES-256-GCM, bound to their user and broker',
      'passwords with scrypt',
    ],
  },

  recovery: {
    rto: '4h',
    rpo: '1h',
    drillEvery: '30d',
    verify: {
      database: {
        rows: { users: 0, accounts: 0, orders: 0, trades: 0, trading_audit: 0, broker_credentials: 0 },
        queries: {
          'the audit chains are whole': {
            sql: `SELECT count(*) FROM (
                SELECT sequence, previous_hash, row_number() OVER chain AS place, lag(hash, 1, '') OVER chain AS before
                FROM trading_audit WINDOW chain AS (PARTITION BY user_id ORDER BY sequence)) AS entries
              WHERE sequence <> place OR previous_hash <> before`,
            expect: '0',
          },
          'filled orders and trades are the same': {
            sql: `SELECT count(*) FROM orders o FULL JOIN trades t ON t.order_id = o.id
              WHERE (o.status = 'filled') IS DISTINCT FROM (t.id IS NOT NULL)`,
            expect: '0',
          },
        },
      },
    },
    failover: [
      'detect: monitoring tells whoever is on call; trading_enabled goes off',
      'restore the latest snapshot and roll the log forward',
      'deploy from Git',
      'verify integrity: migrations, the audit chains, the journey check',
      'resume trading: trading_enabled goes on',
    ],
    scenarios: {
      'region is lost': { by: 'manual', answer: 'failover, with the secrets of the second region' },
      'data is wrong': { by: 'automatic', answer: 'restore to a point in time' },
      'a Redis node is lost': {
        by: 'automatic',
        answer:
          'three primaries without replicas: its third of the cache fills again, sessions come from Postgres',
      },
    },
  },

  /** The only time in which the database gets another size. */
  windows: { 'market-closed': { days: ['sun'], from: '06:00', until: '08:00', zone: 'UTC' } },

  pipeline: {
    build: {
      does: ['lint', 'types', 'unit and integration tests', 'image per service', 'push to ECR'],
      on: [...branches],
    },
    values: { does: ['set the tag in the values of Helm'], on: [...branches] },
    development: {
      does: ['ArgoCD syncs', 'migrations', 'rolling update', 'health checks'],
      on: [...branches],
      environment: 'development',
      checks: ['gateway', 'quotes', 'journey'],
    },
    production: {
      does: [
        'the production checklist is done',
        'ArgoCD syncs',
        'migrations',
        'rolling update',
        'health checks',
      ],
      on: [...branches],
      environment: 'production',
      checks: ['gateway', 'quotes', 'journey'],
    },
  },
  artefacts: {
    '.github/workflows/build.yaml': { role: 'build, push, set the tag' },
    'terraform/modules/networking': { role: 'VPC, subnets, security groups; state in S3, locks in DynamoDB' },
    'terraform/modules/database': { role: 'RDS and ElastiCache; a workspace per environment' },
    'terraform/modules/eks': { role: 'cluster of three zones, groups of nodes' },
    'terraform/modules/monitoring': { role: 'logs, dashboards, alarms' },
    ...Object.fromEntries(
      ['api-gateway', 'auth', 'trading', 'agent', 'market-data', 'notification'].map((name) => [
        `helm/${name}`,
        { role: 'chart with values per environment, semantic version' },
      ]),
    ),
    'argocd/application.yaml': { role: 'automatic sync, health, rollback by one click' },
  },

  checklists: {
    'pre-production': {
      when: 'before the first users',
      items: [
        'load test with 1000 users at once',
        'security audit',
        'migrations tested',
        'backup and restore verified',
        'dashboards',
        'runbooks documented',
        'on-call rotation',
      ],
    },
    production: {
      when: 'before each sync of main; nobody approves, the evidence does',
      items: [
        'flags for gradual rollout',
        'migration plan reviewed',
        'rollback plan documented',
        'team notified of the window',
        'alerts active',
        'incident response plan ready',
      ],
    },
    'after deployment': {
      when: 'after each sync of main',
      items: [
        'health passing',
        'error rates normal',
        'performance within the SLA',
        'feedback of users',
        'post-mortem scheduled if there were issues',
      ],
    },
  },
  runbooks: {
    failover: {
      when: 'the region or the database is lost',
      steps: [
        'detect by monitoring, and switch trading_enabled off',
        'restore the database from the latest snapshot, then the log',
        'deploy from Git',
        'verify the integrity of the data',
        'resume trading',
      ],
    },
    crash: {
      when: 'a service ends or keeps starting',
      steps: ['read its logs in CloudWatch', 'read the error in Sentry', 'restart the pods; mostly they did'],
    },
    'performance degradation': {
      when: 'the API is slow',
      steps: ['look at processors and memory', 'read the log of slow queries', 'scale up for the time being'],
    },
    'data loss': {
      when: 'data is lost or wrong',
      steps: ['restore the latest backup', 'roll the log forward', 'verify integrity with the audit chains'],
    },
    'security breach': {
      when: 'somebody has what he must not have',
      steps: ['rotate all secrets now', 'review the logs of access', 'patch', 'write the incident report'],
    },
  },
  phases: {
    now: { does: ['2 to 10 replicas by load', '2 to 10 nodes'], done: true },
    'more reads': { when: 'the database is busy with reads', does: ['read replicas'] },
    'more keys': { when: 'Redis is full', does: ['more shards', 'larger nodes'] },
    '1000 users': {
      when: 'from 1,000 users',
      does: ['several regions', 'CDN for static files', 'a database per region', 'events by message queues'],
    },
  },
  decisions: ['volume sizes', 'period of rotating database passwords', 'tracing backend'],
} satisfies Partial<SystemInput>;

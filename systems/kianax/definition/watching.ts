import type { SystemInput } from 'fairway';

/** How it is watched, and who is told: errors and slowness the team, the database whoever is on call, money by e-mail. */
export const watching = {
  checks: {
    gateway: {
      kind: 'http',
      role: 'The gateway answers',
      service: 'api-gateway',
      path: '/health',
      p95: '1s',
    },
    quotes: {
      kind: 'http',
      role: 'Quotes come through the gateway, out of the cache',
      service: 'api-gateway',
      path: '/api/quotes',
      samples: 20,
      p95: '1s',
    },
    journey: {
      kind: 'command',
      role: 'Sign in, buy a share on paper, find it among the trades and the audit unbroken',
      folder: 'checks',
      command: ['node', 'journey.ts'],
      secrets: ['PROBE_PASSWORD'],
      needs: ['api-gateway'],
      every: '60s',
      timeout: '30s',
    },
    audit: {
      kind: 'command',
      role: 'The audit of everybody is unbroken, also of users that are gone',
      folder: 'checks',
      include: ['services/trading', 'services/common'],
      command: ['node', 'audit.ts'],
      needs: ['database'],
      every: '1h',
      timeout: '60s',
    },
  },

  channels: {
    team: { kind: 'slack', to: 'team' },
    duty: { kind: 'pager', to: 'trading on call' },
    money: { kind: 'email', to: 'billing@kianax.io' },
  },
  alerts: {
    'high error rate': {
      measure: 'error rate',
      above: '5%',
      for: '5m',
      channels: ['team'],
      levers: ['roll back', 'switch trading_enabled or agent_enabled off'],
      runbook: 'crash',
    },
    'database connections fail': {
      measure: 'failed connections',
      of: 'database',
      above: 3,
      for: '1m',
      severity: 'critical',
      channels: ['duty'],
      levers: ['look at the pooler', 'fail over to the standby'],
      runbook: 'failover',
    },
    'slow API': {
      measure: 'p95(http)',
      of: 'api-gateway',
      above: '1s',
      for: '5m',
      channels: ['team'],
      levers: ['more replicas', 'a read replica', 'a larger instance in the window'],
      runbook: 'performance degradation',
    },
    'cost anomaly': {
      measure: 'day against the mean of 7 days',
      above: 1.5,
      channels: ['money'],
      levers: ['right sizes', 'spot for batches'],
    },
  },

  observability: {
    logs: { format: 'json', keep: '30d', to: 'CloudWatch by FluentBit' },
    errors: { to: 'Sentry', context: ['user', 'release', 'performance'], sourceMaps: true },
    traces: { sample: '10%', sampleErrors: '100%', propagation: 'w3c' },
    metrics: {
      path: '/metrics',
      to: 'Prometheus',
      names: {
        application: ['requests', 'latency', 'errors'],
        infrastructure: ['cpu', 'memory', 'disk'],
        business: ['trades_total', 'users_total', 'revenue_cents_total', 'flag_exposures_total'],
      },
      dashboards: ['api-gateway', 'auth', 'trading', 'agent', 'market-data', 'notification'],
    },
  },
} satisfies Partial<SystemInput>;

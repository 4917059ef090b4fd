import { all, each, limit, members, present, said, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

/** Metrics, logs, traces, errors, alarms. */
export const observability: Table = {
  'OBS-01': {
    about: 'what the service counts',
    for: 'C',
    C: [
      [
        'prod/observability/metrics/names',
        said(/p50.*p95.*p99/, /4xx/, /5xx/, /requests/i, /CPU/i, /memory/i, /disk/i, /pool/i, /token|jwt/i),
      ],
    ],
    met: ['kit/src/metrics.test.ts', 'systems/customer-service/service.test.ts'],
  },
  'OBS-02': {
    about: 'services, machines, business; a dashboard each',
    for: 'K',
    K: [
      [
        'production/observability/metrics/names',
        said(/latency/, /errors/, /cpu/i, /trades/, /users/, /revenue/),
      ],
      ['production/observability/metrics/dashboards', members(6)],
    ],
    met: ['kit/src/metrics.test.ts', 'later'],
  },
  'OBS-03': {
    about: 'what the planner counts',
    for: 'P',
    P: [
      [
        'prod/observability/metrics/names',
        said(
          /requests/i,
          /p50.*p95.*p99/,
          /errors/i,
          /scenarios/,
          /cache hit/,
          /CPU/i,
          /memory/i,
          /disk/i,
          /network/i,
          /active users/,
          /simulations per user/,
          /PDF/i,
          /AI|analys/i,
        ),
      ],
    ],
    met: ['systems/planner/services/app/planner.test.ts'],
  },
  'OBS-04': {
    about: 'what the platform counts',
    for: 'M',
    M: [
      [
        'prod/observability/metrics/names',
        said(
          /requests/i,
          /errors/i,
          /p50.*p95.*p99/i,
          /saturation|cpu/i,
          /active tenants/,
          /active clients/,
          /API calls/i,
          /webhook/,
          /tokens/,
        ),
      ],
    ],
    met: ['kit/src/metrics.test.ts', 'later'],
  },
  'OBS-05': {
    about: 'six indicators, six rules',
    for: 'T',
    T: [
      [
        'prod/alerts',
        all(
          { measure: /event_delivery_lag_ms/ },
          { measure: /queue_depth\(q_import\)/ },
          { measure: /p95/ },
          { measure: /availability/ },
          { measure: /pg_locks/ },
          { measure: /evictions_total/ },
        ),
      ],
      ['prod/alerts', each({ channels: present })],
    ],
    met: ['later'],
  },
  'OBS-06': {
    about: '/metrics in the format of Prometheus',
    for: 'CPM',
    C: [['prod/observability/metrics/path', '/metrics']],
    P: [['prod/observability/metrics/path', '/metrics']],
    M: [['prod/observability/metrics/path', '/metrics']],
    met: ['kit/src/metrics.test.ts', 'src/signals'],
  },
  'OBS-07': {
    about: 'four kinds of logs',
    for: 'C',
    C: [['prod/observability/logs/kinds', all(/application/, /access/, /audit/, /infrastructure/)]],
    met: ['later'],
  },
  'OBS-08': {
    about: 'JSON, in one place, 30 days',
    for: 'K',
    K: [['production/observability/logs', { format: 'json', keep: time('30d'), to: /CloudWatch/ }]],
    met: ['later'],
  },
  'OBS-09': {
    about: 'nine fields of each line',
    for: 'P',
    P: [
      [
        'prod/observability/logs/fields',
        all(
          'timestamp',
          'level',
          'correlation_id',
          'user_id',
          'operation',
          'duration_ms',
          'scenarios',
          'success',
          'environment',
        ),
      ],
    ],
    met: ['kit/src/log.test.ts', 'systems/planner/services/app/planner.test.ts'],
  },
  'OBS-10': {
    about: 'twelve fields of each line',
    for: 'M',
    M: [
      [
        'prod/observability/logs/fields',
        all(
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
        ),
      ],
    ],
    met: ['kit/src/log.test.ts', 'systems/maxai/logs.test.ts'],
  },
  'OBS-11': {
    about: 'where logs and traces go can be chosen',
    for: 'CPM',
    C: [['prod/observability/traces/to', /X-Ray/]],
    P: [['prod/observability', { logs: { to: present }, traces: { to: present } }]],
    M: [['prod/observability/logs/to', /Cloud Logging|ELK/]],
    met: ['later'],
  },
  'OBS-12': {
    about: 'spans of one simulation',
    for: 'P',
    P: [['prod/observability/traces', present]],
    met: ['systems/planner/services/app/planner.test.ts'],
  },
  'OBS-13': {
    about: 'W3C headers through all services',
    for: 'M',
    M: [['prod/observability/traces/propagation', 'w3c']],
    met: ['kit/src/tracing.test.ts', 'kit/src/context.test.ts'],
  },
  'OBS-14': {
    about: 'all errors, a tenth of the rest',
    for: 'M',
    M: [['prod/observability/traces', { sample: 10, sampleErrors: 100 }]],
    met: ['kit/src/tracing/tail-sampling.test.ts'],
  },
  'OBS-15': {
    about: 'errors of pages and programs, source maps',
    for: 'K',
    K: [
      [
        'production/observability/errors',
        { to: /Sentry/, sourceMaps: true, context: all(/user/, /performance/) },
      ],
    ],
    met: ['later'],
  },
  'OBS-16': {
    about: 'errors with their circumstances',
    for: 'P',
    P: [['prod/observability/errors', { to: /Sentry/, context: all(/environment/, /user/, /breadcrumbs/) }]],
    met: ['later'],
  },
  'ALR-01': {
    about: 'share of errors',
    for: 'CKPM',
    C: [['prod/alerts', some({ measure: /error/, above: limit('5%') })]],
    K: [['production/alerts', some({ measure: /error/, above: limit('5%'), for: time('5m') })]],
    P: [['prod/alerts', some({ measure: /error/, above: limit('1%') })]],
    M: [
      [
        'prod/alerts',
        all(
          { measure: /error/, above: limit('5%'), for: time('5m'), severity: 'critical' },
          { measure: /error/, above: limit('1%'), for: time('10m'), severity: 'warning' },
        ),
      ],
    ],
    met: ['later'],
  },
  'ALR-02': {
    about: 'slow answers',
    for: 'CKPM',
    C: [['prod/alerts', some({ measure: /p95/, above: limit('500ms') })]],
    K: [['production/alerts', some({ measure: /p95/, above: limit('1s') })]],
    P: [['prod/alerts', some({ measure: /p95/, above: limit('2s') })]],
    M: [
      [
        'prod/alerts',
        all(
          { measure: /p95/, above: limit('1s'), for: time('5m'), severity: 'critical' },
          { measure: /p95/, above: limit('500ms'), for: time('10m'), severity: 'warning' },
        ),
      ],
    ],
    met: ['later'],
  },
  'ALR-03': {
    about: 'a service is down',
    for: 'PM',
    P: [['prod/alerts', some({ measure: /health/ })]],
    M: [['prod/alerts', some({ measure: /health/, severity: 'critical' })]],
    met: ['later'],
  },
  'ALR-04': {
    about: 'restarts nobody planned',
    for: 'C',
    C: [['prod/alerts', some({ measure: /restarts/, above: limit(0) })]],
    met: ['later'],
  },
  'ALR-05': {
    about: 'the standby is 10 s late',
    for: 'C',
    C: [['prod/alerts', some({ measure: /replication/, above: limit('10s') })]],
    met: ['later'],
  },
  'ALR-06': {
    about: 'the disk is full',
    for: 'CM',
    C: [['prod/alerts', some({ measure: /disk/, below: limit('10%') })]],
    M: [['prod/alerts', some({ measure: /disk/, above: limit('90%') })]],
    met: ['later'],
  },
  'ALR-07': {
    about: 'the database cannot be reached',
    for: 'KM',
    K: [
      [
        'production/alerts',
        some({ measure: /connection/, above: limit(3), for: time('1m'), severity: 'critical' }),
      ],
    ],
    M: [['prod/alerts', some({ measure: /pool/, severity: 'critical' })]],
    met: ['later'],
  },
  'ALR-08': {
    about: 'memory above 80%',
    for: 'P',
    P: [['prod/alerts', some({ measure: /memory/, above: limit('80%') })]],
    met: ['later'],
  },
  'ALR-09': {
    about: 'unusual traffic',
    for: 'M',
    M: [['prod/alerts', some({ measure: /hour|usual|baseline|mean/, above: limit(3), severity: 'warning' })]],
    met: ['later'],
  },
  'ALR-10': {
    about: 'unusual cost',
    for: 'K',
    K: [['production/alerts', some({ measure: /cost|day/, channels: present })]],
    met: ['later'],
  },
  'ALR-11': {
    about: 'who is told',
    for: 'KM',
    K: [['production/channels', all({ kind: 'slack' }, { kind: 'pager' }, { kind: 'email' })]],
    M: [['prod/channels', all({ kind: 'slack' }, { kind: 'pager' })]],
    met: ['later'],
  },
};

import { all, limit, present, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

const cpu = { metric: 'cpu', target: limit('70%') };
const pods = { min: 2, max: 10, metrics: all({ metric: 'cpu' }, { metric: 'memory' }) };

/** Scaling and levers. */
export const scaling: Table = {
  'SCL-01': {
    about: 'events are late: score, Redis, ai',
    for: 'T',
    T: [
      [
        'prod/alerts',
        some({
          measure: /p95\(event_delivery_lag_ms\)/,
          above: limit('3s'),
          levers: [/score/, /Redis/, /ai/],
        }),
      ],
    ],
    met: ['later'],
  },
  'SCL-02': {
    about: 'imports wait: workers, window, broker',
    for: 'T',
    T: [
      [
        'prod/alerts',
        some({
          measure: /queue_depth\(q_import\)/,
          above: limit(100),
          levers: [/workers/, /window/, /broker/],
        }),
      ],
    ],
    met: ['later'],
  },
  'SCL-03': {
    about: 'core is slow or busy: replica, pooling, read replica',
    for: 'T',
    T: [
      [
        'prod/alerts',
        all(
          {
            measure: /p95/,
            of: 'core',
            above: limit('250ms'),
            levers: [/replica of core/, /pool/, /read replica/],
          },
          {
            measure: /cpu/i,
            of: 'core',
            above: limit('70%'),
            levers: [/replica of core/, /pool/, /read replica/],
          },
        ),
      ],
    ],
    met: ['later'],
  },
  'SCL-04': {
    about: 'edge fails: replica, connections, scaling on connections',
    for: 'T',
    T: [
      [
        'prod/alerts',
        some({
          of: 'edge',
          below: limit('99.5%'),
          for: time('5m'),
          levers: [/replica of edge/, /connections/, /connections/],
        }),
      ],
    ],
    met: ['later'],
  },
  'SCL-05': {
    about: 'the database is pressed: upgrade, read replica, indexes',
    for: 'T',
    T: [
      [
        'prod/alerts',
        all(
          {
            measure: /pg_locks/,
            of: 'database',
            above: limit(20),
            levers: [/larger/, /read replica/, /indexes.*partition/],
          },
          {
            measure: /cpu/i,
            of: 'database',
            above: limit('70%'),
            levers: [/larger/, /read replica/, /indexes.*partition/],
          },
        ),
      ],
    ],
    met: ['later'],
  },
  'SCL-06': {
    about: 'evictions: memory, lifetimes, hot keys',
    for: 'T',
    T: [
      [
        'prod/alerts',
        some({
          measure: /evictions_total/,
          above: limit(0),
          levers: [/memory/, /live|lives|lifetime/, /hot keys/],
        }),
      ],
    ],
    met: ['later'],
  },
  'SCL-07': {
    about: 'what each service scales on',
    for: 'T',
    T: [
      ['prod/scaling/edge/metrics', all({ metric: 'connections', target: limit(500) }, cpu)],
      ['prod/scaling/core/metrics', all({ metric: 'latency-p95', target: limit('250ms') }, cpu)],
      ['prod/scaling/workers/metrics', all({ metric: 'queue-depth', target: limit(100) })],
      ['prod/scaling/ai/metrics', all({ metric: 'requests', target: limit('20/s') }, cpu)],
      ['prod/scaling/edge', { min: 2, max: 6, upEvery: time('60s'), downEvery: time('300s') }],
      ['prod/scaling/core', { min: 1, max: 2 }],
      ['prod/scaling/workers', { min: 1, max: 10 }],
      ['prod/scaling/ai', { min: 1, max: 4 }],
    ],
    met: ['later'],
  },
  'SCL-08': {
    about: 'three or more, 70% of the processors',
    for: 'C',
    C: [['prod/scaling/customer-service', { min: 3, max: 10, metrics: all(cpu, { metric: 'memory' }) }]],
    met: ['later'],
  },
  'SCL-09': {
    about: 'larger machines',
    for: 'CKM',
    C: [['prod/phases', some({ does: some(/memory|CPU|larger/i) })]],
    K: [
      ['production/windows', present],
      ['production/phases', some({ does: some(/larger|node|instance|database type/i) })],
    ],
    M: [['prod/phases', some({ does: some(/larger|bigger/i) })]],
    met: ['later'],
  },
  'SCL-10': {
    about: '2 to 10 of each',
    for: 'K',
    K: ['api-gateway', 'auth', 'trading', 'agent', 'market-data', 'notification'].map(
      (name) => [`production/scaling/${name}`, pods] as const,
    ),
    met: ['later'],
  },
  'SCL-11': {
    about: 'Redis gains shards',
    for: 'K',
    K: [['production/phases', some({ does: some(/shards/) })]],
    met: ['later'],
  },
  'SCL-12': {
    about: '3 to 10, 70% and 80%',
    for: 'P',
    P: [
      [
        'prod/scaling/app',
        {
          min: 3,
          max: 10,
          metrics: all({ metric: 'cpu', target: limit('70%') }, { metric: 'memory', target: limit('80%') }),
        },
      ],
    ],
    met: ['later'],
  },
  'SCL-13': {
    about: 'up after a minute, at once when requests wait',
    for: 'P',
    P: [
      [
        'prod/scaling/app/metrics',
        all(
          { metric: 'cpu', above: limit('70%'), aboveFor: time('1m') },
          { metric: 'memory', above: limit('80%'), aboveFor: time('1m') },
          { metric: 'request-queue', above: limit(100) },
        ),
      ],
    ],
    met: ['later'],
  },
  'SCL-14': {
    about: 'down after five minutes, both',
    for: 'P',
    P: [
      [
        'prod/scaling/app',
        {
          downWhen: 'all',
          metrics: all(
            { metric: 'cpu', below: limit('30%'), belowFor: time('5m') },
            { metric: 'memory', below: limit('40%'), belowFor: time('5m') },
          ),
        },
      ],
    ],
    met: ['later'],
  },
  'SCL-15': {
    about: 'seven services at 70%',
    for: 'M',
    M: (
      [
        ['api-gateway', 2, 10],
        ['webhook-ingress', 2, 10],
        ['iam', 2, 5],
        ['prompt-svc', 1, 5],
        ['orchestrator', 2, 10],
        ['billing-usage', 1, 3],
        ['payments', 1, 3],
      ] as const
    ).map(([name, min, max]) => [`prod/scaling/${name}`, { min, max, metrics: some(cpu) }] as const),
    met: ['later'],
  },
  'SCL-16': {
    about: 'fewest instances: core 1, ai 1, edge 2',
    for: 'T',
    T: [
      ['prod/scaling/core/min', 1],
      ['prod/scaling/ai/min', 1],
      ['prod/scaling/edge/min', 2],
    ],
    met: ['later'],
  },
};

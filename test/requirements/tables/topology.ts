import {
  absent,
  all,
  either,
  exactly,
  money,
  named,
  present,
  said,
  size,
  some,
  time,
} from '../expectations.ts';
import type { Table } from '../table.ts';

/** Topology and deployment targets. */
export const topology: Table = {
  'TOP-01': {
    about: 'one machine with Compose: 2 processors, 4 to 8 GB',
    for: 'T',
    T: [
      ['dev/platform', { kind: 'compose', cpu: 2, memory: size('8GB') }],
      ['staging/platform', { kind: 'compose', cpu: 2, memory: size('8GB') }],
      ['staging/stores/database/backup/longTerm', { every: time('7d') }],
      ['dev/stores', all({ kind: 'postgres' }, { kind: 'redis' }, { kind: 'bucket' })],
      ['dev/services', named('edge', 'core', 'workers', 'ai')],
      ['staging/platform/reason', present],
      ['prod/phases', some({ does: some(/standby.*keepalived/) })],
    ],
    met: ['later'],
  },
  'TOP-02': {
    about: 'serverless containers and managed data',
    for: 'T',
    T: [
      ['prod/platform/kind', 'serverless containers'],
      ['prod/stores/database/managed', present],
      ['prod/stores/queue/managed', present],
      ['prod/scaling', named('edge', 'core', 'workers', 'ai')],
      ['prod/network/cdn', present],
    ],
    met: ['later'],
  },
  'TOP-03': {
    about: 'K3s on two or three small machines',
    for: 'T',
    T: [
      ['prod/platform/options/k3s', /two or three/],
      ['prod/artefacts', some({ role: /chart/i })],
    ],
    met: ['later'],
  },
  'TOP-04': {
    about: 'serverless for production, one machine elsewhere',
    for: 'T',
    T: [
      ['prod/platform/kind', 'serverless containers'],
      ['dev/platform/kind', 'compose'],
      ['staging/platform/kind', 'compose'],
    ],
  },
  'TOP-05': {
    about: 'who calls whom, and nothing else',
    for: 'T',
    T: [
      ['prod/network/deny', 'rest'],
      [
        'prod/network/allow',
        all(
          { from: 'internet', via: 'https' },
          { to: 'edge', via: 'websocket' },
          { from: 'edge', to: 'core', via: 'mtls' },
          { from: 'core', to: 'ai', via: 'hmac' },
          { from: 'workers', to: 'ai', via: 'hmac' },
          { from: 'core', to: 'database' },
          { from: 'core', to: 'queue' },
          { from: 'workers', to: 'database' },
          { from: 'workers', to: 'queue' },
          { from: 'workers', to: 'files' },
        ),
      ],
      // Nothing else: both pairs before edge come by HTTPS and by WebSocket, and edge keeps sessions in Redis.
      ['prod/network/allow', exactly(13)],
    ],
    met: ['later'],
  },
  'TOP-06': {
    about: 'placement of the four services',
    for: 'T',
    T: [
      ['prod/services/edge', { exposure: 'public', replicas: 2, affinity: present }],
      ['prod/scaling/core', { min: 1, max: 2 }],
      ['prod/services/core/exposure', either('private', undefinedExposure)],
      ['prod/scaling/workers/metrics', some({ metric: 'queue-depth' })],
      ['prod/scaling/ai/min', 1],
      ['prod/network/cdn', { http3: true, firewall: true }],
    ],
  },
  'TOP-07': {
    about: 'one region in Southeast Asia, data beside the programs',
    for: 'T',
    T: [
      ['prod/platform', { region: /Southeast Asia/, zones: 1 }],
      ['prod/stores/database/region', absent],
      ['prod/stores/queue/region', absent],
    ],
  },
  'TOP-08': {
    about: 'balancer, three instances on 8080, optional mesh, primary and standby, optional Redis',
    for: 'C',
    C: [
      [
        'prod/services/customer-service',
        { replicas: 3, port: 8080, exposure: either('public', 'private', undefinedExposure) },
      ],
      ['prod/stores', some({ kind: 'postgres', standbys: 1 })],
      ['prod/stores', some({ kind: 'redis', optional: true })],
      ['prod/decisions', said(/mesh/)],
    ],
  },
  'TOP-09': {
    about: 'three targets',
    for: 'C',
    C: [
      ['prod/platform', { kind: /ecs|kubernetes/, options: present }],
      ['prod/platform/options', all(/GKE.*EKS.*AKS/, /heroku/i)],
    ],
    met: ['later'],
  },
  'TOP-10': {
    about: 'AWS: Next.js, ALB, EKS 1.31, six services, RDS, ElastiCache',
    for: 'K',
    K: [
      [
        'production/services',
        (value) =>
          ['frontend', 'api-gateway', 'auth', 'trading', 'agent', 'market-data', 'notification'].every(
            (name) => typeof value === 'object' && value !== null && name in value,
          )
            ? null
            : 'the frontend and six services',
      ],
      ['production/platform', { kind: 'eks', version: '1.31', reason: present }],
      ['production/services/frontend/hosting', { kind: 'serverless', provider: 'vercel', edgeCache: true }],
      ['production/stores', all({ kind: 'postgres', version: '16' }, { kind: 'redis', version: '7' })],
    ],
  },
  'TOP-11': {
    about: 'three zones, 2 to 10 nodes, add-ons',
    for: 'K',
    K: [
      ['production/platform', { zones: 3, nodes: [2, 10] }],
      ['production/platform/addons', all(/ALB Controller/, /Metrics Server/, /Cluster Autoscaler/)],
    ],
  },
  'TOP-12': {
    about: 'CDN, one program on 8501, Redis, Postgres, observability',
    for: 'P',
    P: [
      ['prod/services/app/port', 8501],
      ['prod/network/cdn/provider', /cloudflare/i],
      ['prod/scaling/app', { min: 3, max: 10 }],
      ['prod/stores', all({ kind: 'redis' }, { kind: 'postgres' })],
      ['prod/observability/errors/to', /Sentry/],
    ],
    met: ['systems/planner/services/app/planner.test.ts'],
  },
  'TOP-13': {
    about: 'containers: user 1000, 8501, /health; Redis 7 and Postgres 16, optional',
    for: 'P',
    P: [
      ['prod/services/app/image', { user: 1_000, largest: either(size('300MB'), size('330MB')) }],
      ['prod/services/app/probes/live/path', '/health'],
      [
        'prod/stores',
        all(
          { kind: 'redis', version: /^7/, optional: true },
          { kind: 'postgres', version: /^16/, optional: true },
        ),
      ],
    ],
    met: ['later'],
  },
  'TOP-14': {
    about: 'four targets with their prices',
    for: 'P',
    P: [
      [
        'prod/cost/options',
        all(
          { from: money('$200').from, to: money('$500').to },
          { from: money('$300').from, to: money('$700').to },
          { from: money('$150').from, to: money('$400').to },
          { from: money('$100').from, to: money('$300').to },
        ),
      ],
      [
        'prod/platform/options',
        (value) =>
          typeof value === 'object' && value !== null && Object.keys(value).length >= 3
            ? null
            : 'the three other targets',
      ],
    ],
    met: ['later'],
  },
  'TOP-15': {
    about: 'Fargate for launch',
    for: 'P',
    P: [
      ['prod/platform', { kind: 'ecs-fargate', reason: /day/ }],
      ['prod/stores', all({ instance: 'cache.t3.micro' }, { instance: 'db.t3.micro', optional: true })],
      ['prod/network/isolation', some(/private subnets/)],
    ],
  },
  'TOP-16': {
    about: 'clusters: 3 to 20 nodes, 2 to 10, 1',
    for: 'M',
    M: [
      ['prod/platform', { nodes: [3, 20], zones: 3 }],
      ['staging/platform', { nodes: [2, 10], zones: 1 }],
      ['dev/platform/nodes', [1, 1]],
    ],
  },
  'TOP-17': {
    about: 'three pools',
    for: 'M',
    M: [
      [
        'prod/platform/pools',
        all(
          { cpu: [2, 4], memory: [size('8GB'), size('16GB')], role: /gateway|public/i },
          { cpu: [2, 4], memory: [size('8GB'), size('16GB')], role: /backend/i },
          { cpu: [1, 2], memory: [size('4GB'), size('8GB')] },
        ),
      ],
    ],
  },
  'TOP-18': {
    about: 'namespaces',
    for: 'M',
    M: [
      ['prod/services/portal-web/namespace', 'prod-frontend'],
      ['prod/services/admin-web/namespace', 'prod-frontend'],
      ['prod/services/api-gateway/namespace', 'prod-api'],
      ['prod/services/webhook-ingress/namespace', 'prod-api'],
      ['prod/services/iam/namespace', 'prod-services'],
      ['prod/services/prompt-svc/namespace', 'prod-services'],
      ['prod/services/orchestrator/namespace', 'prod-services'],
      ['prod/services/billing-usage/namespace', 'prod-services'],
      ['prod/services/payments/namespace', 'prod-services'],
      ['prod/services', some({ namespace: 'prod-jobs' })],
    ],
  },
  'TOP-19': {
    about: 'pages on Vercel, made anew in the background',
    for: 'M',
    M: [
      [
        'prod/services/portal-web/hosting',
        {
          kind: 'serverless',
          provider: 'vercel',
          fallback: /cloud-run/,
          edgeCache: true,
          revalidate: present,
        },
      ],
      ['prod/services/admin-web/hosting', { kind: 'serverless', provider: 'vercel' }],
    ],
  },
  'TOP-20': {
    about: 'no provider is built in',
    for: 'TCM',
    T: [['prod/decisions', exactly(3)]],
    C: [['prod/platform/options', present]],
    M: [['prod/platform/options', present]],
    met: ['later'],
  },
};

function undefinedExposure(value: unknown): string | null {
  return value === undefined ? null : 'left out';
}

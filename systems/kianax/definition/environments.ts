import type { SystemInput } from 'fairway';

type Services = NonNullable<SystemInput['services']>;

const probes = { live: '/health', ready: '/ready' };
const standIn = {
  include: ['services/common'],
  command: ['node', 'main.ts'],
  exposure: 'private',
  replicas: 1,
  resources: { memory: '512MiB', cpu: '500m' },
  probes,
} satisfies Services[string];
const pods = {
  min: 2,
  max: 10,
  metrics: [
    { metric: 'cpu', target: '70%' },
    { metric: 'memory', target: '80%' },
  ],
  upEvery: '60s',
  downEvery: '300s',
} satisfies NonNullable<SystemInput['scaling']>[string];
const two = { replicas: 2 };
/** Several systems run on one machine: there each service gets a port that is free. */
const here = { port: null };

/** Two and no staging: `develop` goes to development, `main` to production, both by themselves. */
export const environments = {
  development: {
    target: 'local',
    purpose: 'Feature testing and validation',
    isolation: 'own cluster, own databases, own secrets, own pipeline; no data of production',
    domains: ['dev.kianax.io'],
    trigger: { on: 'branch', pattern: 'develop' },
    data: { kind: 'ephemeral' },
    services: {
      frontend: here,
      'api-gateway': {
        ...here,
        replicas: 2,
        strategy: 'canary',
        needs: ['frontend', 'auth', 'trading', 'agent', 'market-data', 'notification', 'cache'],
        env: { RATE_LIMIT: 0 },
      },
      auth: {
        ...here,
        needs: ['database', 'cache', 'stand-in-vendors'],
        env: { SEED_USERS: 60, SEED_PASSWORD: 'kianax-development', SECURE_COOKIES: false },
      },
      trading: { ...here, needs: ['database', 'market-data', 'notification', 'stand-in-vendors'] },
      agent: { ...here, needs: ['database', 'market-data', 'stand-in-vendors'] },
      'market-data': { ...here, needs: ['cache', 'stand-in-polygon'] },
      notification: here,
      'stand-in-polygon': {
        ...standIn,
        role: 'Stands in for Polygon: prices that move, by REST and by WebSocket',
        folder: 'stand-ins/polygon',
        secrets: ['POLYGON_API_KEY'],
      },
      'stand-in-vendors': {
        ...standIn,
        role: 'Stands in for OpenAI, the broker, GitHub and Google sign in, and Statsig (OFREP)',
        folder: 'stand-ins/vendors',
        secrets: ['OPENAI_API_KEY', 'GITHUB_CLIENT_SECRET', 'GOOGLE_CLIENT_SECRET'],
      },
    },
    stores: {
      database: {
        instance: 'db.t3.small',
        zones: 'single',
        storage: '20GB',
        // Snapshots alone would lose a day: the log is shipped as well.
        backup: { full: { every: '1d', keep: '7d' }, logEvery: '15m', pointInTime: '7d', encrypted: true },
      },
      cache: { instance: 'cache.t3.micro' },
    },
    checks: {
      gateway: { every: '10s' },
      quotes: { every: '10s' },
      journey: { every: '10s' },
      audit: { every: '60s' },
    },
    release: {
      canary: { steps: [{ weight: '10%', hold: '20s' }] },
      gate: { minimumRequests: 50, slowerThan: '1s', slowShare: '10%', interval: '1s' },
      keepOld: '2m',
      watch: '0s',
    },
    cost: {
      monthly: '$300',
      lines: {
        EKS: '$75',
        compute: '$80',
        database: '$50',
        Redis: '$15',
        network: '$50',
        monitoring: '$30',
      },
      anomalyAbove: '50%',
      levers: ['off at night', 'right sizes'],
      tags: { environment: 'development', project: 'kianax' },
    },
    recovery: { verify: { database: { rows: { users: 60, accounts: 60 } } } },
    acceptLoss: { reason: 'one machine stands in for the cluster of development' },
  },

  production: {
    target: 'kubernetes',
    purpose: 'Live users',
    isolation: 'own cluster, own databases, own secrets, own pipeline',
    domains: ['kianax.io'],
    trigger: { on: 'branch', pattern: 'main' },
    data: { kind: 'real' },
    services: {
      frontend: {
        role: 'Next.js 16 of the seed, here plain files',
        hosting: { kind: 'serverless', provider: 'vercel', edgeCache: true },
      },
      'api-gateway': { ...two, domains: ['kianax.io'], env: { RATE_LIMIT: 300, RATE_LIMIT_SECONDS: 300 } },
      auth: { ...two, env: { PUBLIC_URL: 'https://kianax.io' } },
      trading: two,
      agent: two,
      'market-data': two,
      notification: two,
    },
    stores: {
      database: {
        instance: 'db.t3.medium',
        zones: 'multi',
        standbys: 1,
        readReplicas: 1,
        storage: '100GB',
        backup: {
          full: { every: '1d', keep: '14d' },
          logEvery: '15m',
          pointInTime: '14d',
          to: 's3://kianax-backups/database',
          offRegion: true,
          encrypted: true,
        },
      },
      cache: {
        instance: 'cache.t3.small',
        nodes: 3,
        shards: 3,
        persistence: 'snapshot',
        backup: { to: 's3://kianax-backups/cache' },
      },
    },
    secrets: {
      DATABASE_PASSWORD: { role: 'Rotated by Secrets Manager', from: 'secrets manager', rotate: '30d' },
    },
    scaling: {
      'api-gateway': pods,
      auth: pods,
      trading: pods,
      agent: pods,
      'market-data': pods,
      notification: pods,
    },
    release: { checklist: 'production' },
    platform: {
      kind: 'eks',
      reason: 'mature EKS, managed RDS and ElastiCache, security and compliance, prices for startups',
      provider: 'aws',
      version: '1.31',
      zones: 3,
      nodes: [2, 10],
      addons: ['ALB Controller', 'Metrics Server', 'Cluster Autoscaler', 'VPC CNI'],
      options: { 'other-node-groups': 'for other loads', spot: 'for batches and what can wait' },
    },
    cost: {
      monthly: '$1,200',
      lines: {
        EKS: '$75',
        compute: '$250',
        database: '$200',
        Redis: '$100',
        network: '$100',
        'external APIs (Polygon, OpenAI)': { from: '$300', to: '$500' },
        monitoring: '$50',
      },
      anomalyAbove: '50%',
      levers: [
        'reserved capacity saves 40-60% of what is steady',
        'spot for batches',
        'fewer replicas in quiet times',
        'right sizes',
        'old logs move to cheaper classes of S3',
      ],
      tags: { environment: 'production', project: 'kianax' },
    },
  },
} satisfies SystemInput['environments'];

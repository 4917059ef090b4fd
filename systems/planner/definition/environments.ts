import type { SystemInput } from 'fairway';

/** Where the planner runs, and what is different there. */
export const environments = {
  dev: {
    target: 'local',
    purpose: 'Development on one machine: no Redis, one replica, no limit',
    trigger: { on: 'pull-request' },
    data: { kind: 'ephemeral' },
    services: {
      app: {
        needs: ['postgres'],
        strategy: 'canary',
        replicas: 1,
        env: {
          DEBUG: true,
          LOG_LEVEL: 'DEBUG',
          CACHE_TTL: 600,
          MAX_SCENARIOS: 1_000,
          RATE_LIMIT_PER_MINUTE: 0,
          DB_POOL_SIZE: 5,
          REDIS_ENABLED: false,
          SHUTDOWN_GRACE_MILLIS: 5_000,
        },
        shutdown: { drain: '5s', grace: '10s' },
        probes: { startup: { interval: '1s', failures: 120 } },
      },
    },
    stores: { redis: null, audit: null },
    network: { allow: [{ from: 'balancer', to: 'app', via: 8501 }] },
    release: {
      canary: { steps: [{ weight: '10%', hold: '20s' }] },
      gate: { minimumRequests: 50, slowerThan: '1s', slowShare: '10%', interval: '1s' },
      keepOld: '2m',
    },
    checks: { ready: { every: '10s' }, simulate: { every: '10s' }, report: { every: '15s' } },
    acceptLoss: { reason: 'a single machine for development; staging and prod keep what is declared' },
  },
  staging: {
    target: 'docker',
    purpose: 'What goes to production next, on one machine',
    trigger: { on: 'branch', pattern: 'main' },
    data: { kind: 'ephemeral' },
    services: {
      app: {
        replicas: 2,
        env: {
          CACHE_TTL: 1_800,
          MAX_SCENARIOS: 5_000,
          RATE_LIMIT_PER_MINUTE: 100,
          DB_POOL_SIZE: 10,
          REDIS_ENABLED: true,
        },
        protection: {
          rateLimits: { address: { limit: '100/min' }, user: { limit: '100/min', per: 'user' } },
        },
      },
    },
    platform: { kind: 'compose', cpu: 2, memory: '4GB' },
  },
  prod: {
    target: 'kubernetes',
    purpose: 'Live users',
    isolation: 'private subnets',
    trigger: { on: 'manual', after: 'staging' },
    data: { kind: 'real' },
    domains: ['planner.local'],
    services: {
      app: {
        replicas: 3,
        env: {
          LOG_LEVEL: 'WARNING',
          CACHE_TTL: 3_600,
          MAX_SCENARIOS: 10_000,
          RATE_LIMIT_PER_MINUTE: 60,
          DB_POOL_SIZE: 20,
          REDIS_ENABLED: true,
        },
        protection: {
          rateLimits: { address: { limit: '60/min' }, user: { limit: '60/min', per: 'user' } },
        },
      },
    },
    // 20 connections in each of 10 replicas are more than db.t3.micro takes: the pooler shares 80 among them.
    stores: { postgres: { pooler: { by: 'PgBouncer', max: 80, perReplica: 20 } } },
    scaling: {
      app: {
        min: 3,
        max: 10,
        metrics: [
          { metric: 'cpu', target: '70%', above: '70%', aboveFor: '1m', below: '30%', belowFor: '5m' },
          { metric: 'memory', target: '80%', above: '80%', aboveFor: '1m', below: '40%', belowFor: '5m' },
          { metric: 'request-queue', above: 100 },
        ],
        downWhen: 'all',
      },
    },
    release: {
      strategy: 'blue-green',
      blueGreen: { keepOld: '1h' },
      canary: {
        by: 'replicas',
        steps: [
          { weight: '10%', hold: '15m' },
          { weight: '25%', hold: '5m' },
          { weight: '50%', hold: '5m' },
          { weight: '100%', hold: '5m' },
        ],
      },
      approval: { role: 'owner' },
      checklist: 'deployment',
    },
    platform: {
      kind: 'ecs-fargate',
      reason:
        'serverless, a simple model, cheap for moderate traffic, at home in AWS, ready in less than a day',
      provider: 'AWS',
      addons: [
        'ALB',
        'CloudWatch',
        'X-Ray',
        'Sentry',
        'Secrets Manager',
        'private subnets',
        'IAM task roles',
      ],
      options: {
        kubernetes:
          'EKS, GKE or AKS: 3 nodes, nginx, operators for Redis and Postgres, Prometheus and Grafana, cert-manager',
        'azure-app-service':
          'P1v2, Azure Cache, Azure Database, Application Insights, Key Vault: the simplest',
        'cloud-run': 'Cloud Run, Memorystore, Cloud SQL, Cloud Logging, Secret Manager: paid by request',
      },
    },
  },
} satisfies SystemInput['environments'];

import type { SystemInput } from 'fairway';
import { switches } from './operations.ts';

const name = 'customer-service';
const often = { every: '10s' } as const;

/** Laptop and demonstrations, a small cluster, production. */
export const environments = {
  dev: {
    target: 'local',
    purpose: 'Development and demonstrations on one machine',
    trigger: { on: 'manual' },
    data: { kind: 'ephemeral' },
    domains: ['dev.customer.local'],
    platform: { kind: 'compose', cpu: 2, memory: '8GB' },
    services: {
      [name]: {
        env: {
          LOG_LEVEL: 'debug',
          DATABASE_FALLBACK: 'memory',
          DEMO_USERS: true,
          COOKIE_LOGIN: true,
          ACCESS_LIFETIME: '30m',
          LOGIN_LIMIT_PER_MINUTE: 0,
          RATE_LIMIT_PER_MINUTE: 0,
        },
        port: null, // a free one: other systems on this machine want 8080 too
        strategy: 'canary',
        replicas: 1, // what is kept in memory is known to one process only
        reload: true,
        resources: { memory: '1GiB', cpu: 1 },
      },
    },
    stores: { database: { fallback: 'memory' } },
    release: {
      canary: { steps: [{ weight: '10%', hold: '20s' }] },
      gate: { minimumRequests: 50, slowerThan: '1s', slowShare: '10%', interval: '1s' },
      keepOld: '2m',
      watch: '0s',
    },
    checks: { health: often, ready: often, 'login-read': { ...often, timeout: '20s' } },
    recovery: { verify: { database: { rows: { users: 2, customers: 1, audit: 3 } } } },
    acceptLoss: {
      reason: 'a single machine for development; staging and prod keep what is declared',
    },
  },

  staging: {
    target: 'kubernetes',
    purpose: 'Performance and integration tests before production',
    isolation: 'like production',
    domains: ['staging.customer.local'],
    trigger: { on: 'ci' },
    data: { kind: 'masked', from: 'prod' },
    platform: { kind: 'kubernetes', nodes: [1, 2], zones: 1 },
    stores: { database: { standbys: 1, synchronous: true } },
  },

  prod: {
    target: 'kubernetes',
    purpose: 'Live users',
    isolation: 'dedicated',
    domains: ['customer.local'],
    trigger: { on: 'manual', after: 'staging' },
    data: { kind: 'real' },
    services: { [name]: { replicas: 3, resources: { memory: '1GiB', cpu: 1 } } },
    stores: {
      database: {
        zones: 'multi',
        standbys: 1,
        synchronous: true,
        managed: 'RDS, Cloud SQL',
        instance: 'db.t3.medium',
        storage: '50GB',
        growsStorage: true,
        backup: { to: 's3://customer-backups', offRegion: true },
      },
      cache: { managed: 'ElastiCache', instance: 'cache.t3.micro' },
    },
    scaling: {
      [name]: {
        min: 3,
        max: 10,
        metrics: [
          { metric: 'cpu', target: '70%' },
          { metric: 'memory', target: '80%' },
        ],
        upEvery: '60s',
        downEvery: '300s',
      },
    },
    release: {
      approval: { role: 'release manager' },
      checklist: 'deployment',
      ...(switches.cdn ? { purge: ['static'] } : {}),
    },
    network: switches.cdn ? { cdn: { provider: 'CloudFront', cache: { static: '1d' }, firewall: true } } : {},
    platform: {
      kind: 'kubernetes',
      zones: 3,
      nodes: [3, 10],
      provider: 'EKS, GKE or AKS',
      addons: ['nginx ingress', 'Prometheus', 'Grafana', 'Loki or ELK'],
      options: {
        'ecs-fargate':
          'recommended for simplicity: Fargate, RDS Multi-AZ, ALB, VPC with security groups and NAT, S3 for backups, CodePipeline and CodeDeploy, CloudWatch and X-Ray',
        kubernetes:
          'GKE, EKS or AKS: managed control plane, registry or ECR, Cloud SQL or RDS Proxy, nginx ingress, Prometheus and Grafana, ELK or Loki',
        heroku:
          'git push heroku main: Heroku Postgres, a Redis add-on, dynos that scale by themselves, its own dashboards',
      },
    },
  },
} satisfies SystemInput['environments'];

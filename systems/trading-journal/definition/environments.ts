import type { SystemInput } from 'fairway';

export const environments = {
  dev: {
    target: 'local',
    purpose: 'What developers test, and demonstrations, on one machine',
    isolation: 'shared sandbox',
    domains: ['dev.app.example.com'],
    trigger: { on: 'pull-request' },
    data: { kind: 'ephemeral', seed: 'services/core/seed.ts' },
    platform: { kind: 'compose', cpu: 2, memory: '8GB' },
    services: {
      core: { env: { DEMO_USERS: true } },
      // A load test comes from one address.
      edge: {
        env: { RATE_LIMIT_PER_MINUTE: 0, LOGIN_LIMIT_PER_MINUTE: 0 },
        protection: { rateLimits: null },
      },
    },
    release: {
      canary: { steps: [{ weight: '10%', hold: '20s' }] },
      gate: { minimumRequests: 50, slowerThan: '1s', slowShare: '10%', interval: '1s' },
      keepOld: '2m',
    },
    checks: {
      login: { every: '10s' },
      reflect: { every: '10s' },
      import: { every: '15s' },
      ai: { every: '10s' },
    },
    recovery: { verify: { database: { rows: { users: 1, trades: 1 } } } },
    acceptLoss: { reason: 'a single machine for development; staging and prod keep what is declared' },
  },
  staging: {
    target: 'docker',
    purpose: 'End to end before production',
    isolation: 'like production',
    domains: ['staging.app.example.com'],
    trigger: { on: 'branch', pattern: 'main' },
    data: { kind: 'masked', from: 'prod' },
    services: { edge: { domains: ['staging.app.example.com'] } },
    stores: {
      database: {
        backup: {
          longTerm: { every: '7d', keep: '28d' },
          to: 'another place than the machine',
          offRegion: true,
        },
      },
    },
    edge: {
      listen: [
        { address: '0.0.0.0', port: 443, tls: 'acme' },
        { address: '0.0.0.0', port: 80, tls: 'none' },
      ],
      acme: { email: 'operations@example.com' },
      hosts: { 'staging.app.example.com': { '/': 'edge' } },
    },
    platform: {
      kind: 'compose',
      reason: 'lowest cost and simple; a single point of failure, little scaling, own operations',
      cpu: 2,
      memory: '8GB',
    },
  },
  prod: {
    target: 'kubernetes',
    purpose: 'Live users',
    isolation: 'dedicated',
    domains: ['app.example.com'],
    trigger: { on: 'tag', pattern: 'v*', after: 'staging' },
    data: { kind: 'real' },
    services: { edge: { domains: ['app.example.com'] } },
    stores: {
      database: {
        managed: 'serverless, or the smallest dedicated one',
        backup: { full: { keep: '30d' }, pointInTime: '30d' },
      },
      queue: { managed: 'one that BullMQ can use, serverless or the smallest', memory: '256MiB' },
      files: { managed: 'any that speaks S3' },
    },
    release: {
      migrations: { window: 'night' },
      purge: ['app'],
      checklist: 'go live',
    },
    windows: { night: { days: ['sun'], from: '02:00', until: '04:00', zone: 'Asia/Singapore' } },
    platform: {
      kind: 'serverless containers',
      reason:
        'little to operate, scales by itself; what is seldom asked starts cold, hence the fewest replicas',
      region: 'Southeast Asia',
      zones: 1,
      options: {
        compose: 'one machine with Docker Compose: cheapest, for a start',
        k3s: 'two or three small machines for a steady load, data stays managed',
      },
    },
  },
} satisfies SystemInput['environments'];

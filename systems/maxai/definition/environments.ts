import type { SystemInput } from 'fairway';

type Environments = SystemInput['environments'];

const busy = { metric: 'cpu', target: '70%' } as const;
const businessHours: NonNullable<Environments[string]['schedule']>['open'] = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  until: '20:00',
  zone: 'UTC',
};
const scaling = {
  'api-gateway': { min: 2, max: 10, metrics: [busy] },
  'webhook-ingress': { min: 2, max: 10, metrics: [busy] },
  iam: { min: 2, max: 5, metrics: [busy] },
  'prompt-svc': { min: 1, max: 5, metrics: [busy] },
  orchestrator: { min: 2, max: 10, metrics: [busy] },
  'billing-usage': { min: 1, max: 3, metrics: [busy] },
  payments: { min: 1, max: 3, metrics: [busy] },
  jobs: { min: 1, max: 5, metrics: [{ metric: 'queue-depth', of: 'webhooks', target: 100 }] },
} satisfies SystemInput['scaling'];

/** `/admin` and a host of its own, `/api` and a host of its own: both ways lead to the same service. */
const paths = {
  '/': 'portal-web',
  '/admin': 'admin-web',
  '/api': 'api-gateway',
  '/webhooks': 'webhook-ingress',
};
const balancer = {
  listen: [
    { address: '0.0.0.0', port: 443, tls: 'acme' as const },
    { address: '0.0.0.0', port: 80, tls: 'none' as const },
  ],
  acme: { email: 'operations@maxai.io' },
  minimumTls: '1.3' as const,
  csrf: true,
  csrfExcept: ['/webhooks'],
};

/** One of everything on a laptop; the vendors are a service that stands in for them, n8n is left out. */
const dev = {
  target: 'local',
  purpose: 'Development and demonstrations on one machine',
  trigger: { on: 'manual' },
  data: { kind: 'ephemeral' },
  schedule: { open: businessHours, otherwise: 'stop' },
  cost: { tags: { environment: 'dev' } },
  platform: { kind: 'kind', nodes: [1, 1] },
  network: { balancer: null },
  services: {
    'portal-web': { port: null, needs: ['api-gateway'] },
    'admin-web': { port: null, needs: ['api-gateway'] },
    'api-gateway': { port: null, env: { RATE_LIMIT_PER_MINUTE: 0, LOGIN_LIMIT_PER_MINUTE: 0 } },
    'webhook-ingress': { port: null, replicas: 1 },
    iam: {
      port: null,
      replicas: 1,
      needs: ['database', 'cache', 'stand-in-vendors'],
      env: { DEV_USERS: 60, SECURE_COOKIES: false },
    },
    'prompt-svc': { port: null },
    orchestrator: {
      port: null,
      replicas: 1,
      needs: ['database', 'cache', 'iam', 'prompt-svc', 'n8n', 'stand-in-vendors'],
    },
    'billing-usage': { port: null },
    payments: { port: null, needs: ['database', 'stand-in-vendors'] },
    jobs: { env: { USAGE_EVERY_MILLIS: 5_000 } },
    n8n: {
      acceptLoss: {
        reason:
          'n8n comes as an image, and this target runs none: workflows are recorded, not run, and the orchestrator says so',
      },
    },
    'stand-in-vendors': {
      role: 'Answers in place of Google, GHL, Stripe, Retell, Twilio and OpenRouter',
      folder: 'services/stand-in-vendors',
      include: ['services/common'],
      command: ['node', 'main.ts'],
      exposure: 'private',
      needs: ['webhook-ingress'],
      secrets: ['STRIPE_WEBHOOK_SECRET'],
      resources: { cpu: '250m', memory: '256MiB' },
      probes: { live: '/health', ready: '/ready', startup: '/startup' },
    },
  },
  release: {
    strategy: 'canary',
    canary: { steps: [{ weight: '10%', hold: '20s' }] },
    gate: { minimumRequests: 50, slowerThan: '1s', slowShare: '10%', interval: '1s' },
    keepOld: '2m',
  },
  checks: { health: { every: '10s' }, prompts: { every: '10s' }, webhooks: { every: '10s' } },
  acceptLoss: { reason: 'a single machine for development; staging and prod keep what is declared' },
} satisfies Environments[string];

const staging = {
  target: 'kubernetes',
  purpose: 'Like production, before it',
  isolation: 'a cluster of its own',
  trigger: { on: 'ci' },
  data: { kind: 'masked', from: 'prod' },
  domains: ['staging.maxai.io'],
  schedule: { open: businessHours, otherwise: 'minimum' },
  cost: { tags: { environment: 'staging' } },
  edge: { ...balancer, hosts: { 'staging.maxai.io': paths } },
  services: { n8n: { hosting: null } },
  stores: {
    database: { instance: 'db-n1-standard-2', cpu: 2, memory: '7.5GB', zones: 'single' },
    cache: { memory: '768MB' },
    'jobs-redis': { memory: '256MB' },
  },
  scaling,
  platform: { kind: 'gke', zones: 1, nodes: [2, 10] },
} satisfies Environments[string];

const prod = {
  target: 'kubernetes',
  purpose: 'Live tenants',
  isolation: 'a cluster, a network and secrets of its own',
  trigger: { on: 'manual', after: 'staging' },
  data: { kind: 'real' },
  domains: ['app.maxai.io', 'admin.maxai.io', 'api.maxai.io'],
  cost: { tags: { environment: 'prod' } },
  edge: {
    ...balancer,
    hosts: {
      'app.maxai.io': paths,
      'admin.maxai.io': { '/': 'admin-web', '/api': 'api-gateway' },
      'api.maxai.io': { '/': 'api-gateway', '/webhooks': 'webhook-ingress' },
    },
  },
  stores: {
    database: {
      instance: 'db-n1-standard-4',
      cpu: 4,
      memory: '15GB',
      storage: '500GB',
      growsStorage: true,
      zones: 'multi',
      standbys: 1,
    },
    // Two stores of 5 GB together: one cannot both evict and never evict.
    cache: { memory: '4GB', zones: 'multi', standbys: 1 },
    'jobs-redis': { memory: '1GB', zones: 'multi', standbys: 1 },
  },
  scaling,
  release: {
    strategy: 'blue-green',
    blueGreen: { steps: [{ weight: '10%', hold: '10m' }], keepOld: '24h' },
    keepOld: '24h',
    watch: '10m',
    approval: { role: 'release manager' },
    checklist: 'before production',
    purge: ['public answers of the API', 'scripts and styles'],
  },
  platform: { kind: 'gke', zones: 3, nodes: [3, 20] },
} satisfies Environments[string];

export const environments = { dev, staging, prod } satisfies Environments;

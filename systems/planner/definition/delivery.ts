import type { SystemInput } from 'fairway';

/** How the planner is built, paid for, handed over and grown. */
export const delivery = {
  pipeline: {
    lint: { does: ['lint', 'types', 'security scan'], on: ['pull-request'] },
    test: { does: ['unit tests'], on: ['pull-request'], coverage: '80%' },
    integration: { does: ['integration tests', 'performance tests'], on: ['pull-request'] },
    'image test': { does: ['build the image', 'smoke tests'], on: ['pull-request'] },
    image: { does: ['build', 'tag latest and the commit', 'push', 'scan'], on: ['branch'] },
    staging: {
      does: ['deploy', 'smoke tests', 'integration tests'],
      on: ['branch'],
      environment: 'staging',
      checks: ['ready', 'simulate', 'report'],
    },
    approval: { does: ['review staging', 'approve by hand'], on: ['manual'] },
    prod: {
      does: ['blue-green', 'health checks', 'back on failure'],
      on: ['manual'],
      environment: 'prod',
      checks: ['ready', 'simulate', 'report'],
    },
  },
  artefacts: {
    Dockerfile: { role: 'image in two stages: build, then only what runs, as user 1000' },
    'docker-compose.yml': { role: 'staging on one machine' },
    'kubernetes/': { role: 'production on a cluster' },
    'ecs/task-definition.json': { role: 'task of ECS Fargate' },
    'terraform/': { role: 'cloud: cluster, balancer, stores, network, roles' },
    '.github/workflows/': { role: 'pipeline' },
    'monitoring/prometheus.yml': { role: 'metrics' },
    'image of app': { role: 'what runs, never changed once pushed', keep: '90d' },
  },
  cost: {
    monthly: '$200',
    lines: {
      'Fargate, 3 tasks': '$120',
      ALB: '$25',
      ElastiCache: '$15',
      'RDS, optional': '$20',
      CloudWatch: '$10',
      transfer: '$10',
    },
    options: {
      'ECS Fargate': { from: '$200', to: '$500' },
      Kubernetes: { from: '$300', to: '$700' },
      'Azure App Service': { from: '$150', to: '$400' },
      'Cloud Run': { from: '$100', to: '$300' },
    },
    levers: ['without RDS: $180', 'results are cached for an hour', 'one region'],
    tags: { system: 'planner' },
  },
  checklists: {
    deployment: {
      when: 'before production',
      items: [
        'code review',
        'unit, integration and end-to-end tests',
        'security scan',
        'benchmarks',
        'migrations tested',
        'secrets present',
        'monitoring and alerts',
        'runbook updated',
        'team notified',
        'window scheduled',
        'rollback plan',
        'validation after the release',
      ],
    },
  },
  phases: {
    'phase 1': {
      when: '0-100 users',
      does: ['3 tasks, fixed', 'basic monitoring', 'deployments by hand with approval'],
      done: false,
    },
    'phase 2': {
      when: '100-1,000 users',
      does: ['autoscaling from 3 to 10', 'application monitoring', 'automated deployments', 'Redis'],
    },
    'phase 3': {
      when: '1,000-10,000 users',
      does: ['Kubernetes', 'several regions', 'CDN', 'read replicas'],
    },
    'phase 4': {
      when: '10,000 users and more',
      does: [
        'Istio',
        'caches in tiers',
        'simulation on GPUs, on processors where there are none',
        'dedicated machines',
      ],
    },
    'step 1': { does: ['containers'], done: true },
    'step 2': { does: ['health endpoints'], done: true },
    'step 3': { does: ['structured logs'], done: true },
    'step 4': { does: ['configuration per environment'], done: true },
    'step 5': { does: ['pipelines'], done: true },
    'step 6': { does: ['hardening'], done: true },
    'step 7': { does: ['documentation'], done: true },
    'step 8': { does: ['deploy to staging'], done: false },
    'step 9': { does: ['launch production'], done: false },
  },
} satisfies Partial<SystemInput>;

import type { SystemInput } from 'fairway';
import { smoke } from './operations.ts';

/** From a commit to production, what is made on the way, and what people confirm. */
export const delivery = {
  pipeline: {
    'source control': { does: ['commit', 'review'], on: ['pull-request', 'branch'] },
    ci: {
      does: ['build', 'unit, integration and end-to-end tests', 'security scan'],
      on: ['pull-request', 'branch'],
      timeout: '20m',
    },
    'artifact registry': { does: ['push the image', 'scan the image', 'sign it'], on: ['branch'] },
    'staging deploy': {
      does: ['release', 'performance tests', 'integration tests'],
      on: ['branch'],
      environment: 'staging',
    },
    'smoke tests': { does: ['health and endpoints'], on: ['branch'], environment: 'staging', checks: smoke },
    'approval gate': { does: ['a person reviews staging'], on: ['manual'], environment: 'prod' },
    'production deploy': { does: ['rolling or blue-green release'], on: ['manual'], environment: 'prod' },
    'health checks': { does: ['the service is up'], on: ['manual'], environment: 'prod', checks: smoke },
    'logs, metrics, traces': {
      does: ['compare errors and latency with those before', 'alert on a spike'],
      on: ['manual'],
      environment: 'prod',
      timeout: '30m',
    },
    rollback: { does: ['back to the release before, if needed'], on: ['manual'], environment: 'prod' },
  },

  artefacts: {
    Dockerfile: { role: 'image of the service' },
    'docker-compose.yml': { role: 'several containers on one machine' },
    'kubernetes/': { role: 'deployment, service, configmap' },
    '.github/workflows/': { role: 'pipeline' },
    'scripts/deploy.sh': { role: 'release by hand' },
    'scripts/rollback.sh': { role: 'back to the release before' },
    'terraform/': { role: 'infrastructure' },
    'monitoring/prometheus.yml': { role: 'collects metrics' },
    'logging/fluent-bit.conf': { role: 'forwards logs' },
  },

  checklists: {
    deployment: {
      when: 'before production; the last item after it, with evidence',
      items: [
        'Code review completed',
        'All tests passing (unit, integration, e2e)',
        'Security scan passed',
        'Performance benchmarks acceptable',
        'Database migrations tested',
        'Secrets properly configured',
        'Monitoring and alerts enabled',
        'Runbook updated',
        'Team notified',
        'Deployment window scheduled',
        'Rollback plan prepared',
        'Post-deployment validation done',
      ],
    },
  },
  runbooks: {
    'primary lost': {
      when: 'the database does not answer, or its standby lags',
      steps: [
        'wait a minute: the standby is promoted without being asked',
        'no promotion: stop the old primary for good, then promote the standby',
        'run the checks; writes must succeed',
        'make a new standby',
        'compare the last audit entries with the audit log for what was lost',
      ],
    },
    'restore a backup': {
      when: 'data is lost or wrong',
      steps: [
        'stop writes',
        'find the last good full copy, in the other region if this one is gone',
        'restore it and replay the log to the moment before',
        'run the checks',
        'open for writes, and note how long it took and what was lost',
      ],
    },
    'bad release': {
      when: 'errors or latency rise after a release',
      steps: [
        'scripts/rollback.sh',
        'run the checks',
        'read the logs of the release',
        'write down the cause',
      ],
    },
  },

  phases: {
    1: { when: 'first', does: ['more replicas by processor and memory'] },
    2: { does: ['more memory and processor time for each replica'] },
    3: { when: 'mostly reads', does: ['read replicas of the database'] },
    4: { does: ['Redis for sessions and customers'], done: true },
    5: { does: ['CDN for static files'], done: true },
  },
  decisions: ['provider', 'ECS or Kubernetes for production', 'whether a mesh is worth its weight'],
} satisfies Partial<SystemInput>;

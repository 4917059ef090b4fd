import type { SystemInput } from 'fairway';

/** The way to production, and what people do. */
export const handover = {
  pipeline: {
    build: { does: ['build and test', 'lint', 'type check'], on: ['branch', 'pull-request'] },
    test: { does: ['unit tests'], coverage: '95%', on: ['branch', 'pull-request'] },
    contract: { does: ['contract tests', 'schema validation'], on: ['branch', 'pull-request'] },
    image: { does: ['image per service', 'push to the registry'], on: ['branch'] },
    staging: {
      does: ['deploy', 'smoke tests'],
      on: ['branch'],
      environment: 'staging',
      checks: ['health', 'prompts', 'webhooks'],
    },
    prod: {
      does: ['approval of the release manager', 'deploy', 'health checks', 'monitor and alert'],
      on: ['manual'],
      environment: 'prod',
      checks: ['health', 'prompts', 'webhooks'],
    },
  },
  checklists: {
    'before production': {
      when: 'before a release to prod',
      items: [
        'code reviewed',
        'unit, integration and end-to-end tests passed',
        'security scan passed',
        'performance benchmarks met',
        'migrations tested',
        'secrets configured',
        'monitoring and alerts configured',
        'runbooks updated',
        'team notified',
        'window scheduled',
        'rollback plan documented',
        'validation after the release planned',
      ],
    },
  },
  runbooks: {
    'service-down': {
      when: 'a service does not answer, or answers with errors',
      steps: [
        'look at its last lines and at what was released',
        'go back if a release is the cause',
        'restart what hangs',
        'switch llm_enabled off if a vendor is the cause',
      ],
    },
    rollback: {
      when: 'a release did harm',
      steps: [
        'switch to the previous revision (less than 5 minutes)',
        'run the smoke tests against it',
        'restore the database only if its data is wrong: 15 to 30 minutes, and what was written since is lost',
        'write the post-mortem within 24 hours',
      ],
    },
    'fail over': {
      when: 'the region is gone',
      steps: [
        'decide',
        'restore in the second region',
        'point the names at it',
        'smoke tests',
        'tell the tenants',
      ],
    },
    breach: {
      when: 'somebody was where nobody should be',
      steps: [
        'isolate the service',
        'rotate all secrets',
        'revoke all sessions',
        'read the audit log',
        'report',
      ],
    },
  },
  phases: {
    1: { does: ['replicas by processor, 70%', 'nodes 3 to 20'], done: true },
    2: { when: 'replicas do not suffice', does: ['larger nodes'] },
    3: {
      when: 'the pool is exhausted or the database is busy',
      does: ['a larger database', 'read replicas'],
    },
  },
  decisions: [
    'GKE or EKS, and with it the database and Redis',
    'Vercel or Cloud Run for the pages',
    'the second region',
  ],
} satisfies Partial<SystemInput>;

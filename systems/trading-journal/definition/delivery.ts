import type { SystemInput } from 'fairway';
import { slo } from './checks.ts';

const module = (name: string, role: string) => [`infra/modules/${name}/main.tf`, { role }] as const;
const chart = (name: string) => [`charts/${name}/`, { role: `chart of ${name}, for K3s` }] as const;
const variables = (name: string) =>
  [`infra/envs/${name}/main.tfvars`, { role: `sizes and names of ${name}` }] as const;

/** How it gets from a commit to its users, what is made on the way, and how it may grow. */
export const delivery = {
  pipeline: {
    build: {
      does: ['image per service', 'pinned runtimes', 'list of parts', 'scan'],
      on: ['pull-request', 'branch'],
    },
    test: {
      does: ['unit', 'contract', 'integration', 'end to end on docker-compose.test.yml'],
      on: ['pull-request', 'branch'],
    },
    publish: { does: ['signature', 'push to the registry'], on: ['branch', 'tag'] },
    preview: { does: ['release the pull request', 'seed'], on: ['pull-request'], environment: 'dev' },
    staging: { does: ['release main', 'end to end'], on: ['branch'], environment: 'staging', checks: slo },
    prod: { does: ['canary, then all of it'], on: ['tag'], environment: 'prod', checks: slo },
  },
  artefacts: Object.fromEntries([
    module('container_service', 'image, scaling, health'),
    module('postgres', 'size, copies, point in time, users'),
    module('redis', 'plan, eviction policy'),
    module('bucket', 'lifecycle, versions, encryption'),
    module('dns_cdn', 'domain, certificate, firewall rules'),
    ...['dev', 'staging', 'prod'].map(variables),
    ...['edge', 'core', 'workers', 'ai'].map(chart),
    ['docker-compose.yml', { role: 'all of it on one machine' }],
    ['docker-compose.test.yml', { role: 'all of it for tests end to end' }],
    ['masking/mask.sql', { role: 'makes people unrecognisable in the copy that staging gets' }],
  ]),
  checklists: {
    'go live': {
      when: 'before the first users',
      items: [
        'DNS lives 60 s and the canary is warm',
        'backups are tested, with recovery to a point in time',
        'no evictions in the load test',
        'checks are green for 30 minutes at 10%',
        'flags have their safest values',
        'runbooks and people on call are there',
      ],
    },
  },
  runbooks: {
    'restore-from-backup': {
      when: 'data is lost or wrong',
      steps: [
        'stop writes',
        'restore the last full copy',
        'replay the log to the point in time',
        'run the checks',
        'open for writes',
      ],
    },
  },
  phases: {
    1: { does: ['a dedicated database instead of a serverless one', 'a read replica for exports'] },
    2: { does: ['workers per queue', 'shards by user'] },
    3: { does: ['LISTEN/NOTIFY instead of polling', 'Redis pub/sub as a cache of events'] },
    4: {
      does: ['a second region for edge', 'sticky sessions at the CDN', 'WebSockets fan out per region'],
    },
    5: { does: ['managed Kubernetes, data stays'] },
    'from one machine on': {
      does: ['Postgres to a managed one', 'workers on a second machine', 'a standby machine and keepalived'],
    },
    'from serverless containers on': {
      does: ['more instances at least', 'workers scale by themselves', 'read replicas'],
    },
  },
  decisions: [
    'providers',
    'serverless or dedicated data, by how it peaks',
    'several regions and where data may be',
  ],
} satisfies Partial<SystemInput>;

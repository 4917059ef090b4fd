import { all, exactly, members, present, said, share, some, time } from '../expectations.ts';
import type { Table } from '../table.ts';

/** From a commit to an image, and the files that are made. */
export const pipelines: Table = {
  'PIP-01': {
    about: 'an image per stack with its parts, looked through',
    for: 'T',
    T: [
      ['prod/security', { scan: true, partsList: true }],
      ['prod/pipeline', some({ does: all(/image/, /pinned/, /parts/, /scan/) })],
    ],
    met: ['later'],
  },
  'PIP-02': {
    about: 'unit, contract, integration, end to end',
    for: 'T',
    T: [
      ['prod/pipeline', some({ does: all(/unit/, /contract/, /integration/, /end to end/) })],
      ['prod/artefacts', key('docker-compose.test.yml')],
    ],
    met: ['later'],
  },
  'PIP-03': {
    about: 'signed images',
    for: 'T',
    T: [['prod/security/signed', true]],
    met: ['later'],
  },
  'PIP-04': {
    about: 'ten steps in order',
    for: 'C',
    C: [['prod/pipeline', exactly(10)]],
    met: ['later'],
  },
  'PIP-05': {
    about: 'a scan that has to pass',
    for: 'CP',
    C: [['prod/pipeline', some({ does: some(/scan/) })]],
    P: [['prod/pipeline', some({ does: some(/scan|security/) })]],
    met: ['later'],
  },
  'PIP-06': {
    about: 'Git is the truth: images, chart values, sync, health',
    for: 'K',
    K: [
      [
        'production/pipeline',
        all({ does: some(/ECR|push/) }, { does: some(/Helm/) }, { does: some(/ArgoCD|sync/) }),
      ],
    ],
    met: ['later'],
  },
  'PIP-07': {
    about: 'lint, types, security on each pull request',
    for: 'P',
    P: [['prod/pipeline', some({ does: all(/lint/, /type/, /security/), on: some('pull-request') })]],
    met: ['later'],
  },
  'PIP-08': {
    about: 'more than 80% of the code tested',
    for: 'P',
    P: [['prod/pipeline', some({ coverage: share('80%') })]],
    met: ['later'],
  },
  'PIP-09': {
    about: 'integration and performance',
    for: 'P',
    P: [['prod/pipeline', some({ does: all(/integration/, /performance/) })]],
    met: ['later'],
  },
  'PIP-10': {
    about: 'the image is built and tried',
    for: 'P',
    P: [['prod/pipeline', some({ does: all(/build/, /smoke/) })]],
    met: ['later'],
  },
  'PIP-11': {
    about: 'tags latest and SHA, pushed, looked through',
    for: 'P',
    P: [['prod/pipeline', some({ does: some(/latest/), on: some('branch') })]],
    met: ['later'],
  },
  'PIP-12': {
    about: 'staging, a person, blue-green',
    for: 'P',
    P: [
      ['prod/pipeline', all({ environment: 'staging' }, { does: some(/approv/) }, { environment: 'prod' })],
      ['prod/release/approval', present],
    ],
    met: ['later'],
  },
  'PIP-13': {
    about: 'the order from push to monitoring, 95% tested',
    for: 'M',
    M: [
      ['prod/pipeline', some({ coverage: share('95%') })],
      ['prod/pipeline', all({ does: some(/contract/) }, { does: some(/schema/) }, { does: some(/smoke/) })],
      ['prod/pipeline', some({ does: some(/approv/) })],
    ],
    met: ['later'],
  },
  'PIP-14': {
    about: 'GitHub Actions',
    for: 'CKPM',
    C: [['prod/artefacts', said(/\.github\/workflows/)]],
    K: [['production/artefacts', said(/\.github\/workflows/)]],
    P: [['prod/artefacts', said(/\.github\/workflows/)]],
    M: [['prod/artefacts', said(/\.github\/workflows/)]],
    met: ['later'],
  },
  'PIP-15': {
    about: 'images in a registry, unchangeable',
    for: 'TCKPM',
    T: [['prod/pipeline', some({ does: some(/registry/) })]],
    C: [['prod/pipeline', said(/registry/)]],
    K: [['production/pipeline', some({ does: some(/ECR|registry/) })]],
    P: [['prod/pipeline', some({ does: some(/registry|push/) })]],
    M: [['prod/artefacts', some({ keep: time('90d') })]],
    met: ['later'],
  },
  'PIP-16': {
    about: 'tests of speed',
    for: 'CKP',
    C: [['prod/checklists', some({ items: some(/benchmark/i) })]],
    K: [['production/checklists', some({ items: some(/1,?000/) })]],
    P: [['prod/pipeline', some({ does: some(/performance/) })]],
    met: ['src/load', 'later'],
  },
  'PIP-17': {
    about: 'an image in two stages',
    for: 'P',
    P: [['prod/services/app/image', { base: present, user: 1_000 }]],
    met: ['later'],
  },
  'IAC-01': {
    about: 'five modules, three environments',
    for: 'T',
    T: [
      [
        'prod/artefacts',
        key(
          'infra/modules/container_service/main.tf',
          'infra/modules/postgres/main.tf',
          'infra/modules/redis/main.tf',
          'infra/modules/bucket/main.tf',
          'infra/modules/dns_cdn/main.tf',
          'infra/envs/dev/main.tfvars',
          'infra/envs/staging/main.tfvars',
          'infra/envs/prod/main.tfvars',
        ),
      ],
    ],
    met: ['later'],
  },
  'IAC-02': {
    about: 'nine artefacts',
    for: 'C',
    C: [
      ['prod/artefacts', members(9)],
      ['prod/artefacts', key('Dockerfile', 'docker-compose.yml', 'kubernetes/', '.github/workflows/')],
      ['prod/artefacts', key('scripts/deploy.sh', 'scripts/rollback.sh')],
      ['prod/artefacts', key('monitoring/prometheus.yml', 'logging/fluent-bit.conf')],
      [
        'prod/artefacts',
        (value) =>
          /terraform|cloudformation/.test(Object.keys(value as object).join())
            ? null
            : 'terraform/ or cloudformation/',
      ],
    ],
    met: ['later'],
  },
  'IAC-03': {
    about: 'four modules, state with a lock',
    for: 'K',
    K: [
      [
        'production/artefacts',
        (value) =>
          ['networking', 'database', 'eks', 'monitoring'].every((name) =>
            Object.keys(value as object).some((path) => path.toLowerCase().includes(name)),
          )
            ? null
            : 'modules networking, database, eks and monitoring',
      ],
      ['production/artefacts', some({ role: /DynamoDB|lock/ })],
    ],
    met: ['later'],
  },
  'IAC-04': {
    about: 'a chart for each service',
    for: 'K',
    K: [
      [
        'production/artefacts',
        (value) =>
          ['api-gateway', 'auth', 'trading', 'agent', 'market-data', 'notification'].every((name) =>
            Object.keys(value as object).some((path) => /chart|helm/.test(path) && path.includes(name)),
          )
            ? null
            : 'a chart for each of six services',
      ],
    ],
    met: ['later'],
  },
  'IAC-05': {
    about: 'charts; Git holds all of it',
    for: 'TKPM',
    T: [['prod/artefacts', key('charts/edge/', 'charts/core/', 'charts/workers/', 'charts/ai/')]],
    K: [['production/trigger/on', 'branch']],
    P: [['prod/artefacts', present]],
    M: [['prod/artefacts', present]],
    met: ['later'],
  },
};

/** An object that has these names among others. */
function key(...names: readonly string[]) {
  return (value: unknown) => {
    const found = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const missing = names.filter((name) => !found.includes(name));
    return missing.length === 0 ? null : missing.join(', ');
  };
}

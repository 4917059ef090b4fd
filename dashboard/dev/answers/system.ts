import type { Answers } from '../ask.ts';

const service = (name: string, more: object) => ({
  name,
  exposure: 'private',
  traffic: 'http',
  needs: [],
  replicas: 1,
  memoryBytes: 512 * 1024 * 1024,
  cpu: 0.5,
  command: `node services/${name}/main.ts`,
  folder: `services/${name}`,
  consumes: false,
  probes: [
    { name: 'ready', path: '/ready' },
    { name: 'live', path: '/live' },
  ],
  variables: [
    { name: 'LOG_LEVEL', value: 'info', secret: null },
    { name: 'DATABASE_URL', value: 'postgres://journal:…@database/journal', secret: null },
    { name: 'SESSION_KEY', value: null, secret: 'SESSION_KEY' },
  ],
  strategy: 'canary: 5 % for 1m, 25 % for 3m, 50 % for 3m, then all',
  ...more,
});

/** The system page. */
export const systemAnswers: Answers = {
  'GET /v1/environments/{environment}/system': ({ params }) => ({
    system: 'trading-journal',
    environment: params['environment'],
    target: 'local',
    services: [
      service('edge', { exposure: 'public', needs: ['journal', 'import'], replicas: 4 }),
      service('journal', { needs: ['database', 'jobs'], replicas: 4 }),
      service('import', { exposure: 'vpn', needs: ['jobs', 'journal'], variables: [] }),
      service('mailer', {
        exposure: 'none',
        traffic: 'none',
        needs: ['jobs', 'database'],
        consumes: true,
        probes: [],
        strategy: 'rolling: 1 more at a time, each ready for 5s first',
      }),
    ],
    stores: [
      {
        name: 'database',
        kind: 'postgres',
        version: '17',
        standbys: 1,
        backup: 'every 6h, kept for 14d; log every 1m, back to any moment of 7d; to s3://backups/journal',
      },
      { name: 'jobs', kind: 'redis', version: null, standbys: 0, backup: null },
    ],
    absent: [
      {
        name: 'search',
        sentence:
          'it is the image typesense, and no containers run here: do without it, or use a target with containers',
      },
    ],
    secrets: [{ name: 'SESSION_KEY', usedBy: ['edge', 'journal'] }],
  }),
};

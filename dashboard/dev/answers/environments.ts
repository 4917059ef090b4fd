import type { Answers, Ask } from '../ask.ts';

const hour = 3_600_000;

function environmentsOf({ story: { state } }: Ask) {
  const isOver = state.phase === 'promoted' || state.phase === 'rolledBack';
  const shared = {
    target: 'local',
    status: 'up',
    absent: null,
    rollout: null,
    stuck: false,
    pinned: false,
    services: { ready: 10, wanted: 10 },
    warnings: [],
  };
  const builds = {
    edge: '7c0de4417ab2',
    journal: 'e19b00d2c5f1',
    import: '40aa9137bb20',
    mailer: '99c1f0e2d4a7',
  };
  return [
    {
      ...shared,
      name: 'dev',
      status: 'down',
      release: null,
      services: { ready: 0, wanted: 0 },
      builds: {},
      drift: null,
      next: 'staging',
      ahead: null,
    },
    {
      ...shared,
      name: 'staging',
      release: {
        number: 9,
        createdAt: Date.now() - 2 * hour,
        by: 'jonas',
        note: 'search within notes, second try',
        source: 'git 81be20c',
      },
      builds: { ...builds, edge: 'b5ff2a1180c3', journal: '10c2d9e6a7b4', import: 'fe34a0917d55' },
      services: { ready: 5, wanted: 5 },
      drift: { lookedAt: Date.now() - 14_000, differences: [] },
      next: 'production',
      ahead: ['edge', 'journal', 'import'],
    },
    {
      ...shared,
      name: 'production',
      release: {
        number: state.phase === 'promoted' ? 8 : 7,
        createdAt: Date.now() - 120 * hour,
        by: 'maria',
        note: 'faster start page',
        source: 'git 4f2c91a',
      },
      rollout: isOver ? null : { id: 12, release: 8, phase: state.phase },
      stuck: state.phase === 'awaiting',
      pinned: state.phase === 'rolledBack',
      builds,
      drift: {
        lookedAt: Date.now() - 9_000,
        differences: [
          'journal: the variable PAGE_SIZE is "50", it was "25"',
          'mailer: 2 replicas instead of 1',
        ],
      },
      next: null,
      ahead: null,
      warnings: ['The last drill took 24m, and the bound is 15m.'],
    },
  ];
}

/** The page of all environments, and what a promotion would change. */
export const environmentsAnswers: Answers = {
  'GET /v1/environments': environmentsOf,
  'POST /v1/environments/{environment}/promotions': ({ response }) => {
    response.statusCode = 202;
    return { after: 100, release: 10 };
  },
  'POST /v1/environments/{environment}/up': ({ response }) => {
    response.statusCode = 202;
    return { after: 100, release: 1 };
  },
};

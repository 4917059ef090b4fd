import type { Answers, Ask } from '../ask.ts';

const day = 86_400_000;
const notes = [
  'faster start page',
  'import of fills from IBKR',
  '',
  'wider charts',
  'security updates',
  'coach: shorter answers',
];
const causes = [
  'the error share of edge is 4.31 % with the new revision and 0.21 % with the previous one.',
  'a person took it back: carts empty.',
  'journal was not ready within 2m: the probe "ready" answered 503.',
];

function itemOf(number: number, newest: number, state: Ask['story']['state']) {
  const at = Date.now() - (newest - number) * day * 0.8 - 3 * 3_600_000;
  const isNewest = number === newest;
  const isUnderWay = isNewest && state.phase !== 'promoted' && state.phase !== 'rolledBack';
  const outcome = isNewest
    ? state.phase
    : number % 7 === 3
      ? 'rolledBack'
      : number % 31 === 5
        ? 'failed'
        : 'promoted';
  const because = outcome === 'promoted' || isUnderWay ? null : (causes[number % 3] ?? null);
  const wasMet = outcome !== 'failed';
  const serves = state.phase === 'promoted' ? newest : newest - 1;
  const endedAt = isUnderWay ? null : at + 900_000;
  return {
    release: number,
    createdAt: at,
    by: number % 3 === 0 ? 'jonas' : 'maria',
    note: notes[number % notes.length] ?? '',
    source: `git ${(number * 7_654_321).toString(16).slice(0, 7)}`,
    outcome,
    because,
    current: number === serves,
    warm: number === serves - 1 && state.phase === 'promoted',
    reachable: number < serves && number > serves - 4 && outcome === 'promoted',
    endedAt,
    revisions: { edge: `a4${number}`, journal: `92${number}` },
    rollouts: [
      {
        id: number + 4,
        manner: number === 1 ? 'first' : 'declared',
        from: number === 1 ? null : number - 1,
        by: number % 3 === 0 ? 'jonas' : 'maria',
        note: '',
        startedAt: at,
        endedAt,
        outcome,
        because,
        exposure: {
          from: wasMet ? at + 18_000 : null,
          since: outcome === 'promoted' ? at + 18_000 : null,
          until: outcome === 'promoted' ? null : endedAt,
          millis: wasMet && outcome !== 'promoted' ? 141_000 : 0,
          most: outcome === 'promoted' ? 100 : wasMet ? 25 : 0,
        },
        requests: wasMet ? 3_120 + number : 0,
        failures: outcome === 'rolledBack' ? 134 : wasMet ? 4 : 0,
      },
    ],
  };
}

/** `?long`, as an environment called `long`: a thousand releases. */
function historyOf({ params, story: { state } }: Ask) {
  const environment = params['environment'];
  if (environment === 'dev') return [];
  const newest = environment === 'long' ? 1_000 : environment === 'staging' ? 9 : 8;
  return Array.from({ length: newest }, (_, at) => itemOf(newest - at, newest, state));
}

/** The history page. */
export const historyAnswers: Answers = {
  'GET /v1/environments/{environment}/history': historyOf,
  'GET /v1/environments/{environment}/compare': ({ query }) => {
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    return {
      from,
      to,
      services: [
        {
          name: 'edge',
          change: 'changed',
          before: { revision: 'a41f09c2', build: '7c0de4417ab2' },
          after: { revision: 'c07e55d1', build: 'b5ff2a1180c3' },
          differences: [
            'other files: build b5ff2a1180c3 instead of 7c0de4417ab2',
            'the variable PAGE_SIZE is "50", it was "25"',
            '4 replicas instead of 2',
          ],
        },
        {
          name: 'journal',
          change: 'changed',
          before: { revision: '92d3bb07', build: 'e19b00d2c5f1' },
          after: { revision: '5b18aa40', build: '10c2d9e6a7b4' },
          differences: [
            'other files: build 10c2d9e6a7b4 instead of e19b00d2c5f1',
            'the secret SESSION_KEY has another value',
          ],
        },
        {
          name: 'import',
          change: 'same',
          before: { revision: '1f6c3e55', build: '40aa9137bb20' },
          after: { revision: '1f6c3e55', build: '40aa9137bb20' },
          differences: [],
        },
        {
          name: 'mailer',
          change: 'added',
          before: null,
          after: { revision: '77ab01f3', build: '99c1f0e2d4a7' },
          differences: [],
        },
      ],
    };
  },
};

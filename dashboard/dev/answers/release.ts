import { type Ask, type Answers, stream } from '../ask.ts';
import { stages, type State } from '../story.ts';
import type { Line } from '../journal.ts';

const underWay = ({ phase }: State) => phase !== 'promoted' && phase !== 'rolledBack';

const entryOf = (line: Line) => ({ ...line, type: 'rollout', release: 8, outcome: null, rollout: null });

function waitsFor(state: State) {
  if (!underWay(state)) return null;
  if (state.paused !== null)
    return {
      kind: 'resume',
      sentence: `somebody to resume it: ${state.paused.by} paused it`,
      needs: [],
      until: null,
      person: true,
      commands: ['fairway resume'],
    };
  if (state.phase === 'awaiting')
    return {
      kind: 'approval',
      sentence: 'approval by release manager: 0 of 1, until 15:03',
      needs: [],
      until: state.until,
      person: true,
      commands: ['fairway approve --as "release manager"'],
    };
  if (state.phase !== 'holding')
    return {
      kind: 'work',
      sentence: 'the router to acknowledge that all traffic is back',
      needs: [],
      until: state.until,
      person: false,
      commands: [],
    };
  return {
    kind: 'evidence',
    sentence: 'evidence that the new revision is no worse',
    needs: ['journal needs 390 more requests, about 1m at the present rate'],
    until: state.until,
    person: false,
    commands: ['fairway promote'],
  };
}

function rolloutOf(state: State) {
  const isHolding = state.phase === 'holding';
  const isForward = isHolding || state.phase === 'awaiting';
  return {
    id: 12,
    release: 8,
    from: 7,
    manner: 'declared',
    phase: state.phase,
    stage: underWay(state) && isForward ? (stages[state.stage] ?? null) : null,
    stageNumber: isForward ? state.stage : null,
    steps: stages.map((name) => ({ name, holdMillis: 180_000, gate: 'pass', final: false })),
    startedAt: state.startedAt,
    since: isHolding ? state.since : null,
    until: isHolding ? state.until : null,
    held: false,
    verdict: null,
    because:
      state.because === null ? null : { code: 'gate_failed', facts: {}, verdict: null, at: state.since },
    becauseSentence: state.because,
    arms: (['stable', 'canary'] as const).map((role) => ({
      service: 'edge',
      role,
      revision: role === 'stable' ? 'a41f09c2' : 'c07e55d1',
      weight: role === 'stable' ? 100 - state.weight : state.weight,
      requests: role === 'stable' ? 9_120 : 2_440,
      failures: role === 'stable' ? 19 : 5,
      p95: 25,
    })),
    checks: [{ name: 'login', green: true, detail: '312 ms' }],
    paused: state.paused,
    committed: false,
    waitsFor: waitsFor(state),
    progress: null,
    ignored: [],
    previews: {},
    can: {
      abort: isForward,
      promote: isHolding && state.paused === null,
      pause: isForward && state.paused === null,
      resume: isForward && state.paused !== null,
      approve: state.phase === 'awaiting',
    },
  };
}

const releaseOf = (number: number, at: number) => ({
  number,
  createdAt: at,
  by: 'maria',
  note: number === 8 ? 'search within notes' : 'faster start page',
  source: 'git 4f2c91a',
});

function statusOf({ params, story: { state } }: Ask) {
  const isOther = params['environment'] !== 'production';
  const serves = state.phase === 'promoted' ? 8 : 7;
  const service = (name: string, wanted: number, revision: string) => ({
    name,
    traffic: name === 'mailer' ? 'none' : 'http',
    address: name === 'mailer' ? null : `http://127.0.0.1:80${wanted}0`,
    wanted,
    replicas: Array.from({ length: wanted }, (_, at) => ({
      replica: `${name}-${at + 1}`,
      revision,
      state: 'ready',
      crashes: 0,
      detail: null,
      port: 40_000 + at,
      pid: 5_100 + at,
    })),
  });
  return {
    system: 'trading-journal',
    environment: params['environment'],
    target: 'local',
    status: 'up',
    release: releaseOf(isOther ? 9 : serves, state.startedAt - (serves === 8 ? 0 : 432_000_000)),
    pinned: state.phase === 'rolledBack',
    stuck: false,
    warm: state.phase === 'promoted' ? { release: 7, until: state.since + 94_800_000 } : null,
    queued: null,
    contracts: [],
    contracted: 0,
    inCharge: { owner: 'fairway@vm-1', until: Date.now() + 10_000, ours: true },
    rollout: isOther || !underWay(state) ? null : rolloutOf(state),
    services: [
      service('edge', 4, 'a41f09c2'),
      service('journal', 4, '92d3bb07'),
      service('import', 1, '1f6c3e55'),
      service('mailer', 1, '77ab01f3'),
    ],
    stores: [
      { store: 'database', kind: 'postgres', state: 'ready', address: '127.0.0.1:5433', detail: null },
      { store: 'jobs', kind: 'redis', state: 'ready', address: '127.0.0.1:6380', detail: null },
    ],
    absent: [],
    router: { state: 'ready', acknowledged: 41 },
    recovery: [],
  };
}

function explainOf({ params, query, story }: Ask) {
  const { state, lines } = story;
  const isOurs = (query.get('release') ?? '8') === '8';
  const ended = underWay(state) ? null : state.since;
  return {
    environment: params['environment'],
    release: isOurs ? 8 : Number(query.get('release')),
    by: 'maria',
    note: 'search within notes',
    rollout: isOurs
      ? rolloutOf(state)
      : {
          ...rolloutOf({ ...state, phase: 'promoted', because: null }),
          release: Number(query.get('release')),
          from: Number(query.get('release')) - 1,
        },
    endedAt: isOurs ? ended : Date.now() - 432_000_000,
    exposure: {
      from: state.startedAt + 18_000,
      since: underWay(state) ? state.startedAt + 18_000 : null,
      until: ended,
      millis: 178_000,
      most: state.phase === 'promoted' ? 100 : 25,
    },
    serves: state.phase === 'promoted' ? 8 : 7,
    timeline: lines.map(entryOf),
  };
}

const accepted = (intent: string) => (ask: Ask) => {
  const { note = '' } = (ask.body ?? {}) as { readonly note?: string };
  ask.story.act(intent, note);
  ask.response.statusCode = 202;
  return { after: ask.story.lines.at(-1)?.sequence ?? 0, release: 8 };
};

/** The release page, and what the shell asks. */
export const releaseAnswers: Answers = {
  'GET /v1/control': () => ({
    system: 'trading-journal',
    folder: '/srv/trading-journal',
    environments: ['production', 'staging'],
    leads: ['production', 'staging'],
  }),
  'GET /v1/environments/{environment}/status': statusOf,
  'GET /v1/environments/{environment}/explain': explainOf,
  'GET /v1/environments/{environment}/plan': ({ params }) => ({
    environment: params['environment'],
    target: 'local',
    from: 8,
    running: true,
    stores: [],
    services: [
      { name: 'edge', change: 'change', previous: 'a41f09c2', next: 'c07e55d1', why: ['the build differs'] },
      { name: 'import', change: 'keep', previous: '1f6c3e55', next: '1f6c3e55', why: [] },
    ],
    stages: stages.map((name) => ({
      kind: 'shift',
      name,
      sentence: `${name}, held for 3m`,
      holdMillis: 180_000,
      gate: 'pass',
      opensAt: null,
      final: false,
    })),
    sight: null,
    wayBack: ['There is a way back until 30m after the promotion, and it takes seconds.'],
  }),
  'GET /v1/environments/{environment}/traffic': ({ story, query }) => {
    const since = Number(query.get('since') ?? 0);
    return { since: story.samples[0]?.at ?? 0, samples: story.samples.filter(({ at }) => at > since) };
  },
  'GET /v1/environments/{environment}/traffic/events': (ask) => {
    const send = stream(ask, () => void ask.story.sampleWatchers.delete(watcher));
    const watcher = (sample: unknown) => send(sample);
    ask.story.sampleWatchers.add(watcher);
  },
  'GET /v1/environments/{environment}/events': (ask) => {
    const after = Number(ask.query.get('after') ?? 0);
    const send = stream(ask, () => void ask.story.lineWatchers.delete(watcher));
    const watcher = (line: Line) => send(entryOf(line), line.sequence);
    for (const line of ask.story.lines) if (line.sequence > after) watcher(line);
    ask.story.lineWatchers.add(watcher);
  },
  'POST /v1/environments/{environment}/abort': accepted('abort'),
  'POST /v1/environments/{environment}/promote': accepted('promote'),
  'POST /v1/environments/{environment}/pause': accepted('pause'),
  'POST /v1/environments/{environment}/resume': accepted('resume'),
  'POST /v1/environments/{environment}/approve': accepted('approve'),
  'POST /v1/environments/{environment}/rollback': accepted('rollback'),
  'POST /v1/environments/{environment}/releases': accepted('release'),
};

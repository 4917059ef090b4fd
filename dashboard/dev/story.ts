import type { ServerResponse } from 'node:http';
import { journalOf, type Line } from './journal.ts';
import { backfill, sampleAt } from './traffic.ts';

/** What is played: one environment with a canary that goes well, badly, or waits. */
export type Scene = 'quiet' | 'canary' | 'bad' | 'approval' | 'returned';
export type Phase = 'holding' | 'awaiting' | 'restoring' | 'clearing' | 'promoted' | 'rolledBack';

export const stages = [
  'canary 5 % of edge, journal',
  'canary 25 % of edge, journal',
  'approval by release manager',
  'canary 50 % of edge, journal',
  'edge, journal at 100 %',
];
export const weights = [5, 25, 25, 50, 100];
const holds = [60_000, 180_000, 3_600_000, 180_000, 20_000];

export interface State {
  readonly scene: Scene;
  readonly phase: Phase;
  readonly stage: number;
  readonly startedAt: number;
  readonly since: number;
  readonly until: number;
  readonly weight: number;
  readonly paused: { readonly by: string; readonly note: string; readonly at: number } | null;
  readonly harm: number;
  readonly proof: number;
  readonly requests: number;
  readonly because: string | null;
}

export type Sample = ReturnType<typeof sampleAt>;

export interface Story {
  role: string;
  state: State;
  readonly samples: Sample[];
  readonly lines: Line[];
  readonly streams: Set<ServerResponse>;
  readonly sampleWatchers: Set<(sample: Sample) => void>;
  readonly lineWatchers: Set<(line: Line) => void>;
  readonly play: (query: URLSearchParams) => void;
  readonly act: (intent: string, note: string) => void;
  readonly hangUp: () => void;
  readonly end: () => void;
}

export function createStory(): Story {
  const story: Story = {
    role: 'admin',
    state: opening('canary'),
    samples: [],
    lines: [],
    streams: new Set(),
    sampleWatchers: new Set(),
    lineWatchers: new Set(),
    play: (query) => {
      const scene = query.get('scene');
      story.role = query.get('role') ?? story.role;
      if (scene !== null) begin(scene as Scene);
    },
    act: (intent, note) => {
      story.state = acted(story, intent, note);
    },
    hangUp: () => {
      for (const each of story.streams) each.destroy();
    },
    end: () => clearInterval(timer),
  };
  const begin = (scene: Scene) => {
    story.state = opening(scene);
    story.lines.splice(0, story.lines.length, ...journalOf(story.state));
    story.samples.splice(0, story.samples.length, ...backfill(story.state, Date.now()));
  };
  begin('canary');
  const timer = setInterval(() => {
    story.state = moved(story);
    const sample = sampleAt(story.state, Date.now(), 250);
    story.samples.push(sample);
    for (const watcher of story.sampleWatchers) watcher(sample);
  }, 250);
  return story;
}

function opening(scene: Scene): State {
  const now = Date.now();
  const none = { scene, paused: null, because: null, requests: 0 };
  if (scene === 'quiet')
    return {
      ...none,
      phase: 'promoted',
      stage: 4,
      startedAt: now - 94_000_000,
      since: now - 93_000_000,
      until: now - 93_000_000,
      weight: 100,
      harm: 0,
      proof: 1,
    };
  if (scene === 'returned')
    return {
      ...none,
      phase: 'rolledBack',
      stage: 1,
      startedAt: now - 1_300_000,
      since: now - 1_100_000,
      until: now - 1_100_000,
      weight: 0,
      harm: 1,
      proof: 0,
      because: 'the error share of edge is 4.31 % with the new revision and 0.21 % with the previous one.',
    };
  if (scene === 'approval')
    return {
      ...none,
      phase: 'awaiting',
      stage: 2,
      startedAt: now - 460_000,
      since: now - 130_000,
      until: now + (holds[2] ?? 0),
      weight: 25,
      harm: 0.08,
      proof: 1,
    };
  const past = scene === 'bad' ? 12_000 : 62_000;
  return {
    ...none,
    phase: 'holding',
    stage: 1,
    startedAt: now - 140_000 - past,
    since: now - past,
    until: now - past + (holds[1] ?? 0),
    weight: 25,
    harm: scene === 'bad' ? 0.3 : 0.06,
    proof: scene === 'bad' ? 0.02 : 0.34,
    requests: 1_240,
  };
}

/** What a quarter of a second does. */
function moved(story: Story): State {
  const { state } = story;
  const now = Date.now();
  const step = 0.25 * Math.random();
  if (state.phase === 'holding') {
    const requests = state.requests + 0.25 * 1.8 * state.weight;
    if (state.scene === 'bad') {
      const harm = Math.min(1, state.harm + 0.018 * step + 0.004);
      if (harm >= 1)
        return said(
          story,
          'going back: the error share of edge is 4.31 % with the new revision and 0.21 % with the previous one.',
          {
            ...state,
            phase: 'restoring',
            harm,
            since: now,
            until: now + 5_000,
            weight: 0,
            because:
              'the error share of edge is 4.31 % with the new revision and 0.21 % with the previous one.',
          },
        );
      return { ...state, harm, requests };
    }
    const harm = Math.max(0, Math.min(0.3, state.harm + 0.02 * (Math.random() - 0.52)));
    const proof = Math.min(1, state.proof + 0.006 * step * 4);
    if (state.paused !== null || (now < state.until && proof < 1)) return { ...state, harm, proof, requests };
    const stage = state.stage === 1 ? 3 : state.stage + 1;
    if (stage > 4)
      return said(story, 'release 8 promoted; release 7 stays warm for 30m', {
        ...state,
        phase: 'promoted',
        weight: 100,
        since: now,
        until: now,
      });
    return said(
      story,
      `${stages[stage] ?? ''}: ${weights[stage] ?? 0} % of the requests go to the new revision; held for ${(holds[stage] ?? 0) / 1_000}s, the gate asks for a pass`,
      {
        ...state,
        stage,
        weight: weights[stage] ?? 0,
        since: now,
        until: now + (holds[stage] ?? 0),
        harm,
        proof: stage === 4 ? 0.9 : 0.05,
        requests: 0,
      },
    );
  }
  if (state.phase === 'restoring' && now > state.until)
    return said(story, 'all traffic is back on release 7', {
      ...state,
      phase: 'clearing',
      until: now + 3_000,
    });
  if (state.phase === 'clearing' && now > state.until)
    return said(story, 'release 8 rolled back; release 7 serves', {
      ...state,
      phase: 'rolledBack',
      since: now,
    });
  return state;
}

function said(story: Story, sentence: string, next: State): State {
  const line = {
    sequence: (story.lines.at(-1)?.sequence ?? 0) + 1,
    at: Date.now(),
    sentence,
    level: 'main' as const,
  };
  story.lines.push(line);
  for (const watcher of story.lineWatchers) watcher(line);
  return next;
}

function acted(story: Story, intent: string, note: string): State {
  const { state } = story;
  const now = Date.now();
  const why = note === '' ? '' : `: ${note}`;
  switch (intent) {
    case 'pause':
      return said(story, `paused by maria${why}; "fairway resume" lets it go on`, {
        ...state,
        paused: { by: 'maria', note, at: now },
      });
    case 'resume':
      return said(story, `resumed by maria${why}`, { ...state, paused: null });
    case 'abort':
      return said(story, `going back: maria took it back${why}.`, {
        ...state,
        phase: 'restoring',
        weight: 0,
        until: now + 4_000,
        because: `maria took it back${why}.`,
      });
    case 'promote':
      return said(story, `maria let it go on from "${stages[state.stage] ?? ''}"${why}`, {
        ...state,
        until: now,
      });
    case 'approve':
      return said(story, `approved by maria as release manager${why}`, {
        ...state,
        phase: 'holding',
        scene: 'canary',
        stage: 3,
        weight: 50,
        since: now,
        until: now + 180_000,
        proof: 0.05,
      });
    default:
      return state;
  }
}

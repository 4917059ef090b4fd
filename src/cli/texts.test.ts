import { describe, expect, it } from 'vitest';
import { type HistoryItem, type HistoryRollout, type StatusView, type TimelineEntry, timeSpan } from '#api';
import { heldLines } from './actions.ts';
import { endOf, progressLine } from './follow.ts';
import { settings } from './release.ts';
import { historyLines } from './show-history.ts';
import { planLines } from './show-plan.ts';
import { statusLines } from './show-status.ts';
import { placeAndRelease } from './steering.ts';
import { table } from './table.ts';

const status: StatusView = {
  system: 'shop',
  environment: 'dev',
  target: 'local',
  status: 'up',
  release: { number: 3, createdAt: 0 as never, by: 'ann', note: 'spring', source: '/shop' },
  pinned: false,
  stuck: false,
  warm: { release: 2, until: 95_000 as never },
  queued: null,
  contracts: [],
  contracted: 0,
  inCharge: null,
  rollout: null,
  services: [
    {
      name: 'edge',
      traffic: 'http',
      address: 'http://127.0.0.1:3000',
      wanted: 2,
      replicas: [
        { replica: 'a', revision: 'edge-1', state: 'ready', crashes: 0, detail: null, port: 1, pid: 1 },
        {
          replica: 'b',
          revision: 'edge-1',
          state: 'backingOff',
          crashes: 2,
          detail: 'exited with code 1',
          port: 2,
          pid: null,
        },
      ],
    },
  ],
  stores: [
    { store: 'database', kind: 'postgres', state: 'ready', address: 'postgres 127.0.0.1:5555', detail: null },
  ],
  absent: [{ name: 'flows', sentence: 'it is the image flows:1, and no containers run here' }],
  router: { state: 'serving', acknowledged: 4 },
  recovery: [],
};

const aRelease = (changes: Partial<HistoryItem>): HistoryItem => ({
  release: 1,
  createdAt: 0 as never,
  by: 'ann',
  note: '',
  source: '',
  outcome: 'promoted',
  because: null,
  current: false,
  warm: false,
  reachable: false,
  endedAt: null,
  revisions: {},
  rollouts: [],
  ...changes,
});

const aRollout = (changes: Partial<HistoryRollout>): HistoryRollout => ({
  id: 1,
  manner: 'declared',
  from: null,
  by: 'ann',
  note: '',
  startedAt: 10_000 as never,
  endedAt: 14_000 as never,
  outcome: 'promoted',
  because: null,
  exposure: { from: 11_000 as never, since: null, until: 12_500 as never, millis: 1_500, most: 10 },
  requests: 0,
  failures: 0,
  ...changes,
});

describe('what the command line prints', () => {
  it('lines columns up and leaves no spaces at the end', () => {
    expect(
      table([
        ['a', 'bb', ''],
        ['ccc', 'd', 'e'],
      ]),
    ).toEqual(['a    bb', 'ccc  d   e']);
    expect(table([])).toEqual([]);
  });

  it.each([
    [0, '0s'],
    [999, '1s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [90_061_000, '1d 1h'],
    [-5, '0s'],
  ])('%i ms read as %s', (millis, text) => expect(timeSpan(millis)).toBe(text));

  it('shows what runs, what is warm, and what is wrong with a replica', () => {
    expect(statusLines(status, 5_000)).toEqual([
      'shop / dev on local: up, release 3 (spring), release 2 warm for 1m 30s',
      '',
      'SERVICE  REPLICAS   ADDRESS                REVISION',
      'edge     1/2 ready  http://127.0.0.1:3000  edge-1    exited with code 1; 2 unplanned restarts',
      'flows    not here   -                      -         it is the image flows:1, and no containers run here',
      '',
      'STORE     STATE  ADDRESS',
      'database  ready  postgres 127.0.0.1:5555',
    ]);
  });

  it('says so where a person is needed', () => {
    expect(statusLines({ ...status, stuck: true }, 5_000)[0]).toContain('NEEDS A PERSON');
  });

  it('tells while a step is held how long still and what the gate sees', () => {
    const arm = {
      service: 'edge',
      role: 'canary',
      revision: 'edge-2',
      weight: 10,
      requests: 312,
      failures: 4,
      p95: 12,
    } as const;
    const rollout = {
      paused: null,
      progress: null,
      held: false,
      since: 1_000,
      until: 21_000,
      verdict: { kind: 'inconclusive', needs: [], signals: [] },
      arms: [arm],
    };
    const held = { ...status, rollout: rollout as never };
    expect(progressLine(held, 13_000)).toBe(
      'held 12s of 20s · edge canary 312 requests, 4 failed · gate inconclusive',
    );
    expect(progressLine(status, 13_000)).toBe(null);
  });

  it('says how to begin where there is no history, and marks what serves and what is warm', () => {
    expect(historyLines([], 0)).toEqual(['no releases yet; "fairway up" makes the first one']);
    const lines = historyLines(
      [
        aRelease({ release: 3, outcome: 'queued', note: 'next' }),
        aRelease({ release: 2, current: true, rollouts: [aRollout({ id: 2, note: 'faster' })] }),
        aRelease({
          release: 1,
          warm: true,
          rollouts: [
            aRollout({
              id: 3,
              outcome: 'rolledBack',
              because: 'The gate stopped it.',
              requests: 20,
              failures: 5,
            }),
            aRollout({ id: 1, manner: 'first' }),
          ],
        }),
      ],
      100_000,
    );
    expect(
      lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, 'then').replace(/ {2,}/g, '  ')),
    ).toEqual([
      '  RELEASE  BEGUN  OUTCOME  BY',
      '  3  then  1m 40s ago  queued  ann  "next"',
      '~ 1  then  1m 30s ago  rolled back after 4.0s  ann',
      '  The gate stopped it.',
      '  users were on it for 1.5s, at most 10 % of them; 5 of 20 requests failed on it',
      '* 2  then  1m 30s ago  promoted in 4.0s  ann  "faster"',
      '  1  then  1m 30s ago  started in 4.0s  ann',
      '',
      '* serves now  ~ warm: "fairway rollback" is a matter of moments  < can be gone back to',
    ]);
  });

  it('lists what a plan changes and why', () => {
    const lines = planLines({
      environment: 'dev',
      target: 'local',
      from: 1,
      running: true,
      stores: [{ name: 'database', kind: 'postgres', change: 'keep' }],
      services: [
        {
          name: 'edge',
          change: 'change',
          previous: 'edge-1',
          next: 'edge-2',
          why: ['files', 'variable GREETING'],
        },
      ],
      stages: [
        {
          kind: 'shift',
          name: 'canary 10 % of edge',
          sentence:
            'canary 10 % of edge: 10 % of the requests go to the new revision; held for 20s, the gate must pass',
          holdMillis: 20_000,
          gate: 'pass',
          opensAt: null,
          final: false,
        },
      ],
      sight: null,
      wayBack: ['there is one'],
    });
    expect(lines).toContain('  ~ edge  change  edge-1 → edge-2  (files, variable GREETING)');
    expect(lines.slice(-5)).toEqual([
      'steps',
      '   1  canary 10 % of edge: 10 % of the requests go to the new revision; held for 20s, the gate must pass',
      '',
      'way back',
      '  there is one',
    ]);
  });
});

describe('what waits', () => {
  const waits = {
    kind: 'approval',
    sentence: 'approval by boss: 1 of 2',
    needs: [],
    until: null,
    person: true,
    commands: ['fairway approve --as boss', 'fairway abort'],
  } as const;

  it('says whom for, and what to type for the same environment', () => {
    expect(heldLines(waits, ' shop --env prod').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'held: waits for approval by boss: 1 of 2',
      '  fairway approve --as boss shop --env prod  approves it',
      '  fairway abort shop --env prod  goes back',
    ]);
  });

  it('is shown by status with the queue, the schema and who is in charge', () => {
    const rollout = {
      release: 4,
      phase: 'awaiting',
      stage: 'approval by boss',
      stageNumber: 0,
      steps: ['approval by boss', 'all'].map((name) => ({ name, holdMillis: 0, gate: 'none', final: false })),
      startedAt: 0,
      paused: null,
      becauseSentence: null,
      waitsFor: waits,
      since: null,
      until: null,
      held: false,
      progress: null,
      previews: { edge: 'http://127.0.0.1:1' },
      ignored: [],
      committed: false,
      arms: [],
    };
    const lines = statusLines(
      {
        ...status,
        rollout: rollout as never,
        queued: { release: 5, by: 'bob', note: 'next' },
        contracts: [{ release: 3, notBefore: 65_000 as never, attempts: 0 }],
        inCharge: { owner: 'other 1 http://127.0.0.1:2', until: 9_000 as never, ours: false },
      },
      5_000,
    );
    expect(lines[1]).toBe('next: release 5 by bob (next), when this one is over');
    expect(lines[2]).toMatch(/^schema: the one of release 3 is contracted on .* \(in 1m\)/);
    expect(lines[3]).toMatch(/^in charge: other 1 http:\/\/127.0.0.1:2, until /);
    expect(lines.slice(5, 9)).toEqual([
      'release 4: awaiting, approval by boss (1 of 2), begun 5s ago',
      '  waits for  approval by boss: 1 of 2',
      '  preview    edge http://127.0.0.1:1',
      '  you can    fairway approve --as boss · fairway abort',
    ]);
  });

  it('shows a running job as a share', () => {
    const progress = { job: 'backfill the schema', done: 412, of: 1_000, percent: 41 };
    const running = { ...status, rollout: { paused: null, progress } as never };
    expect(progressLine(running, 0)).toBe('backfill the schema: 41 % (412 of 1000)');
  });
});

describe('the end of following', () => {
  const entry = (release: number, outcome: TimelineEntry['outcome']) =>
    ({ release, outcome, rollout: {} }) as unknown as TimelineEntry;
  const options = { json: false, ends: 'rollout' } as const;

  it.each([
    ['its own promotion', entry(5, 'done'), 'done'],
    ['a person is needed', entry(5, 'held'), 'held'],
    ['it gave way before it began', entry(5, 'superseded'), 'superseded'],
    ['the one before it, that it waits behind, went back', entry(4, 'rolledBack'), null],
    ['nothing in particular', entry(5, null), null],
  ] as const)('of release 5 at %s', (_, told, ends) => {
    expect(endOf(told, told.outcome, { after: 0, release: 5 }, options)).toBe(ends);
  });
});

describe('rollback', () => {
  it.each([
    [undefined, undefined, undefined, null],
    ['7', undefined, undefined, '7'],
    ['shop', undefined, 'shop', null],
    ['shop', '7', 'shop', '7'],
  ])('%s %s means the folder %s and the release %s', (first, second, folder, release) => {
    expect(placeAndRelease(first, second)).toEqual({ folder, release });
  });
});

describe('--set', () => {
  it('reads service, key and value; the value is taken as it stands', () => {
    expect(settings(['edge.env.URL=http://a?b=c', 'core.env.EMPTY='])).toEqual({
      ok: true,
      value: [
        { service: 'edge', key: 'URL', value: 'http://a?b=c' },
        { service: 'core', key: 'EMPTY', value: '' },
      ],
    });
  });

  it.each(['edge.GREETING=1', 'edge.env.9=1', 'nonsense', '=', 'Edge.env.A=1'])('refuses %s', (text) => {
    expect(settings([text])).toMatchObject({ ok: false, error: { code: 'setting_not_understood' } });
  });

  it('does not repeat a value in its refusal: it may be a secret', () => {
    expect(JSON.stringify(settings(['edge.PASSWORD=hunter2']))).not.toContain('hunter2');
  });
});

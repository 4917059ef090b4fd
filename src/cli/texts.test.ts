import { describe, expect, it } from 'vitest';
import type { StatusView } from '#api';
import { progressLine } from './follow.ts';
import { settings } from './release.ts';
import { historyLines, planLines, statusLines } from './show.ts';
import { table, timeSpan } from './table.ts';

const status: StatusView = {
  system: 'shop',
  environment: 'dev',
  target: 'local',
  status: 'up',
  release: { number: 3, createdAt: 0 as never, by: 'ann', note: 'spring', source: '/shop' },
  pinned: false,
  stuck: false,
  warm: { release: 2, until: 95_000 as never },
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
  router: { state: 'serving', acknowledged: 4 },
};

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
    expect(historyLines([])).toEqual(['no releases yet; "fairway up" makes the first one']);
    const item = { createdAt: 0 as never, by: 'ann', note: '', source: '', because: null, revisions: {} };
    const lines = historyLines([
      { ...item, release: 2, outcome: 'promoted', current: true, warm: false },
      {
        ...item,
        release: 1,
        outcome: 'rolledBack',
        because: 'The gate stopped it.',
        current: false,
        warm: true,
      },
    ]);
    expect(lines[1]).toMatch(/^\* 2 {2}/);
    expect(lines[2]).toMatch(/^~ 1 .*The gate stopped it\.$/);
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
      stages: [{ name: 'canary 10 % of edge', holdMillis: 20_000, gate: true }],
    });
    expect(lines).toContain('  ~ edge  change  edge-1 → edge-2  (files, variable GREETING)');
    expect(lines).toContain('  1  canary 10 % of edge  hold 20s  gate');
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

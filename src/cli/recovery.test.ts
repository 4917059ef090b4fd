import { describe, expect, test } from 'vitest';
import { type EvidenceView, lineOf, type OperationView, type RecoveryView, type RouteKey } from '#api';
import { instant, millis, ok } from '#kernel';
import type { Call } from './actions.ts';
import { exitCodes } from './exit.ts';
import { startWalk } from './recover-walk.ts';
import { fittingFlags } from './recover-flags.ts';
import { recoverMachine } from './recover-machine.ts';
import { drill, evidence } from './recovery-look.ts';
import { restore, targetOf } from './recovery-restore.ts';
import { recoveryLines } from './recovery-show.ts';
import type { World } from './world.ts';

const now = instant(1_000_000_000);
const bound = { declared: '<15m', measured: millis(90_000), ok: true };
const view: RecoveryView = {
  system: 'shop',
  environment: 'dev',
  place: 's3://copies/shop',
  isOffSite: true,
  recipient: 'age1x',
  keyFile: '/keys/shop',
  stores: [
    {
      store: 'database',
      kind: 'postgres',
      declared: true,
      copies: 2,
      newest: instant(now - 60_000),
      bytes: 2_097_152,
      range: { from: instant(now - 3_600_000), until: instant(now - 5_000) },
      atRisk: millis(5_000),
      log: null,
      warnings: [
        { code: 'a', sentence: 'it may be.', severity: 'warning' },
        { code: 'b', sentence: 'it is.', severity: 'error' },
      ],
    },
  ],
  copies: [],
  holds: [],
  sides: [],
  drills: [],
  nextDrill: null,
  running: null,
  bounds: { rto: bound, rpo: { ...bound, ok: false }, measuredAt: now },
  checklist: [],
};

function aCall(answers: {
  operation?: Partial<OperationView>;
  view?: RecoveryView;
  entries?: readonly EvidenceView[];
  terminal?: boolean;
  json?: boolean;
}) {
  const said: string[] = [];
  const posted: string[] = [];
  const world = {
    clock: { now: () => now, sleep: async () => {} },
    user: 'ann',
    terminal: answers.terminal ?? false,
    interrupted: new AbortController().signal,
    print: (text: string) => said.push(text),
    complain: (text: string) => said.push(text),
    progress: () => {},
    confirm: async () => null,
  } as unknown as World;
  const client = {
    call: async (key: RouteKey, ask: Parameters<typeof lineOf>[1]) => {
      const { method, path } = lineOf(key, ask);
      if (method === 'GET') return ok(answers.entries ?? answers.view ?? view);
      posted.push(path);
      return ok({ state: 'done', failure: null, drill: null, side: null, ...answers.operation });
    },
  };
  const call = { world, client, folder: '/shop', environment: 'dev', place: '', json: answers.json ?? false };
  return { call: call as unknown as Call, said, posted };
}

describe('fairway recovery', () => {
  test('tells what is under way, whoever began it', () => {
    const running = {
      kind: 'drill',
      doing: 'restores "database"',
      share: 0.426,
      begunAt: instant(now - 90_000),
    };
    const lines = recoveryLines({ ...view, running: running as OperationView }, now);
    expect(lines).toContain('drill under way for 1m 30s, 42 %: restores "database"');
  });

  test('tells what is wrong first, then how safe each store is, then the bounds beside what was measured', () => {
    expect(recoveryLines(view, now)).toEqual([
      'ERROR    it is.',
      'warning  it may be.',
      '',
      'shop / dev: copies at s3://copies/shop, opened by /keys/shop',
      '',
      'STORE     NEWEST COPY  COPIES  STORED  ANY MOMENT FROM  LOST IF ALL IS GONE NOW',
      'database  1m ago       2       2 MiB   1h to 5s ago     the last 5s',
      '',
      'BOUND  DECLARED  MEASURED',
      'RTO    <15m      1m 30s    kept',
      'RPO    <15m      1m 30s    BROKEN',
      'measured 0s ago',
    ]);
  });
});

describe('fairway drill', () => {
  const record = { id: 'd', environment: 'dev', at: now, rto: null, rpo: null, findings: [], steps: [] };

  test.each([
    ['good and within the bounds', true, true, exitCodes.done],
    ['good beyond a bound', true, false, exitCodes.failed],
    ['failed', false, true, exitCodes.failed],
  ])('%s', async (_, good, kept, exit) => {
    const bounds = { rto: { ...bound, ok: kept }, rpo: bound, measuredAt: now };
    const { call } = aCall({ operation: { drill: { ...record, ok: good } }, view: { ...view, bounds } });
    expect(await drill(call, '')).toBe(exit);
  });

  test('with --json carries the rows of the checklist', async () => {
    const row = { id: 'rto', item: 'Time until it serves again', declared: '<15m', ok: true } as const;
    const checklist = [{ ...row, measured: '1m30s', millis: millis(90_000), at: null }];
    const { call, said } = aCall({
      operation: { drill: { ...record, ok: true } },
      view: { ...view, checklist },
      json: true,
    });
    await drill(call, '');
    expect(said.map((line) => (JSON.parse(line) as { checklist: unknown }).checklist)).toEqual([checklist]);
  });
});

describe('fairway restore', () => {
  test('in place without anybody to ask is refused before anything is done', async () => {
    const { call, posted, said } = aCall({});
    expect(await restore(call, { store: 'database', inPlace: true })).toBe(exitCodes.refused);
    expect(posted).toEqual([]);
    expect(said[0]).toBe('error  To put restored data in the place of database, somebody has to say yes.');
  });

  test('--login prints one line and nothing else, of the side store that was named', async () => {
    const login = 'postgres://app:secret@127.0.0.1:1/app';
    const { call, said, posted } = aCall({ operation: { login } as object });
    expect(await restore(call, { login: '20261122T022123Z-a734' })).toBe(exitCodes.done);
    expect(said).toEqual([login]);
    expect(posted).toEqual(['/v1/environments/dev/recovery/sides/20261122T022123Z-a734/login']);
  });

  test.each([
    [{}, { ok: true, value: { kind: 'latest' } }],
    [{ before: '812' }, { ok: true, value: { kind: 'before', transaction: '812' } }],
    [{ before: '8a' }, { error: { code: 'transaction_not_understood' } }],
    [{ at: '5m ago' }, { ok: true, value: { kind: 'time', at: now - 300_000 } }],
    [{ at: '5m ago', before: '1' }, { error: { code: 'restore_targets_both' } }],
  ])('%j', (flags, expected) => {
    expect(targetOf(flags, now)).toMatchObject(expected);
  });
});

describe('fairway recovery --evidence', () => {
  test('tells two entries of one minute apart', async () => {
    const entry = { sequence: 1, at: now, type: 'recovery.removed', sentence: 'it was' };
    const { call, said } = aCall({ entries: [entry, { ...entry, at: instant(now + 7_000) }] });
    await evidence(call);
    expect(said.map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:/, ''))).toEqual([
      '46:40  it was',
      '46:47  it was',
    ]);
  });
});

describe('what a runbook takes', () => {
  test.each([
    ['machine-lost', { from: '/copies', key: '/key', yes: true }, null],
    ['machine-lost', { from: '/copies', key: '/key', copy: 'one', at: '5m ago' }, '--at, --copy'],
    ['data-deleted', { store: 'database', at: '14:03:07', beside: true }, null],
    ['database-corrupted', { from: '/copies' }, '--from'],
    ['breach', { yes: true }, null],
    ['breach', { store: 'database' }, '--store'],
  ] as const)('%s %j', (scenario, flags, unfit) => {
    const fitting = fittingFlags(scenario, flags);
    expect(fitting.ok ? null : fitting.error.facts['flags']).toBe(unfit);
  });

  test('a lost machine is not brought back with a flag that would not be heeded', async () => {
    const { call, said } = aCall({});
    const flags = { from: '/copies', key: '/key', copy: '20261122T022123Z-a734' };
    const ended = await recoverMachine(call.world, '/empty', flags, async () => exitCodes.done);
    expect(ended).toBe(exitCodes.wrongInput);
    expect(said[0]).toContain('The runbook machine-lost does not take --copy.');
  });
});

describe('a runbook', () => {
  const kept: object[] = [];
  const walkWith = (json: boolean) => {
    const { call, said } = aCall({});
    kept.length = 0;
    const keep = async (request: object) => {
      kept.push(request);
      return null;
    };
    return { walk: startWalk({ world: call.world, scenario: 'breach', json, yes: false, keep }), said };
  };

  test('numbers its steps, keeps each as evidence, and ends at the first that is declined', async () => {
    const { walk, said } = walkWith(false);
    expect(await walk.step('look', async () => ({ result: 'done', value: 7, detail: 'fine' }))).toBe(7);
    expect(
      await walk.step('act', async () => ({ result: 'declined', detail: 'nobody said yes' })),
    ).toBeNull();
    expect(walk.end()).toBe(exitCodes.refused);
    expect(said).toEqual(['1. look', '   done: fine', '2. act', '   not done: nobody said yes']);
    expect(kept).toMatchObject([
      { scenario: 'breach', step: 1, what: 'look', result: 'done', by: 'ann' },
      { scenario: 'breach', step: 2, what: 'act', result: 'declined' },
    ]);
  });

  test('with --json is one document', async () => {
    const { walk, said } = walkWith(true);
    await walk.step('look', async () => ({ result: 'done', value: null, detail: '' }));
    walk.end(['then rest']);
    expect(said.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        scenario: 'breach',
        exit: 0,
        steps: [{ step: 1, what: 'look', result: 'done', detail: '', tookMillis: 0 }],
        notes: ['then rest'],
      },
    ]);
  });
});

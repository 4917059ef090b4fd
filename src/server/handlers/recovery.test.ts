import { afterEach, describe, expect, test } from 'vitest';
import { type NewTokenView, type Problem, type Role, routes } from '#api';
import type { CopyRecord } from '#core/recovery';
import { fail, instant, millis, ok } from '#kernel';
import type { OperationView, Recovery, RecoveryState, SideRecord } from '#recovery';
import { aBench, key, stopEngines } from '../bench.fixture.ts';
import type { RecoveryDesk } from '../recovery.ts';

/** What recovery tells, field by field as its routes declare it, and who may ask for what. */

afterEach(stopEngines);

const at = instant(1_000_000_000);
const copy: CopyRecord = {
  ...{ id: '20261122T013000Z-1f3a', system: 'shop', environment: 'dev', of: 'database', kind: 'postgres' },
  ...{ from: at, until: at, verifiedAt: at, bytes: 10, detail: { wal: ['0001', null] }, why: 'asked' },
  parts: [{ name: 'base', bytes: 10, stored: 8, sha256: 'ab' }],
};
const side: SideRecord = {
  ...{
    id: 'database-1',
    store: 'database',
    copy: copy.id,
    target: { kind: 'latest' },
    folder: '/private/side',
  },
  ...{ reached: at, restoredAt: at, tookMillis: 12, address: '127.0.0.1:5', lost: lost() },
};
const drill = {
  ...{ id: 'd1', environment: 'dev', at, rto: millis(5), rpo: null, ok: true, findings: [] },
  steps: [{ name: 'restore', tookMillis: 5, ok: true, detail: '' }],
};
const state: RecoveryState = {
  ...{ environment: 'dev', place: '/copies', isOffSite: false, recipient: 'age1x', nextDrill: at },
  stores: [
    {
      ...{ store: 'database', kind: 'postgres', declared: true, copies: 1, newest: at, bytes: 10 },
      range: { from: at, until: at },
      atRisk: millis(3),
      log: { on: true, waiting: 0, failing: null },
      warnings: [{ code: 'recovery_copy_old', sentence: 'It is old.', severity: 'warning' }],
    },
  ],
  copies: [copy],
  holds: [{ id: 'h', of: 'database', copy: null, reason: 'case 12', by: 'ann', at }],
  sides: [side],
  drills: [drill],
  bounds: {
    rto: { declared: '<15m', measured: millis(5), ok: true },
    rpo: { declared: '<1m', measured: null, ok: null },
    measuredAt: at,
  },
  checklist: [
    { id: 'rto', item: 'Time', declared: '<15m', measured: '5ms', millis: millis(5), ok: true, at: null },
  ],
};
const operation: OperationView = {
  ...{ id: 'one', kind: 'restore', state: 'failed', begunAt: at, endedAt: at, share: 0.5, doing: 'copying' },
  ...{ copies: [copy], side, drill, former: null, rotated: null },
  failure: fail('recovery_busy', { doing: 'backup' }).error,
};

function lost() {
  return { transactions: 3, exact: true, detail: 'three' };
}

function aRecovery() {
  const begun: string[] = [];
  const recovery = {
    state: async () => ok(state),
    begin: async ({ kind }: { kind: string }) => (begun.push(kind), ok(operation)),
    operation: () => operation,
    running: () => operation,
  } as unknown as Recovery;
  const desk = {
    of: async () => ok(recovery),
    keyFile: () => '/keys/dev',
    warnings: () => [],
    evidence: async () => [{ sequence: 1, at, type: 'recovery.warning', data: { sentence: 'old' } }],
  } as unknown as RecoveryDesk;
  const { app } = aBench({ server: { recovery: desk } });
  const send = (method: string, path: string, body?: object, bearer = key) =>
    app.request(path.startsWith('/v1') ? path : `/v1/environments/dev/recovery${path}`, {
      method,
      headers: {
        ...{ authorization: `Bearer ${bearer}`, host: '127.0.0.1:7070' },
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { send, begun };
}

describe('what is told', () => {
  test.each([
    ['', 'GET /v1/environments/{environment}/recovery'],
    ['/evidence', 'GET /v1/environments/{environment}/recovery/evidence'],
    ['/operations/one', 'GET /v1/environments/{environment}/recovery/operations/{id}'],
  ] as const)('at %j is what its route declares, and no folder of this machine', async (path, route) => {
    const answer = await aRecovery().send('GET', path);
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    expect(routes[route].answer.safeParse(JSON.parse(text)).error?.issues ?? []).toEqual([]);
    expect(text).not.toContain('/private');
  });
});

describe('an operation', () => {
  const rows: [Role, string, object, string | null][] = [
    ['deployer', 'backup', {}, null],
    ['deployer', 'drill', {}, null],
    ['deployer', 'restore', { store: 'database' }, 'role_forbids'],
    ['deployer', 'exchange', { side: 'a' }, 'role_forbids'],
    ['deployer', 'discard', { side: 'a' }, 'role_forbids'],
    ['deployer', 'rotate', {}, 'role_forbids'],
    ['admin', 'restore', { store: 'database' }, null],
    ['admin', 'rotate', {}, null],
  ];
  test.each(rows)('%s, %s', async (role, kind, more, refused) => {
    const { send, begun } = aRecovery();
    const made = await send('POST', '/v1/access/tokens', { name: 'bot', role });
    const { token } = (await made.json()) as NewTokenView;
    const answer = await send('POST', '/operations', { kind, ...more }, token);
    expect(answer.status).toBe(refused === null ? 202 : 403);
    if (refused !== null) expect(((await answer.json()) as Problem).code).toBe(refused);
    expect(begun).toEqual(refused === null ? [kind] : []);
  });
});

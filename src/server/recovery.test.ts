import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import type { NewTokenView, Problem, RecoveryView } from '#api';
import { err, type Failure, fail, type Instant, instant, ok } from '#kernel';
import type { OperationAsk, OperationView, Recovery, RecoveryState } from '#recovery';
import { aBench, key, stopEngines } from './bench.fixture.ts';
import { register } from './door.ts';
import { recoveryHandlers } from './handlers/recovery.ts';
import type { RecoveryDesk } from './recovery.ts';

/** What the routes of recovery refuse, and what they hand on. What recovery itself does is tested with real stores. */

const at: Instant = instant(1_000_000_000);
const state = {
  environment: 'dev',
  place: '/copies',
  isOffSite: false,
  recipient: 'age1x',
  stores: [{ store: 'database' }],
  copies: [{ of: 'database', id: '20261122T013000Z-1f3a' }],
  holds: [{ id: 'held' }],
  sides: [],
  drills: [],
  nextDrill: null,
  bounds: null,
} as unknown as RecoveryState;

interface Given {
  readonly notOurs?: Failure;
}

function routes(given: Given = {}) {
  const asked: unknown[] = [];
  const begun = { id: 'one', state: 'running', failure: null, side: null } as unknown as OperationView;
  const recovery: Recovery = {
    keep: async () => {},
    state: async () => ok(state),
    begin: async (ask: OperationAsk) => {
      asked.push(ask);
      return ok(begun);
    },
    operation: (id) => (id === 'one' ? begun : null),
    running: () => null,
    hold: async (ask) => {
      asked.push(ask);
      return ok({ id: 'new', at, ...ask });
    },
    releaseHold: async (id) => {
      asked.push(id);
      return ok(null);
    },
    login: async (ask) => {
      asked.push(ask);
      return ok({ login: 'postgres://app:secret@127.0.0.1:1/app' });
    },
    end: async () => {},
  };
  const desk: RecoveryDesk = {
    of: async (name) => (name === 'dev' ? ok(recovery) : fail('recovery_not_here', { environment: name })),
    keyFile: () => '/keys/dev',
    warnings: () => [],
    record: async (_environment, type, data) => {
      asked.push({ type, data });
      return ok(null);
    },
    evidence: async () => [],
    differences: async (_environment, side) => fail('recovery_side_unknown', { side, sides: '' }),
    examine: async (environment) => fail('recovery_not_here', { environment }),
  };
  const app = new Hono();
  const handlers = recoveryHandlers({
    system: 'shop',
    desk,
    mayChange: async () => (given.notOurs === undefined ? ok(null) : err(given.notOurs)),
    may: () => ok(null),
  });
  register(app, handlers, { permit: () => (_, next) => next(), askerOf: (_, said) => said });
  const ask = async <T = Problem>(method: string, path: string, body?: unknown) => {
    const init = {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const answer = await app.request(`/v1/environments/dev/recovery${path}`, init);
    return { status: answer.status, body: (await answer.json()) as T };
  };
  return { ask, asked };
}

describe('routes of recovery', () => {
  test('tell the state with the file of the key', async () => {
    const { status, body } = await routes().ask<RecoveryView>('GET', '');
    expect(status).toBe(200);
    expect(body).toMatchObject({ system: 'shop', keyFile: '/keys/dev', place: '/copies' });
  });

  test.each([
    ['no kind', {}],
    ['an unknown kind', { kind: 'erase' }],
    ['a field too many', { kind: 'drill', force: true }],
    ['a store that leaves its folder', { kind: 'restore', store: '../database' }],
    ['a copy that leaves its folder', { kind: 'restore', store: 'database', copy: '../../x' }],
    ['a moment in words', { kind: 'restore', store: 'database', target: { kind: 'time', at: 'noon' } }],
    [
      'a transaction in words',
      { kind: 'restore', store: 'database', target: { kind: 'before', transaction: 'x' } },
    ],
    ['a side that leaves its folder', { kind: 'discard', side: '../../etc' }],
  ])('refuse an operation with %s, and begin nothing', async (_what, body) => {
    const { ask, asked } = routes();
    const answer = await ask('POST', '/operations', body);
    expect(answer.status).toBe(422);
    expect(answer.body.exit).toBe(2);
    expect(asked).toEqual([]);
  });

  test('begin what is asked in order', async () => {
    const { ask, asked } = routes();
    const body = { by: 'ann', kind: 'restore', store: 'database', target: { kind: 'time', at: 5 } };
    expect((await ask('POST', '/operations', body)).status).toBe(202);
    expect(asked).toMatchObject([
      { by: 'ann', kind: 'restore', copy: null, target: { kind: 'time', at: 5 } },
    ]);
  });

  test('do nothing where another control plane is in charge', async () => {
    const { ask, asked } = routes({ notOurs: fail('lease_held', { owner: 'other', expires: 1 }).error });
    for (const [method, path, body] of [
      ['POST', '/operations', { kind: 'drill' }],
      ['POST', '/holds', { of: 'database', reason: 'case 12' }],
      ['DELETE', '/holds/held', undefined],
      ['POST', '/steps', { scenario: 'breach', step: 1, what: 'look', result: 'done' }],
      ['POST', '/examine', { store: 'database' }],
      ['POST', '/sides/one/differences', {}],
      ['POST', '/sides/one/login', { by: 'ann' }],
    ] as const) {
      expect((await ask(method, path, body)).body.code, path).toBe('lease_held');
    }
    expect(asked).toEqual([]);
  });

  test.each([
    ['GET', '/operations/two', 'recovery_operation_unknown'],
    ['POST', '/sides/two/differences', 'recovery_side_unknown'],
  ])('%s %s: %s', async (method, path, code) => {
    const { ask, asked } = routes();
    const { status, body } = await ask(method, path);
    expect({ status, code: body.code, exit: body.exit }).toEqual({ status: 404, code, exit: 2 });
    expect(asked).toEqual([]);
  });

  test('give the login of a restored store to who asked, and to no cache', async () => {
    const { ask, asked } = routes();
    const { status, body } = await ask('POST', '/sides/one/login', { by: 'ann' });
    expect({ status, body }).toEqual({
      status: 200,
      body: { login: 'postgres://app:secret@127.0.0.1:1/app' },
    });
    expect(asked).toEqual([{ side: 'one', by: 'ann' }]);
  });

  test('holds keep every copy or one, and end', async () => {
    const { ask, asked } = routes();
    const copy = '20261122T013000Z-1f3a';
    expect((await ask('POST', '/holds', { of: 'database', reason: 'case 12' })).status).toBe(201);
    expect((await ask('POST', '/holds', { of: 'database', copy, reason: 'case 12' })).status).toBe(201);
    expect((await ask('DELETE', '/holds/held')).status).toBe(200);
    expect(asked).toMatchObject([{ copy: null }, { copy }, 'held']);
  });
});

describe('who may only look', () => {
  afterEach(stopEngines);
  test.each([
    ['POST', '/operations'],
    ['POST', '/holds'],
    ['DELETE', '/holds/held'],
    ['POST', '/steps'],
    ['POST', '/examine'],
    ['POST', '/sides/one/login'],
  ])('may not %s %s', async (method, path) => {
    const { app } = aBench();
    const send = (at: string, authorization: string | null, body = {}) => {
      const headers = new Headers({ host: '127.0.0.1:7070', 'content-type': 'application/json' });
      if (authorization !== null) headers.set('authorization', authorization);
      return app.request(at, { method, headers, body: JSON.stringify(body) });
    };
    const at = `/v1/environments/dev/recovery${path}`;
    const made = await app.request('/v1/access/tokens', {
      method: 'POST',
      headers: { host: '127.0.0.1:7070', authorization: `Bearer ${key}` },
      body: JSON.stringify({ name: 'wall', role: 'viewer' }),
    });
    const { token } = (await made.json()) as NewTokenView;
    expect((await send(at, null)).status).toBe(401);
    expect((await send(at, 'Bearer x')).status).toBe(401);
    expect((await send(at, `Bearer ${token}`)).status).toBe(403);
    expect((await send(at, `Bearer ${key}`)).status).toBe(422); // nothing is copied here
  });
});

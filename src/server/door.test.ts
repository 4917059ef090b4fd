import { afterAll, describe, expect, test } from 'vitest';
import { type NewTokenView, type Problem, type Route, routes } from '#api';
import { aBench, key, stopEngines } from './bench.fixture.ts';

/** Whatever is asked: an answer, or a problem in words. */

afterAll(stopEngines);
const { app } = aBench();

const table: Readonly<Record<string, Route>> = routes;

async function send(
  method: string,
  path: string,
  body?: string,
  more: Readonly<Record<string, string>> = {},
) {
  const headers = new Headers({ authorization: `Bearer ${key}`, host: '127.0.0.1:7070', ...more });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const answer = await app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
  const isProblem = answer.headers.get('content-type') === 'application/problem+json';
  return { status: answer.status, problem: isProblem ? ((await answer.json()) as Problem) : null, answer };
}

function expectRefusal({ status, problem }: Awaited<ReturnType<typeof send>>, code: string): void {
  expect({ status, code: problem?.code }).toMatchObject({ code });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(problem?.title).toMatch(/^\S.*\.$/s);
  expect(JSON.stringify(problem).length).toBeLessThan(6_000);
}

describe('the table of routes', () => {
  test('is what the server answers, no more and no less', () => {
    const answered = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1'))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect([...new Set(answered)].toSorted()).toEqual(Object.keys(table).toSorted());
  });

  test('is described at /openapi.json, for those who are known', async () => {
    const { status, answer } = await send('GET', '/openapi.json');
    expect(status).toBe(200);
    expect(await answer.json()).toMatchObject({ openapi: '3.1.0' });
    expect((await send('GET', '/openapi.json', undefined, { authorization: 'Bearer x' })).status).toBe(401);
  });

  const changes = Object.entries(table).filter(([, { needs }]) => needs !== null && needs !== 'view');
  test.each(changes)('%s is not for who may only look', async (path, route) => {
    const name = `wall-${changes.findIndex(([each]) => each === path)}`;
    const made = await send('POST', '/v1/access/tokens', JSON.stringify({ name, role: 'viewer' }));
    const { token } = (await made.answer.json()) as NewTokenView;
    const [method = '', template = ''] = path.split(' ');
    const place = template.replace('{environment}', 'dev').replace('{id}', 'one');
    const body = route.body === undefined ? undefined : '{}';
    expectRefusal(await send(method, place, body, { authorization: `Bearer ${token}` }), 'role_forbids');
  });
});

describe('a path that no environment can have', () => {
  test.each(['x'.repeat(5_000), 'Dev', '-', '..%2F..%2Fetc', '%00', '%zz', 'a%20b', "'; drop table"])(
    '%s is unknown',
    async (name) =>
      expectRefusal(await send('GET', `/v1/environments/${name}/status`), 'environment_unknown'),
  );
});

describe('a query that does not fit', () => {
  test.each([
    ['/v1/audit?limit=NaN'],
    ['/v1/audit?limit=1e400'],
    ['/v1/audit?limit='],
    ['/v1/audit?limit=1001'],
    ['/v1/audit?environment=Dev'],
    [`/v1/audit?${'x'.repeat(5_000)}=1`],
    ['/v1/environments/dev/explain?release=1.5'],
    ['/v1/environments/dev/explain?release=99999999999999999999'],
    ['/v1/environments/dev/explain?releas=1'],
    ['/v1/environments/dev/compare?from=1'],
    ['/v1/environments/dev/plan?strategy=hope'],
    ['/v1/environments/dev/events?after=-1'],
    ['/v1/environments/dev/traffic?since=yesterday'],
    ['/v1/environments/dev/logs?lines=Infinity'],
    [`/v1/environments/dev/logs?match=${'x'.repeat(201)}`],
    // Names become folders: none may lead out of the one that logs are kept in.
    ['/v1/environments/dev/logs?service=../../../../var'],
    ['/v1/environments/dev/logs?service=web,..%2Frouter'],
    ['/v1/environments/dev/logs?service=..'],
    ['/v1/environments/dev/logs?service=%2Fvar'],
  ])('%s is refused, with the field', async (path) => {
    const answer = await send('GET', path);
    expectRefusal(answer, 'request_not_understood');
    expect(answer.problem?.findings?.length).toBeGreaterThan(0);
  });

  test('is never a failure of ours, whatever the route', async () => {
    const given = ['', 'NaN', '-1', '1e999', '[]', '%00', '9'.repeat(40), 'x'.repeat(3_000)];
    for (const [path, { query, stream }] of Object.entries(table)) {
      const place = (path.split(' ')[1] ?? '').replace('{environment}', 'dev').replace('{id}', 'one');
      for (const name of Object.keys(query?.shape ?? {}).filter(() => stream === undefined))
        for (const value of given) {
          const { status } = await send('GET', `${place}?${name}=${value}`);
          expect(status, `${place}?${name}=${value.slice(0, 50)}`).toBeLessThan(500);
        }
    }
  });
});

describe('a body that does not fit', () => {
  const bodies = [
    '',
    '{',
    'null',
    '[]',
    '"up"',
    '7',
    '{"by":1}',
    '{"by":null}',
    '{"wat":1}',
    '{"__proto__":{}}',
  ];
  const asking = Object.entries(table).filter(([, { body }]) => body !== undefined);
  test.each(asking)('%s refuses it and does nothing', async (path) => {
    const [method = '', template = ''] = path.split(' ');
    const place = template.replace('{environment}', 'dev').replace('{id}', 'one');
    for (const body of [...bodies, `{"by":"${'x'.repeat(101)}"}`, `[${'['.repeat(5_000)}`])
      expectRefusal(await send(method, place, body), 'request_not_understood');
  });

  test('that is too large is not read', async () => {
    const body = JSON.stringify({ note: 'x'.repeat(1_100_000) });
    expectRefusal(await send('POST', '/v1/environments/dev/up', body), 'request_too_large');
  });
});

test('a place in the journal that no journal has is past its end', async () => {
  const path = '/v1/environments/dev/events?follow=false';
  for (const id of ['9'.repeat(30), '-5', 'NaN', '1e30']) {
    const { status, answer } = await send('GET', path, undefined, { 'last-event-id': id });
    expect(status).toBe(200);
    expect(await answer.text()).not.toContain('event: error');
  }
});

describe('an environment that is neither declared nor was ever up', () => {
  test('is unknown to every route, and nothing of it is begun or remembered', async () => {
    const { app: own, engine, store } = aBench();
    const ask = async (method: string, path: string, body?: string) => {
      const headers = { authorization: `Bearer ${key}`, host: '127.0.0.1:7070' };
      const answer = await own.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
      return ((await answer.json()) as Problem).code;
    };
    const places = Object.keys(table).filter((path) => path.includes('{environment}'));
    for (const name of ['nosuch', 'access', 'control']) {
      for (const path of places) {
        const [method = '', template = ''] = path.split(' ');
        const place = template.replace('{environment}', name).replace('{id}', 'one');
        expect([path, await ask(method, place, method === 'POST' ? '{}' : undefined)]).toEqual([
          path,
          'environment_unknown',
        ]);
      }
      expect(await ask('GET', `/v1/audit?environment=${name}`)).toBe('environment_unknown');
      expect(await ask('GET', `/v1/audit/chains?environment=${name}`)).toBe('environment_unknown');
      const from = JSON.stringify({ from: name });
      expect(await ask('POST', '/v1/environments/dev/promotions', from)).toBe('environment_unknown');
    }
    expect(engine.known().filter((name) => name !== 'dev')).toEqual([]);
    expect(await store.rows('environment', '')).toEqual([]);
  });

  test('is not taken for unknown while the definition cannot be read: that is what is said', async () => {
    const { ask } = aBench({
      load: () => ['line 3: no such field'],
      server: { environments: async () => [] },
    });
    expect((await ask<Problem>('status')).body).toMatchObject({
      code: 'definition_unusable',
      findings: ['line 3: no such field'],
    });
  });

  test('is known where it was up before and is declared no more', async () => {
    const { ask, engine } = aBench({ server: { environments: async () => ['other'] } });
    expect((await ask('status')).status).toBe(404);
    await engine.runner('dev'); // as it is started again from what the store has
    expect((await ask('status')).status).toBe(200);
  });
});

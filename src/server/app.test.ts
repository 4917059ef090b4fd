import { afterEach, describe, expect, it } from 'vitest';
import { aBench, key, stopEngines } from './bench.fixture.ts';

afterEach(stopEngines);

function anApp() {
  let ended = false;
  const { app, engine } = aBench({
    server: { shutdown: () => (ended = true), environments: async () => ['dev', 'prod'] },
    load: (name) => (name === 'dev' ? null : ['fairway.yaml:1:1  no']),
  });
  const ask = (path: string, init: RequestInit & { key?: string | null; host?: string } = {}) => {
    const headers = new Headers(init.headers);
    if (init.key !== null) headers.set('authorization', `Bearer ${init.key ?? key}`);
    headers.set('host', init.host ?? '127.0.0.1:7070');
    return app.request(path, { ...init, headers });
  };
  const post = (path: string, body: unknown, init: { key?: string | null } = {}) =>
    ask(path, {
      ...init,
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  return { ask, post, engine, ended: () => ended };
}

describe('access', () => {
  it.each([
    ['no key', { key: null }],
    ['a wrong key', { key: 'x'.repeat(64) }],
  ] as const)('refuses a change with %s', async (_, init) => {
    const { post, ended } = anApp();
    const answer = await post('/v1/control/shutdown', {}, init);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'not_allowed' });
    expect(ended()).toBe(false);
    expect((await post('/v1/control/shutdown', {})).status).toBe(200);
    expect(ended()).toBe(true);
  });

  it('refuses names that are not of this machine, whatever the key (DNS rebinding)', async () => {
    const answer = await anApp().ask('/v1/control', { host: 'evil.example:7070' });
    expect(answer.status).toBe(403);
  });
});

describe('a release from another folder', () => {
  it('is for admins: its definition may ask for less than the one that is served', async () => {
    const { post } = anApp();
    const made = await post('/v1/access/tokens', { name: 'ci', role: 'deployer' });
    const { token } = (await made.json()) as { token: string };
    const path = '/v1/environments/dev/releases';
    const refused = await post(path, { from: '/elsewhere' }, { key: token });
    expect(await refused.json()).toMatchObject({ code: 'role_forbids', exit: 5 });
    expect((await post(path, {}, { key: token })).status).not.toBe(403);
    expect((await post(path, { from: '/elsewhere' })).status).not.toBe(403);
  });
});

describe('requests', () => {
  it('that are not understood say each field that is wrong', async () => {
    const answer = await anApp().post('/v1/environments/dev/releases', {
      set: [{ service: 'Edge', key: '9', value: 1 }],
      wat: 1,
    });
    expect(answer.status).toBe(422);
    const { findings } = (await answer.json()) as { findings: string[] };
    expect(findings.map((finding) => finding.split(':', 1)[0])).toEqual([
      'set.0.service',
      'set.0.key',
      'set.0.value',
      'body',
    ]);
  });

  it('for a definition that cannot be used carry its findings', async () => {
    const answer = await anApp().post('/v1/environments/prod/up', {});
    expect(await answer.json()).toMatchObject({
      code: 'definition_unusable',
      exit: 2,
      findings: ['fairway.yaml:1:1  no'],
    });
  });

  it('name the services there are when one is unknown', async () => {
    const { post } = anApp();
    const answer = await post('/v1/environments/dev/releases', { services: ['egde'] });
    expect(await answer.json()).toMatchObject({
      code: 'service_unknown',
      title: expect.stringContaining('egde'),
    });
  });

  it('bring an environment up and tell its story as events that can be resumed', async () => {
    const { ask, post, engine } = anApp();
    expect((await post('/v1/environments/dev/up', { by: 'ann' })).status).toBe(202);
    const runner = await engine.runner('dev');
    for (let i = 0; i < 500 && runner.ledger.environment.good.length === 0; i++)
      await new Promise((go) => setImmediate(go));
    const events = await (await ask('/v1/environments/dev/events?after=0&follow=false')).text();
    const sentences = [...events.matchAll(/data: (.*)/g)].map(
      (match) => (JSON.parse(match[1] ?? '') as { sentence: string | null }).sentence,
    );
    expect(sentences.filter(Boolean)).toEqual(
      expect.arrayContaining([
        'bringing dev up: stores, router',
        'starting release 1 by ann; edge',
        'release 1 promoted',
      ]),
    );
    const rest = await (
      await ask('/v1/environments/dev/events?follow=false', { headers: { 'last-event-id': '2' } })
    ).text();
    expect(rest).not.toContain('id: 2\n');
    expect(rest).toContain('id: 3\n');
    const status = await (await ask('/v1/environments/dev/status')).json();
    expect(status).toMatchObject({
      status: 'up',
      release: { number: 1 },
      services: [{ name: 'edge', wanted: 2 }],
    });
    const history = await (await ask('/v1/environments/dev/history')).json();
    expect(history).toMatchObject([{ release: 1, outcome: 'promoted', current: true }]);
    const explained = await (await ask('/v1/environments/dev/explain?release=1')).json();
    expect(explained).toMatchObject({ release: 1, rollout: { phase: 'promoted' } });
    expect((await ask('/v1/environments/dev/explain?release=9')).status).toBe(404);
  });

  it('for what the engine refuses are problems with a code', async () => {
    const answer = await anApp().post('/v1/environments/dev/rollback', {});
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'environment_down', exit: 2 });
  });
});

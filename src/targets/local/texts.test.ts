import { describe, expect, test } from 'vitest';
import { percent } from '#kernel';
import { parseDotenv } from './dotenv.ts';
import { type Candidate, routesOf } from './endpoints.ts';
import { maskOf } from './mask.ts';
import { environment, service } from './testing/world.ts';
import { commonVariables } from './variables.ts';
import { goingOrder, victimsOf } from './victims.ts';
import type { ReplicaRecord } from './book.ts';
import { instant } from '#kernel';

describe('a .env file', () => {
  test.each([
    ['KEY=value', { KEY: 'value' }],
    ['export KEY = value  ', { KEY: 'value' }],
    ['KEY="two words"', { KEY: 'two words' }],
    ["KEY='a # b'", { KEY: 'a # b' }],
    ['KEY=value # a remark', { KEY: 'value' }],
    ['KEY="line\\nline"', { KEY: 'line\nline' }],
    ['KEY=a=b', { KEY: 'a=b' }],
    ['# KEY=value\n\nno assignment', {}],
    ['KEY=', { KEY: '' }],
    ['A=1\r\nB=2', { A: '1', B: '2' }],
  ])('%j', (text, expected) => expect(parseDotenv(text)).toEqual(expected));
});

describe('a mask', () => {
  test.each([
    ['the value itself', ['tomato-soup'], 'a tomato-soup!', 'a ***!'],
    ['the longer one first', ['abcd', 'abcdef'], 'abcdef abcd', '*** ***'],
    ['percent-encoded', ['p@ss w'], 'p%40ss%20w', '***'],
    ['the password of an address', ['postgres://u:s3cr3t@h/db'], 'password s3cr3t', 'password ***'],
    ['each line of several', ['first line\nsecond line'], 'second line', '***'],
    ['as JSON writes it', ['quo"te'], '{"key":"quo\\"te"}', '{"key":"***"}'],
    ['characters of patterns', ['a.c+'], 'a.c+ abcc', '*** abcc'],
    ['nothing that is too short', ['abc'], 'abc', 'abc'],
  ])('hides %s', (_title, values, text, expected) => expect(maskOf(values)(text)).toBe(expected));
});

describe('variables', () => {
  const binding = (env: Record<string, string>) => ({ env, secret: [], address: '' });
  test('name stores by their own name, and the first of a kind as programs expect it', () => {
    const postgres = { kind: 'postgres', version: null, database: 'x' } as const;
    const bucket = {
      kind: 'bucket',
      name: 'files',
      bucket: 'files',
      versioning: false,
      expireAfter: null,
    } as const;
    const around = {
      environment: environment([], {
        stores: [{ ...postgres, name: 'main' }, { ...postgres, name: 'audit' }, bucket],
        flags: { 'new-cart': false, limit: 5 },
      }),
      needs: ['main', 'audit', 'files', 'trading-api', 'unknown'],
      bindings: new Map([
        ['main', binding({ URL: 'pg://main' })],
        ['audit', binding({ URL: 'pg://audit' })],
        ['files', binding({ ENDPOINT: 'http://s3', SECRET_ACCESS_KEY: 'k' })],
      ]),
      ports: { 'trading-api': 4_000, other: 5_000 },
      variables: { PATH: '/bin', SHELL: '/bin/sh' },
    };
    expect(commonVariables(around)).toEqual({
      PATH: '/bin',
      DATABASE_URL: 'pg://main',
      MAIN_URL: 'pg://main',
      AUDIT_URL: 'pg://audit',
      S3_ENDPOINT: 'http://s3',
      S3_SECRET_ACCESS_KEY: 'k',
      FILES_ENDPOINT: 'http://s3',
      FILES_SECRET_ACCESS_KEY: 'k',
      TRADING_API_URL: 'http://127.0.0.1:4000',
      FLAG_NEW_CART: 'false',
      FLAG_LIMIT: '5',
    });
    expect(commonVariables({ ...around, needs: [] })).toEqual({
      PATH: '/bin',
      FLAG_NEW_CART: 'false',
      FLAG_LIMIT: '5',
    });
  });
});

describe('the endpoints of an arm', () => {
  const candidate = (replica: string, isReady: boolean, couldServe = isReady): Candidate => ({
    replica,
    revision: 'web-1',
    port: 1,
    isReady,
    couldServe,
  });
  test.each<[string, Candidate[], string[]]>([
    ['are the ready ones', [candidate('b', true), candidate('a', true), candidate('c', false)], ['a', 'b']],
    [
      'are the ready ones, not those that could serve',
      [candidate('a', true), candidate('b', false, true)],
      ['a'],
    ],
    [
      'are those that could serve when none is ready',
      [candidate('a', false, true), candidate('b', false)],
      ['a'],
    ],
    ['are none when none has ever been ready', [candidate('a', false)], []],
  ])('%s', (_title, candidates, expected) => {
    const table = {
      version: 1,
      routes: [
        { service: 'web', arms: [{ revision: 'web-1', role: 'stable' as const, weight: percent(100) }] },
        { service: 'worker', arms: [] },
      ],
    };
    const routes = routesOf({
      environment: environment([service('web'), service('worker', { traffic: 'none' })]),
      table,
      ports: { web: 80 },
      previews: { web: 81 },
      candidates: [...candidates, { ...candidate('other', true), revision: 'web-2' }],
    });
    expect(routes).toMatchObject([
      { service: 'web', port: 80, preview: 81, affinity: null, arms: [{ weight: 100 }] },
    ]);
    expect(routes[0]?.arms[0]?.endpoints.map(({ replica }) => replica)).toEqual(expected);
  });
});

describe('who goes first', () => {
  const record = (
    replica: string,
    createdAt: number,
    phase: ReplicaRecord['phase'] = 'serving',
  ): ReplicaRecord => ({
    ...{ replica, createdAt: instant(createdAt), phase, service: 'web', revision: 'web-1', port: 1 },
    ...{ process: null, crashes: 0, served: false, limits: [] },
  });
  const all = [record('old', 1), record('middle', 2), record('new', 3), record('leaving', 0, 'drained')];
  const isReady = (replica: string) => replica !== 'middle';
  test.each([
    [4, []],
    [3, ['leaving']],
    [2, ['leaving', 'middle']],
    [1, ['leaving', 'middle', 'new']],
    [0, ['leaving', 'middle', 'new', 'old']],
  ])('keeping %i', (keep, expected) => {
    expect(victimsOf(all, keep, isReady).map(({ replica }) => replica)).toEqual(expected);
  });

  test('services go before what they need, and a circle does no harm', () => {
    const order = goingOrder([
      { name: 'api', needs: ['database', 'auth'] },
      { name: 'auth', needs: ['api'] },
      { name: 'web', needs: ['api'] },
    ]);
    expect(order.indexOf('web')).toBeLessThan(order.indexOf('api'));
    expect([...order].sort()).toEqual(['api', 'auth', 'web']);
  });
});

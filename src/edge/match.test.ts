import { describe, expect, test } from 'vitest';
import { createMatcher, nameOf, pathOf } from './match.ts';

const match = createMatcher([
  {
    host: 'app.test',
    paths: [
      { path: '/', service: 'web' },
      { path: '/api', service: 'core' },
      { path: '/api/v2/', service: 'next' },
    ],
  },
  { host: '*.app.test', paths: [{ path: '/', service: 'tenant' }] },
  { host: 'hooks.test', paths: [{ path: '/webhooks', service: 'hooks' }] },
]);

describe('the service of a request', () => {
  test.each([
    ['app.test', '/', 'web'],
    ['APP.test.:8443', '/anything', 'web'],
    ['app.test', '/api', 'core'],
    ['app.test', '/api?x=/', 'core'],
    ['app.test', '/apis', 'web'],
    ['app.test', '/api/v2', 'next'],
    ['app.test', '/api/v2/x', 'next'],
    ['app.test', '/api/v20', 'core'],
    ['app.test', '/%61pi/users', 'core'],
    ['app.test', '/x/../api/users', 'core'],
    ['app.test', '//api', 'core'],
    ['app.test', '/x/%2e%2e/api', 'core'],
    ['a.app.test', '/', 'tenant'],
    ['a.b.app.test', '/', 'host'],
    ['evil.test', '/', 'host'],
    [null, '/', 'host'],
    ['hooks.test', '/webhooks/pay', 'hooks'],
    ['hooks.test', '/', 'path'],
  ])('%s%s leads to %s', (host, path, expected) => {
    const found = match(host, path);
    expect(found.service ?? ('reason' in found ? found.reason : '')).toBe(expected);
  });

  test('a star serves every host, an exact one first', () => {
    const all = createMatcher([
      { host: '*', paths: [{ path: '/', service: 'any' }] },
      { host: 'app.test', paths: [{ path: '/', service: 'web' }] },
    ]);
    expect([all('x.test', '/').service, all(null, '/').service, all('app.test', '/').service]).toEqual([
      'any',
      'any',
      'web',
    ]);
  });
});

test.each([
  ['/a/b', '/a/b'],
  ['/a/./b/', '/a/b/'],
  ['/..', '/'],
  ['/a/..', '/'],
  ['/a%20b', '/a%20b'],
  ['/a%2Fb', '/a/b'],
  ['/a\\b', '/a/b'],
])('the path of %s is %s', (target, path) => {
  expect(pathOf(target)).toBe(path);
});

test('an IPv6 address keeps its brackets', () => {
  expect(nameOf('[::1]:8443')).toBe('[::1]');
});

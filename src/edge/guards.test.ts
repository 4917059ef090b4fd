import { describe, expect, test } from 'vitest';
import { challengeIn, isExcepted, isForged, secureAddress, securityHeaders } from './guards.ts';
import type { EdgeSettings } from './settings.ts';

describe('a writing request', () => {
  test.each([
    ['of the site itself', 'POST', { 'sec-fetch-site': 'same-origin' }, false],
    ['typed by a person', 'POST', { 'sec-fetch-site': 'none' }, false],
    ['of another site', 'POST', { 'sec-fetch-site': 'cross-site' }, true],
    ['of a sister domain', 'DELETE', { 'sec-fetch-site': 'same-site' }, true],
    ['that only reads', 'GET', { 'sec-fetch-site': 'cross-site' }, false],
    ['of an older browser', 'PUT', { origin: 'https://app.test' }, false],
    ['of an older browser on another site', 'PUT', { origin: 'https://evil.test' }, true],
    ['from a file', 'POST', { origin: 'null' }, true],
    ['from a name that ends alike', 'POST', { origin: 'https://evil-app.test' }, true],
    ['from another port', 'POST', { origin: 'https://app.test:444' }, true],
    ['of a program', 'POST', {}, false],
  ])('%s', (_, method, headers: Record<string, string>, expected) => {
    expect(isForged({ method, host: 'app.test', header: (name) => headers[name] ?? null })).toBe(expected);
  });

  test('may go to paths that are excepted', () => {
    expect([isExcepted(['/webhooks'], '/webhooks/pay?x=1'), isExcepted(['/webhooks'], '/pay')]).toEqual([
      true,
      false,
    ]);
    expect(isExcepted(['/webhooks'], '/webhooks/../pay')).toBe(false);
  });
});

test('strict transport security is said over HTTPS only', () => {
  const settings = {
    headers: [['x-content-type-options', 'nosniff']],
    hsts: { maxAgeMillis: 31_536_000_000, includeSubdomains: true, preload: true },
  } as unknown as EdgeSettings;
  expect(securityHeaders(settings, false)).toEqual([['x-content-type-options', 'nosniff']]);
  expect(securityHeaders(settings, true)[1]).toEqual([
    'strict-transport-security',
    'max-age=31536000; includeSubDomains; preload',
  ]);
});

test.each([
  ['app.test', '/a?b=c', 443, 'https://app.test/a?b=c'],
  ['app.test:8080', '/', 8443, 'https://app.test:8443/'],
  ['evil.test', '/', 443, null],
  [null, '/', 443, null],
  ['app.test', 'http://app.test/', 443, null],
])('%s%s over plain HTTP goes to %4$s', (host, target, port, expected) => {
  expect(secureAddress(host, target, port, (name) => name === 'app.test')).toBe(expected);
});

test.each([
  ['/.well-known/acme-challenge/aB_-9', 'aB_-9'],
  ['/.well-known/acme-challenge/', null],
  ['/.well-known/acme-challenge/../x', null],
  ['/', null],
])('the challenge in %s is %s', (target, expected) => {
  expect(challengeIn(target)).toBe(expected);
});

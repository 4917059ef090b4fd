import { describe, expect, test } from 'vitest';
import { bucketMemory, createBuckets } from './buckets.ts';
import { type Asking, createLimiter, userOf } from './limits.ts';
import type { RateLimit } from './settings.ts';

const rule = (more: Partial<RateLimit> = {}): RateLimit => ({
  name: 'per-ip',
  per: 'ip',
  requests: 2,
  everyMillis: 60_000,
  burst: 2,
  paths: [],
  ...more,
});
const asking = (more: Partial<Asking> = {}): Asking => ({
  address: '1.1.1.1',
  path: '/',
  service: 'web',
  user: null,
  ...more,
});
const limiter = (...rules: RateLimit[]) => createLimiter(rules, createBuckets(bucketMemory(1_024), 'x'));

describe('a rule', () => {
  test('answers with what is left, and when to come again', () => {
    const limit = limiter(rule());
    expect(limit(asking(), 0)).toEqual({
      isAllowed: true,
      rule: 'per-ip',
      headers: [
        ['ratelimit-policy', '"per-ip";q=2;w=60'],
        ['ratelimit', '"per-ip";r=1;t=30'],
      ],
    });
    limit(asking(), 0);
    expect(limit(asking(), 500)).toEqual({
      isAllowed: false,
      rule: 'per-ip',
      headers: [
        ['ratelimit-policy', '"per-ip";q=2;w=60'],
        ['ratelimit', '"per-ip";r=0;t=30'],
        ['retry-after', '30'],
      ],
    });
  });

  test.each([
    ['another address', {}, { address: '2.2.2.2' }, true],
    ['the same /64', {}, { address: '2001:db8::2' }, false],
    ['another user behind the same address', { per: 'user' }, { user: 'bob' }, true],
    ['the same user from another address', { per: 'user' }, { user: 'ann', address: '2.2.2.2' }, false],
    ['another caller of the same service', { per: 'route' }, { address: '2.2.2.2' }, false],
    ['another service', { per: 'route' }, { service: 'core' }, true],
    ['a path that is not counted', { paths: ['/login'] }, { path: '/x' }, null],
    ['the path written otherwise', { paths: ['/login'] }, { path: '/%6Cogin' }, false],
  ] as const)('%s', (name, more, second, expected) => {
    const limit = limiter(rule({ ...more, paths: 'paths' in more ? [...more.paths] : [], burst: 1 }));
    const first = asking({
      user: 'ann',
      path: 'paths' in more ? '/login' : '/',
      ...(name === 'the same /64' ? { address: '2001:db8::1' } : {}),
    });
    expect(limit(first, 0)?.isAllowed).toBe(true);
    expect(limit({ ...first, ...second }, 0)?.isAllowed ?? null).toBe(expected);
  });

  test('of several the closest is told', () => {
    const limit = limiter(rule({ name: 'wide', burst: 100 }), rule({ name: 'narrow', burst: 5 }));
    expect(limit(asking(), 0)?.rule).toBe('narrow');
  });
});

describe('the user', () => {
  const token = `Bearer h.${Buffer.from('{"sub":"ann"}').toString('base64url')}.s`;
  const read = {
    header: (name: string) => ({ 'x-user': 'ann', authorization: token })[name] ?? null,
    cookie: (name: string) => (name === 'session' ? 'ann' : null),
  };
  test('is the same hash, wherever it comes from', () => {
    const hashes = [
      userOf({ from: 'header', name: 'x-user' }, read),
      userOf({ from: 'cookie', name: 'session' }, read),
      userOf({ from: 'token' }, read),
    ];
    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).toMatch(/^[\w-]{22}$/);
  });

  test.each(['Bearer x', 'Bearer a.b.c', 'Basic x', 'Bearer h.e30.s'])(
    'is nobody for %s',
    (authorization) => {
      expect(userOf({ from: 'token' }, { header: () => authorization, cookie: () => null })).toBeNull();
    },
  );
});

import { describe, expect, test } from 'vitest';
import { isCompressible, negotiate, weakened, withName } from './encoding.ts';

test.each([
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip, br', 'br'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0, gzip;q=0', null],
  ['*', 'zstd'],
  ['*;q=0', null],
  ['*, zstd;q=0', 'br'],
  ['identity, gzip;q=0.5', null],
  ['gzip;q=2', null],
  ['', null],
  [null, null],
  ['deflate', null],
  ['GZIP;Q=0.9', 'gzip'],
])('accept-encoding %j: %s', (accept, expected) => {
  expect(negotiate(accept)).toBe(expected);
});

describe('an answer', () => {
  const json = { 'content-type': 'application/json; charset=utf-8', 'content-length': '5000' };
  test.each([
    ['JSON of 5 kB', 200, {}, true],
    ['of unknown length', 200, { 'content-length': null }, true],
    ['an error with a long page', 500, { 'content-type': 'text/html' }, true],
    ['small', 200, { 'content-length': '1023' }, false],
    ['exactly 1 kB', 200, { 'content-length': '1024' }, true],
    ['a picture', 200, { 'content-type': 'image/png' }, false],
    ['a drawing', 200, { 'content-type': 'image/svg+xml' }, true],
    ['a stream of events', 200, { 'content-type': 'text/event-stream' }, false],
    ['already encoded', 200, { 'content-encoding': 'gzip' }, false],
    ['said to be as it is', 200, { 'content-encoding': 'identity' }, true],
    ['not to be changed', 200, { 'cache-control': 'public, no-transform' }, false],
    ['a part', 206, {}, false],
    ['not modified', 304, {}, false],
    ['without content', 204, {}, false],
    ['of no type', 200, { 'content-type': null }, false],
    ['a problem', 422, { 'content-type': 'application/problem+json' }, true],
  ])('%s: %s', (_, status, more, expected) => {
    const headers: Record<string, string | null> = { ...json, ...more };
    expect(isCompressible({ method: 'GET', status, header: (name) => headers[name] ?? null })).toBe(expected);
  });
});

test('vary keeps what it has', () => {
  expect([withName(null, 'accept-encoding'), withName('Origin', 'accept-encoding')]).toEqual([
    'accept-encoding',
    'Origin, accept-encoding',
  ]);
  expect([withName('*', 'accept-encoding'), withName('Accept-Encoding', 'accept-encoding')]).toEqual([
    '*',
    'Accept-Encoding',
  ]);
});

test('marks become weak, once', () => {
  expect([weakened('"a"'), weakened('W/"a"')]).toEqual(['W/"a"', 'W/"a"']);
});

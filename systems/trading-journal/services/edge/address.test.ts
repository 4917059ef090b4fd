import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { addressOf } from './address.ts';

test.each([
  ['no proxy is trusted', '1.1.1.1', 0, '127.0.0.1'],
  ['there is no proxy', undefined, 1, '127.0.0.1'],
  ['one proxy saw it', '1.1.1.1', 1, '1.1.1.1'],
  ['the caller wrote something before', '6.6.6.6, 1.1.1.1', 1, '1.1.1.1'],
  ['two proxies saw it', '6.6.6.6, 1.1.1.1, 10.0.0.1', 2, '1.1.1.1'],
  ['fewer proxies than trusted', '1.1.1.1', 2, '1.1.1.1'],
])('the address when %s', (_, forwarded, proxies, expected) => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const request = { headers, socket: { remoteAddress: '127.0.0.1' } } as Pick<
    IncomingMessage,
    'headers' | 'socket'
  >;
  expect(addressOf(request, proxies)).toBe(expected);
});

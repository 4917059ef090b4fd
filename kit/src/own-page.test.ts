import { expect, test } from 'vitest';
import { isFromOwnPage } from './index.ts';

const host = { host: 'app.example:8443' };

test.each([
  ['a program', host, true],
  ['a page of ours', { ...host, 'sec-fetch-site': 'same-origin' }, true],
  ['an address that somebody typed', { ...host, 'sec-fetch-site': 'none' }, true],
  ['a page of another site', { ...host, 'sec-fetch-site': 'cross-site' }, false],
  ['a page of a neighbouring domain', { ...host, 'sec-fetch-site': 'same-site' }, false],
  ['an older browser on our page', { ...host, origin: 'https://app.example:8443' }, true],
  ['an older browser elsewhere', { ...host, origin: 'https://evil.example' }, false],
  ['the same host at another port', { ...host, origin: 'https://app.example' }, false],
  ['a page without an origin', { ...host, origin: 'null' }, false],
  ['two origins', { ...host, origin: ['https://app.example:8443', 'https://evil.example'] }, false],
  [
    'our page behind a proxy',
    { host: '127.0.0.1:3000', 'x-forwarded-host': 'app.example', origin: 'https://app.example' },
    true,
  ],
  [
    'another page behind a proxy',
    { host: '127.0.0.1:3000', 'x-forwarded-host': 'app.example', origin: 'http://127.0.0.1:3000' },
    false,
  ],
])('%s', (_, headers, isOurs) => {
  expect(isFromOwnPage(headers)).toBe(isOurs);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseListen } from './listen.ts';

let folder = '';
let cert = '';
let key = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway-listen-'));
  cert = join(folder, 'cert.pem');
  key = join(folder, 'key.pem');
  writeFileSync(cert, 'a certificate');
  writeFileSync(key, 'its key');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nothing = { port: null, listen: null, publicUrl: null, tlsCert: null, tlsKey: null };
const publicUrl = 'https://deploy.example.com';

describe('where it listens', () => {
  test.each([
    ['on loopback when nothing is said', {}, { port: null, door: null, publicUrl: null }],
    ['at a port', { port: 7070 }, { port: 7070, door: null, publicUrl: null }],
    ['at an address of loopback', { listen: '127.0.0.1:4040' }, { port: 4040, door: null, publicUrl: null }],
    ['at the same by name', { listen: 'localhost:4040' }, { port: 4040, door: null, publicUrl: null }],
    [
      'at the same, said twice',
      { listen: '127.0.0.1:4040', port: 4040 },
      { port: 4040, door: null, publicUrl: null },
    ],
    [
      'on loopback behind a proxy of this machine',
      { listen: '127.0.0.1:4040', publicUrl },
      { port: 4040, door: null, publicUrl },
    ],
    [
      'on the other loopback besides',
      { listen: '[::1]:4040' },
      { port: null, door: { host: '::1', port: 4040, tls: null }, publicUrl: null },
    ],
    [
      'for others under a public name',
      { listen: '0.0.0.0:4040', publicUrl: `${publicUrl}/`, port: 7070 },
      { port: 7070, door: { host: '0.0.0.0', port: 4040, tls: null }, publicUrl },
    ],
  ])('%s', (_, asked, chosen) => {
    expect(chooseListen({ ...nothing, ...asked })).toEqual({ ok: true, value: chosen });
  });

  test('with TLS, also on loopback', () => {
    const asked = { ...nothing, listen: '127.0.0.1:8443', publicUrl, tlsCert: cert, tlsKey: key };
    const tls = { cert: Buffer.from('a certificate'), key: Buffer.from('its key') };
    expect(chooseListen(asked)).toEqual({
      ok: true,
      value: { port: null, door: { host: '127.0.0.1', port: 8443, tls }, publicUrl },
    });
  });

  test.each([
    ['listen_needs_public_url', { listen: '0.0.0.0:4040' }],
    ['listen_needs_public_url', { listen: '[::]:4040' }],
    ['listen_needs_public_url', { listen: '127.evil.example:4040' }],
    ['listen_address_invalid', { listen: '4040' }],
    ['listen_address_invalid', { listen: '127.0.0.1' }],
    ['listen_address_invalid', { listen: '127.0.0.1:0' }],
    ['listen_address_invalid', { listen: '127.0.0.1:65536' }],
    ['listen_address_invalid', { listen: ':4040' }],
    ['listen_twice', { listen: '127.0.0.1:4040', port: 7070 }],
    ['public_url_invalid', { publicUrl: 'deploy.example.com' }],
    ['public_url_invalid', { publicUrl: 'ftp://deploy.example.com' }],
    ['public_url_invalid', { publicUrl: 'https://deploy.example.com/fairway' }],
    ['public_url_invalid', { publicUrl: 'https://deploy.example.com/?a=b' }],
    ['public_url_invalid', { publicUrl: 'https://ann:secret@deploy.example.com' }],
    ['tls_incomplete', { listen: '0.0.0.0:443', publicUrl, tlsCert: '/tls/cert.pem' }],
    ['tls_incomplete', { publicUrl, tlsCert: '/tls/cert.pem', tlsKey: '/tls/key.pem' }],
    [
      'tls_without_https',
      { listen: '0.0.0.0:443', publicUrl: 'http://a.example', tlsCert: '/tls/c', tlsKey: '/tls/k' },
    ],
    [
      'tls_file_unreadable',
      { listen: '0.0.0.0:443', publicUrl, tlsCert: '/nowhere/c', tlsKey: '/nowhere/k' },
    ],
  ])('not: %s', (code, asked) => {
    const chosen = chooseListen({ ...nothing, ...asked });
    expect(chosen.ok ? chosen.value : chosen.error.code).toBe(code);
    expect(JSON.stringify(chosen)).not.toContain('secret');
  });
});

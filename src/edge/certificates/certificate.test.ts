import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, instant, type Result } from '#kernel';
import { type Certificate, certificateFor, readCertificate } from './certificate.ts';
import { followFiles } from './files.ts';
import { selfSigned } from './self-signed.fixture.ts';

const temporary = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairway certificates-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
const read = async (folder: string, name: string, hosts: string[]) => {
  const { certificate, key } = await selfSigned(folder, name, hosts);
  return { chain: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
};
const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

describe('a certificate', () => {
  test('is read with its names and times', async () => {
    const { chain, key } = await read(await temporary(), 'a', ['App.test', '*.app.test', '127.0.0.1']);
    const found = value(readCertificate(chain, key, 'a.pem'));
    expect(found.names).toEqual(['app.test', '*.app.test', '127.0.0.1']);
    expect(Math.round((found.notAfter - found.notBefore) / 86_400_000)).toBe(2);
  });

  test('that does not fit its key is refused, and so is rubbish, without a word of the key', async () => {
    const folder = await temporary();
    const [a, b] = [await read(folder, 'a', ['a.test']), await read(folder, 'b', ['b.test'])];
    const wrong = readCertificate(a.chain, b.key, 'a.pem');
    expect(wrong).toEqual({
      ok: false,
      error: {
        code: 'edge_certificate_unusable',
        facts: { source: 'a.pem', reason: 'the key belongs to another certificate' },
      },
    });
    const rubbish = readCertificate(a.chain, 'hush', 'a.pem');
    expect(JSON.stringify(rubbish)).not.toContain('hush');
    expect(rubbish.ok).toBe(false);
  });

  test.each([
    ['app.test', 'app.test'],
    ['APP.test', 'app.test'],
    ['x.app.test', '*.app.test'],
    ['x.y.app.test', 'other.test'],
    [null, 'other.test'],
  ])('for %s is that of %s', async (host, expected) => {
    const folder = await temporary();
    const all = await Promise.all(
      ['other.test', 'app.test', '*.app.test'].map(async (name, index) => {
        const { chain, key } = await read(folder, String(index), [name]);
        return value(readCertificate(chain, key, name));
      }),
    );
    expect(certificateFor(all, host)?.names).toEqual([expected]);
  });
});

test('files are read again when they change, and a pair that does not fit is waited for', async () => {
  const folder = await temporary();
  const [a, b] = [await selfSigned(folder, 'a', ['a.test']), await selfSigned(folder, 'b', ['b.test'])];
  const pair = { certificate: join(folder, 'now.pem'), key: join(folder, 'now.key') };
  const told: string[] = [];
  const ending = new AbortController();
  const clock: Clock = {
    now: () => instant(Date.now()),
    sleep: (_, signal) => delay(10, undefined, signal ? { signal } : {}).catch(() => undefined),
  };
  const following = followFiles([pair], {
    clock,
    signal: ending.signal,
    read: (_, found: Result<Certificate>) =>
      told.push(found.ok ? (found.value.names[0] ?? '') : String(found.error.facts['reason'])),
  });
  const until = async (wanted: string) => {
    for (let tries = 0; !told.some((text) => text.includes(wanted)) && tries < 500; tries += 1)
      await delay(10);
  };
  await until('ENOENT');
  await copyFile(a.certificate, pair.certificate);
  await copyFile(a.key, pair.key);
  await until('a.test');
  await copyFile(b.certificate, pair.certificate);
  await until('the key belongs');
  await copyFile(b.key, pair.key);
  await until('b.test');
  await delay(50);
  ending.abort();
  await following;
  expect(told[0]).toContain('ENOENT');
  expect(told.filter((text) => text.endsWith('.test'))).toEqual(['a.test', 'b.test']);
  expect(told).toContain('the key belongs to another certificate');
});

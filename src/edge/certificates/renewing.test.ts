import { createServer } from 'node:http';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, type Failure, instant, seededRandom } from '#kernel';
import type { Certificate } from './certificate.ts';
import { freeTcpPort, noPebble, startPebble } from './pebble.fixture.ts';
import { renewalOf, retryOf } from './renewal.ts';
import { keepCertificates } from './renewing.ts';

describe('times', () => {
  test('a certificate is renewed after about two thirds of its life', () => {
    const life = { notBefore: 0, notAfter: 90 };
    expect([renewalOf(life, () => 0), renewalOf(life, () => 0.5), renewalOf(life, () => 0.999_999)]).toEqual([
      57, 60, 63,
    ]);
  });

  test.each([
    [1, 60_000],
    [2, 120_000],
    [5, 960_000],
    [20, 43_200_000],
    [2_000, 43_200_000],
  ])('after failure %i it is tried again in about %i ms', (failures, wait) => {
    expect(retryOf({ failures, now: 1_000, first: 60_000 }, () => 0.5)).toBe(1_000 + wait);
  });
});

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) => delay(wait, undefined, signal ? { signal } : {}).catch(() => undefined),
};

/** A server for challenges, and what the keeper tells. */
async function stand(validSeconds: number) {
  const folder = await mkdtemp(join(tmpdir(), 'fairway acme-'));
  const httpPort = await freeTcpPort();
  const answers = new Map<string, string>();
  const server = createServer(({ url = '' }, response) => {
    response.end(answers.get(url.slice(url.lastIndexOf('/') + 1)) ?? '');
  });
  await new Promise<void>((resolve) => server.listen(httpPort, '127.0.0.1', resolve));
  const pebble = await startPebble(folder, { httpPort, validSeconds });
  const ending = new AbortController();
  const issued: { host: string; certificate: Certificate }[] = [];
  const failures: { host: string; failure: Failure; next: number }[] = [];
  const begin = (hosts: readonly string[], signal = ending.signal) =>
    keepCertificates({
      settings: { directory: pebble.directory, email: 'ops@app.test', authority: pebble.authority },
      hosts,
      folder: join(folder, 'acme'),
      challenges: {
        set: async (token, answer) => void answers.set(token, answer),
        remove: async (token) => void answers.delete(token),
      },
      clock,
      random: seededRandom(1),
      signal,
      issued: (host, certificate) => issued.push({ host, certificate }),
      failed: (host, failure, next) => failures.push({ host, failure, next }),
      firstRetryMillis: 300,
      pollMillis: 100,
    });
  onTestFinished(async () => {
    ending.abort();
    await pebble.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });
  const until = async (isSo: () => boolean) => {
    for (let tries = 0; !isSo() && tries < 1_500; tries += 1) await delay(10);
    expect(isSo()).toBe(true);
  };
  return { folder, answers, ending, issued, failures, begin, until };
}

describe.skipIf(noPebble !== null)(
  `with a certificate authority of its own${noPebble === null ? '' : ` (skipped: ${noPebble})`}`,
  () => {
    test('hosts get certificates, kept for the owner only, and a restart asks for none', async () => {
      const place = await stand(3_600);
      const first = place.begin(['app.test', 'api.test']);
      await place.until(() => place.issued.length === 2);
      place.ending.abort();
      await first;
      expect(place.issued.map(({ host, certificate }) => [host, certificate.names])).toEqual([
        ['app.test', ['app.test']],
        ['api.test', ['api.test']],
      ]);
      expect(place.answers.size).toBe(0);
      const files = await readdir(join(place.folder, 'acme'));
      expect(files.sort()).toEqual(['account.json', 'api.test.json', 'app.test.json']);
      for (const file of files)
        expect((await stat(join(place.folder, 'acme', file))).mode & 0o777).toBe(0o600);
      const account = await readFile(join(place.folder, 'acme', 'account.json'), 'utf8');
      const again = new AbortController();
      const second = place.begin(['app.test', 'api.test'], again.signal);
      await place.until(() => place.issued.length === 4);
      await delay(300);
      again.abort();
      await second;
      expect(place.issued[2]?.certificate.fingerprint).toBe(place.issued[0]?.certificate.fingerprint);
      expect(await readFile(join(place.folder, 'acme', 'account.json'), 'utf8')).toBe(account);
    });

    test('a certificate that lives for seconds is renewed before it ends, by the same account', async () => {
      const place = await stand(6);
      const keeping = place.begin(['app.test']);
      await place.until(() => place.issued.length === 3);
      place.ending.abort();
      await keeping;
      const [one, two] = place.issued;
      expect(two?.certificate.fingerprint).not.toBe(one?.certificate.fingerprint);
      expect(two?.certificate.notBefore).toBeLessThan(one?.certificate.notAfter ?? 0);
      expect(place.failures).toEqual([]);
    });

    test('what fails is told and tried again, and does not hold up other hosts', async () => {
      const place = await stand(3_600);
      const keeping = place.begin(['not a host', 'app.test']);
      await place.until(() => place.failures.length >= 3 && place.issued.length === 1);
      place.ending.abort();
      await keeping;
      expect(place.issued[0]?.host).toBe('app.test');
      const [one, two, three] = place.failures.map(({ next }) => next);
      expect(place.failures[0]?.failure.code).toBe('edge_certificate_not_issued');
      expect((three ?? 0) - (two ?? 0)).toBeGreaterThan((two ?? 0) - (one ?? 0));
    });
  },
);

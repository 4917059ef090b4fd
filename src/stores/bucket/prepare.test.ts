import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { prepareBucket } from './index.ts';
import { benchForFile, CREDENTIALS } from './testing/bench.ts';

const bench = benchForFile();
const settings = (bucket: string, versioning: boolean, expireDays: number | null) => ({
  endpoint: bench().endpoint,
  credentials: CREDENTIALS,
  bucket,
  versioning,
  expireDays,
});

describe('preparing a bucket', () => {
  it('makes it as declared, again and again', async () => {
    for (let round = 0; round < 2; round += 1) {
      expect(await prepareBucket(settings('prepared', true, 30))).toEqual({ ok: true, value: null });
    }
    const client = bench().client();
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: 'prepared' }));
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'prepared' }));
    expect(Status).toBe('Enabled');
    expect(Rules).toMatchObject([
      { ID: 'leftovers', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      { ID: 'age', Expiration: { Days: 30 }, NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
    ]);
  });

  it('follows a changed declaration', async () => {
    await prepareBucket(settings('changing', false, 5));
    const client = bench().client();
    const status = async () =>
      (await client.send(new GetBucketVersioningCommand({ Bucket: 'changing' }))).Status;
    expect(await status()).toBeUndefined();
    await prepareBucket(settings('changing', true, null));
    expect(await status()).toBe('Enabled');
    await prepareBucket(settings('changing', false, null));
    expect(await status()).toBe('Suspended');
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'changing' }));
    expect(Rules?.map(({ ID }) => ID)).toEqual(['leftovers']);
  });

  it('works while the clocks differ', async () => {
    bench().clock.ahead = 24 * 3_600_000;
    onTestFinished(() => void (bench().clock.ahead = 0));
    expect(await prepareBucket(settings('skewed', false, null))).toMatchObject({ ok: true });
  });

  it('tells which step the server refused', async () => {
    const wrong = {
      ...settings('refused', false, null),
      credentials: { ...CREDENTIALS, secretAccessKey: 'wrong' },
    };
    expect(await prepareBucket(wrong)).toEqual({
      ok: false,
      error: {
        code: 'bucket_refused',
        facts: {
          endpoint: bench().endpoint,
          bucket: 'refused',
          action: 'create',
          status: 403,
          code: 'SignatureDoesNotMatch',
        },
      },
    });
    const head = bench()
      .client()
      .send(new HeadBucketCommand({ Bucket: 'refused' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('tells that nobody answers', async () => {
    const nowhere = { ...settings('nowhere', false, null), endpoint: 'http://127.0.0.1:1' };
    expect(await prepareBucket(nowhere)).toMatchObject({ ok: false, error: { code: 'bucket_unreachable' } });
  });

  it('can be given up', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    onTestFinished(() => silent.close().closeAllConnections());
    const ending = new AbortController();
    silent.once('request', () => ending.abort());
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const prepared = prepareBucket({ ...settings('silent', false, null), endpoint }, ending.signal);
    expect(await prepared).toMatchObject({ ok: false, error: { code: 'bucket_unreachable' } });
  });
});

import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { after, days } from '#kernel';
import { benchForFile, refusalOf } from './testing/bench.ts';

const bench = benchForFile();
let client: S3Client;
let Bucket = '';
let buckets = 0;
beforeAll(() => {
  client = bench().client();
});
beforeEach(async () => {
  buckets += 1;
  Bucket = `lifecycle-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
});

const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({
  ID: 'r',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  ...more,
});
const set = (...Rules: LifecycleRule[]) =>
  client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
const put = (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
const keys = async () => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
};
const versions = async () => {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  return [Versions.length, DeleteMarkers.length];
};
/** Sweeps as if so many days had gone by. */
const sweepAfter = async (count: number) => {
  const swept = await bench().server.sweep(after(bench().clock.now(), days(count)));
  if (!swept.ok) throw new Error(swept.error.code);
  return swept.value;
};

describe('a lifecycle', () => {
  it('is set, told and removed', async () => {
    const rules = [
      rule({ ID: 'tmp', Filter: { Prefix: 'tmp/<&' }, Expiration: { Days: 1 } }),
      rule({ ID: 'old', Status: 'Disabled', NoncurrentVersionExpiration: { NoncurrentDays: 7 } }),
      rule({
        ID: 'rest',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
        Expiration: { ExpiredObjectDeleteMarker: true },
      }),
    ];
    await set(...rules);
    const told = () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect((await told()).Rules).toEqual(rules);
    await client.send(new DeleteBucketLifecycleCommand({ Bucket }));
    expect(await refusalOf(told())).toEqual({ code: 'NoSuchLifecycleConfiguration', status: 404 });
  });

  test.each<[string, Partial<LifecycleRule>, string]>([
    ['a transition', { Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }, 'NotImplemented'],
    [
      'a filter by tag',
      { Filter: { Tag: { Key: 'a', Value: 'b' } }, Expiration: { Days: 1 } },
      'NotImplemented',
    ],
    ['a date', { Expiration: { Date: new Date('2030-01-01') } }, 'NotImplemented'],
    ['no days', { Expiration: { Days: 0 } }, 'InvalidArgument'],
  ])('with %s is refused rather than kept and not obeyed', async (_, more, code) => {
    expect(await refusalOf(set(rule(more)))).toMatchObject({ code });
  });

  it('expires objects under its prefix, not a moment early', async () => {
    await set(rule({ Filter: { Prefix: 'tmp/' }, Expiration: { Days: 2 } }));
    for (const key of ['tmp/1', 'tmp/2', 'tmp', 'keep/tmp/']) await put(key);
    await sweepAfter(1.99);
    expect(await keys()).toHaveLength(4);
    expect(await sweepAfter(2)).toMatchObject({ expired: 2 });
    expect(await keys()).toEqual(['keep/tmp/', 'tmp']);
  });

  it('expires more objects than one batch holds', async () => {
    await set(rule({ Expiration: { Days: 1 } }));
    for (let batch = 0; batch < 21; batch += 1)
      await Promise.all(Array.from({ length: 20 }, (_, n) => put(`${batch}/${n}`)));
    expect(await sweepAfter(1)).toMatchObject({ expired: 420 });
    expect(await keys()).toEqual([]);
  });

  it('that is disabled does nothing', async () => {
    await set(rule({ Status: 'Disabled', Expiration: { Days: 1 } }));
    await put('k');
    await sweepAfter(5);
    expect(await keys()).toEqual(['k']);
  });

  it('hides objects of a bucket with versions, deletes old versions, then the lone markers', async () => {
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    await put('k');
    await put('k');
    await set(rule({ ID: 'age', Expiration: { Days: 1 } }));
    expect(await sweepAfter(1)).toMatchObject({ expired: 1 });
    expect([await keys(), await versions()]).toEqual([[], [2, 1]]);
    await set(rule({ ID: 'old', NoncurrentVersionExpiration: { NoncurrentDays: 1 } }));
    // The first version became an old one today, the second one when the marker of a day ahead was set.
    expect(await sweepAfter(1.5)).toMatchObject({ noncurrent: 1 });
    expect(await sweepAfter(2)).toMatchObject({ noncurrent: 1 });
    expect(await versions()).toEqual([0, 1]);
    await set(rule({ ID: 'markers', Expiration: { ExpiredObjectDeleteMarker: true } }));
    expect(await sweepAfter(2)).toMatchObject({ markers: 1 });
    expect(await versions()).toEqual([0, 0]);
  });

  it('keeps a marker that hides something', async () => {
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    await put('k');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await set(rule({ Expiration: { ExpiredObjectDeleteMarker: true } }));
    await sweepAfter(5);
    expect(await versions()).toEqual([1, 1]);
  });

  it('ends uploads that nobody completed', async () => {
    await set(rule({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    await client.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'x' }));
    await sweepAfter(0.5);
    const uploads = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? [];
    expect(await uploads()).toHaveLength(1);
    expect(await sweepAfter(1)).toMatchObject({ uploads: 1 });
    expect(await uploads()).toEqual([]);
  });
});

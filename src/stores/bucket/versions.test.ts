import {
  type BucketVersioningStatus,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
  Bucket = `versions-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
});

const set = (Status: BucketVersioningStatus) =>
  client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const put = async (Key: string, Body: string) =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
const get = async (Key: string, VersionId?: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
const remove = (Key: string, VersionId?: string) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const list = async (more: object = {}) => {
  const { Versions = [], DeleteMarkers = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket, ...more }),
  );
  const tell = (kind: string) => (entry: (typeof Versions)[0]) =>
    `${kind} ${entry.VersionId}${entry.IsLatest === true ? ' latest' : ''}`;
  return [...Versions.map(tell('version')), ...DeleteMarkers.map(tell('marker'))];
};

describe('a bucket without versions', () => {
  it('says nothing of them', async () => {
    expect(await put('k', '1')).toBeUndefined();
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    expect(await get('k', 'null')).toBe('1');
    await remove('k');
    expect(await list()).toEqual([]);
  });
});

describe('a bucket with versions', () => {
  beforeEach(() => set('Enabled'));

  it('keeps each of them', async () => {
    const [first, second] = [await put('k', '1'), await put('k', '2')];
    expect(first).not.toBe(second);
    expect([await get('k', first), await get('k', second), await get('k')]).toEqual(['1', '2', '2']);
    expect(await list()).toEqual([`version ${second} latest`, `version ${first}`]);
  });

  it('hides an object behind a delete marker, and shows it again without', async () => {
    const version = await put('k', '1');
    const { VersionId: marker, DeleteMarker } = await remove('k');
    expect(DeleteMarker).toBe(true);
    expect(await refusalOf(get('k'))).toEqual({ code: 'NoSuchKey', status: 404 });
    expect(await refusalOf(get('k', marker))).toMatchObject({ status: 405 });
    expect(await get('k', version)).toBe('1');
    expect(await list()).toEqual([`version ${version}`, `marker ${marker} latest`]);
    expect(await remove('k', marker)).toMatchObject({ VersionId: marker, DeleteMarker: true });
    expect(await get('k')).toBe('1');
  });

  it('shows the version before when the latest is deleted', async () => {
    const [first, second] = [await put('k', '1'), await put('k', '2')];
    await remove('k', second);
    expect([await get('k'), await list()]).toEqual(['1', [`version ${first} latest`]]);
    expect(await refusalOf(get('k', second))).toMatchObject({ code: 'NoSuchVersion' });
  });

  it('brings an old version back by a copy', async () => {
    const first = await put('k', '1');
    await put('k', '2');
    const copy = { Bucket, Key: 'k', CopySource: `${Bucket}/k?versionId=${first}` };
    expect(await client.send(new CopyObjectCommand(copy))).toMatchObject({ CopySourceVersionId: first });
    expect(await get('k')).toBe('1');
    expect(await list()).toHaveLength(3);
  });

  it('tells the version in the headers of an object', async () => {
    const VersionId = await put('k', '1');
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).toMatchObject({ VersionId });
  });

  it('is emptied page by page, each page deleted before the next is asked for', async () => {
    for (let round = 0; round < 3; round += 1)
      for (const key of ['a', 'b', 'c']) await put(key, String(round));
    await remove('b');
    let markers: object = {};
    for (let truncated = true; truncated; ) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...markers }));
      const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key,
        VersionId,
      }));
      await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      truncated = page.IsTruncated === true;
    }
    expect(await list()).toEqual([]);
    await client.send(new DeleteBucketCommand({ Bucket }));
  });

  it('lists from a version on', async () => {
    const versions = [await put('k', '1'), await put('k', '2'), await put('k', '3')];
    expect(await list({ KeyMarker: 'k', VersionIdMarker: versions[1] })).toEqual([`version ${versions[0]}`]);
    expect(await list({ KeyMarker: 'k' })).toEqual([]);
  });

  it('lists groups', async () => {
    for (const key of ['a/1', 'a/2', 'b']) await put(key, 'x');
    const { CommonPrefixes, Versions } = await client.send(
      new ListObjectVersionsCommand({ Bucket, Delimiter: '/' }),
    );
    expect([CommonPrefixes, Versions?.map(({ Key }) => Key)]).toEqual([[{ Prefix: 'a/' }], ['b']]);
  });
});

describe('a bucket whose versions are suspended', () => {
  it('keeps the old ones and one more', async () => {
    await set('Enabled');
    const old = await put('k', '1');
    await set('Suspended');
    expect(await put('k', '2')).toBe('null');
    expect(await put('k', '3')).toBe('null');
    expect(await list()).toEqual(['version null latest', `version ${old}`]);
    expect(await remove('k')).toMatchObject({ VersionId: 'null', DeleteMarker: true });
    expect(await list()).toEqual([`version ${old}`, 'marker null latest']);
  });

  it('keeps the version from before it had any', async () => {
    await put('k', '1');
    await set('Enabled');
    const second = await put('k', '2');
    expect(await list()).toEqual([`version ${second} latest`, 'version null']);
    expect(await get('k', 'null')).toBe('1');
  });
});

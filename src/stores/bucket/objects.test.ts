import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { benchForFile, refusalOf } from './testing/bench.ts';
import { send, sign } from './testing/raw.ts';

const bench = benchForFile();
const Bucket = 'objects';
let client: S3Client;
beforeAll(async () => {
  client = bench().client();
  await client.send(new CreateBucketCommand({ Bucket }));
});

const put = (
  Key: string,
  Body: NonNullable<PutObjectCommandInput['Body']>,
  more: Partial<PutObjectCommandInput> = {},
) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const textOf = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  (await get(Key, more)).Body?.transformToString();

describe('buckets', () => {
  it('are created, found, listed and deleted', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'passing' }));
    await client.send(new HeadBucketCommand({ Bucket: 'passing' }));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket, 'passing']);
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket: 'passing' }));
    expect(LocationConstraint).toBe('eu-central-1');
    await client.send(new DeleteBucketCommand({ Bucket: 'passing' }));
    expect(await refusalOf(client.send(new HeadBucketCommand({ Bucket: 'passing' })))).toMatchObject({
      status: 404,
    });
  });

  test.each([
    ['a name that is taken', 'objects', 'BucketAlreadyOwnedByYou', 409],
    ['a short name', 'ab', 'InvalidBucketName', 400],
    ['capital letters', 'Capital', 'InvalidBucketName', 400],
    ['an IP address', '10.0.0.1', 'InvalidBucketName', 400],
  ])('with %s are refused', async (_, name, code, status) => {
    expect(await refusalOf(client.send(new CreateBucketCommand({ Bucket: name })))).toEqual({ code, status });
  });

  it('that hold an object are not deleted', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'full' }));
    await client.send(new PutObjectCommand({ Bucket: 'full', Key: 'k', Body: 'x' }));
    const refused = await refusalOf(client.send(new DeleteBucketCommand({ Bucket: 'full' })));
    expect(refused).toEqual({ code: 'BucketNotEmpty', status: 409 });
  });
});

describe('an object', () => {
  it('comes back with its content and all that was said of it', async () => {
    const said = {
      ContentType: 'text/plain; charset=utf-8',
      ContentEncoding: 'identity',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentLanguage: 'de',
      CacheControl: 'max-age=60',
    };
    const { ETag } = await put('said', 'hello', {
      ...said,
      Metadata: { owner: 'me', 'two-words': 'a b' },
      Tagging: 'a=1&b=2',
    });
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    const found = await get('said');
    expect(found).toMatchObject({
      ...said,
      ETag,
      ContentLength: 5,
      Metadata: { owner: 'me', 'two-words': 'a b' },
      TagCount: 2,
    });
    expect(await found.Body?.transformToString()).toBe('hello');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'said' }));
    expect(head).toMatchObject({ ...said, ETag, ContentLength: 5 });
  });

  it('may be empty', async () => {
    await put('empty', '');
    expect(await textOf('empty')).toBe('');
  });

  test.each(
    Object.values(ChecksumAlgorithm).filter((name) =>
      ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'].includes(name),
    ),
  )('streamed with a %s in the trailer is checked and gives the checksum back', async (ChecksumAlgorithm) => {
    const content = randomBytes(300_000);
    const Body = Readable.from([content.subarray(0, 100), content.subarray(100)]);
    await put(`sum/${ChecksumAlgorithm}`, Body, { ContentLength: content.length, ChecksumAlgorithm });
    const found = await get(`sum/${ChecksumAlgorithm}`, { ChecksumMode: 'ENABLED' });
    expect(found.ChecksumType).toBe('FULL_OBJECT');
    expect(found[`Checksum${ChecksumAlgorithm}` as keyof typeof found]).toEqual(expect.any(String));
    // The client compares the checksum while it reads.
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
  });

  test.each([
    'a//b',
    '/leading',
    'trailing/',
    'x/../y',
    '../../escape',
    '.',
    '..',
    '.hidden',
    'with space',
    'plus+sign',
    '100%',
    '%2F',
    'ü/ñ & <é>.txt',
    '日本語/🎉',
    "quote'()*!",
    'a?b#c',
    'a=b&c',
    'tab\tnew\nline',
    '~tilde',
    'x'.repeat(1024),
  ])('has the key %j and no other', async (key) => {
    await put(key, `content of ${key}`);
    expect(await textOf(key)).toBe(`content of ${key}`);
  });

  it('has a key that is never a path in the folder', async () => {
    await put('../../escape', 'x');
    const files = await readdir(bench().folder);
    expect(files.filter((name) => !name.startsWith('metadata.sqlite')).sort()).toEqual([
      'content',
      'incoming',
    ]);
    expect(await readdir(join(bench().folder, 'incoming'))).toEqual([]);
  });

  it('has a key of at most 1024 bytes', async () => {
    expect(await refusalOf(put('é'.repeat(513), 'x'))).toEqual({ code: 'KeyTooLongError', status: 400 });
  });

  it('replaced while it is read is read to its end as it was', async () => {
    const content = randomBytes(8_000_000);
    await put('replaced', content);
    const reading = await get('replaced');
    await put('replaced', 'new');
    const read = Buffer.from((await reading.Body?.transformToByteArray()) ?? []);
    expect(read.equals(content)).toBe(true);
    expect(await textOf('replaced')).toBe('new');
  });
});

describe('a range', () => {
  beforeAll(() => put('digits', '0123456789'));
  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
  ])('%s gives its bytes', async (Range, text, ContentRange) => {
    const found = await get('digits', { Range });
    expect(found).toMatchObject({
      ContentRange,
      ContentLength: text.length,
      $metadata: { httpStatusCode: 206 },
    });
    expect(await found.Body?.transformToString()).toBe(text);
  });
  test.each(['bytes=5-2', 'bytes=1-2,4-5', 'lines=1-2', 'bytes=-'])('%s counts as none', async (Range) => {
    expect(await textOf('digits', { Range })).toBe('0123456789');
  });
  test.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s lies outside', async (Range) => {
    expect(await refusalOf(get('digits', { Range }))).toEqual({ code: 'InvalidRange', status: 416 });
  });
});

describe('a conditional read', () => {
  const ETag = `"${createHash('md5').update('x').digest('hex')}"`;
  const past = new Date('2001-01-01');
  const future = new Date('2099-01-01');
  beforeAll(() => put('conditional', 'x'));
  test.each<[string, Partial<GetObjectCommandInput>, number]>([
    ['If-Match with its ETag', { IfMatch: ETag }, 200],
    ['If-Match with *', { IfMatch: '*' }, 200],
    ['If-Match with another', { IfMatch: '"other"' }, 412],
    ['If-None-Match with its ETag', { IfNoneMatch: ETag }, 304],
    ['If-None-Match with a list that has it', { IfNoneMatch: `"a", ${ETag}` }, 304],
    ['If-None-Match with another', { IfNoneMatch: '"other"' }, 200],
    ['If-Modified-Since the past', { IfModifiedSince: past }, 200],
    ['If-Modified-Since the future', { IfModifiedSince: future }, 304],
    ['If-Unmodified-Since the past', { IfUnmodifiedSince: past }, 412],
    ['If-Unmodified-Since the future', { IfUnmodifiedSince: future }, 200],
    [
      'If-Match that holds beside If-Unmodified-Since that does not',
      { IfMatch: ETag, IfUnmodifiedSince: past },
      200,
    ],
    [
      'If-None-Match that fails beside If-Modified-Since that holds',
      { IfNoneMatch: ETag, IfModifiedSince: past },
      304,
    ],
  ])('%s: %j gives status %i', async (_, condition, status) => {
    const outcome = get('conditional', condition).then((found) => found.$metadata.httpStatusCode);
    expect(await outcome.catch((reason) => reason.$metadata.httpStatusCode)).toBe(status);
  });
});

describe('a conditional write', () => {
  it('with If-None-Match * happens only where no object is', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });
    const refused = await refusalOf(put('once', 'second', { IfNoneMatch: '*' }));
    expect(refused).toEqual({ code: 'PreconditionFailed', status: 412 });
    expect(await textOf('once')).toBe('first');
  });
  it('with If-Match happens only on the object meant', async () => {
    const { ETag } = await put('swap', 'first');
    await put('swap', 'second', { IfMatch: ETag });
    expect(await refusalOf(put('swap', 'third', { IfMatch: ETag }))).toMatchObject({
      code: 'PreconditionFailed',
    });
    expect(await refusalOf(put('absent', 'x', { IfMatch: ETag }))).toMatchObject({ code: 'NoSuchKey' });
    expect(await textOf('swap')).toBe('second');
  });
  it('raced by twenty clients is won by one', async () => {
    const racers = Array.from({ length: 20 }, (_, racer) => put('race', String(racer), { IfNoneMatch: '*' }));
    const outcomes = await Promise.allSettled(racers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(await textOf('race')).toBe(String(winner));
  });
  it('guards a deletion too', async () => {
    const { ETag } = await put('guarded', 'x');
    const wrong = new DeleteObjectCommand({ Bucket, Key: 'guarded', IfMatch: '"other"' });
    expect(await refusalOf(client.send(wrong))).toMatchObject({ code: 'PreconditionFailed' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'guarded', IfMatch: ETag }));
    expect(await refusalOf(get('guarded'))).toMatchObject({ code: 'NoSuchKey' });
  });
});

describe('a copy', () => {
  it('has the content, metadata and tags of its source, and outlives it', async () => {
    await put('source', 'original', { ContentType: 'text/x', Metadata: { a: '1' }, Tagging: 't=1' });
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source` }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'source' }));
    const found = await get('copy');
    expect(found).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, TagCount: 1 });
    expect(await found.Body?.transformToString()).toBe('original');
  });
  it('has new metadata and tags where they are to be replaced', async () => {
    await put('source2', 'x', { Metadata: { a: '1' }, Tagging: 't=1' });
    const copy = { Bucket, Key: 'copy2', CopySource: `/${Bucket}/source2`, Metadata: { b: '2' } };
    await client.send(
      new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE' }),
    );
    const found = await get('copy2');
    expect(found.Metadata).toEqual({ b: '2' });
    expect(found.TagCount).toBeUndefined();
  });
  test.each([
    ['of nothing', { CopySource: `${Bucket}/nothing` }, 'NoSuchKey'],
    ['of an object to itself', { Key: 'said', CopySource: `${Bucket}/said` }, 'InvalidRequest'],
    [
      'whose condition fails',
      { CopySource: `${Bucket}/said`, CopySourceIfMatch: '"other"' },
      'PreconditionFailed',
    ],
    [
      'onto an object where there must be none',
      { Key: 'digits', CopySource: `${Bucket}/said`, IfNoneMatch: '*' },
      'PreconditionFailed',
    ],
  ])('%s is refused', async (_, input, code) => {
    expect(
      await refusalOf(client.send(new CopyObjectCommand({ Bucket, Key: 'to', ...input }))),
    ).toMatchObject({ code });
  });
});

describe('deletion', () => {
  it('of many objects tells of each one, and of what is not there', async () => {
    const keys = ['many/1', 'many/<2>', 'many/3&', 'many/new\nline'];
    for (const key of keys) await put(key, 'x');
    const Objects = [...keys, 'many/absent'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual([...keys, 'many/absent']);
    expect(Errors ?? []).toEqual([]);
    for (const key of keys) expect(await refusalOf(get(key))).toEqual({ code: 'NoSuchKey', status: 404 });
  });
  it('of many objects names the one whose condition fails and deletes the others', async () => {
    await put('some/1', 'x');
    await put('some/2', 'x');
    const Objects = [{ Key: 'some/1', ETag: '"other"' }, { Key: 'some/2' }];
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect([Deleted?.map(({ Key }) => Key), Errors?.map(({ Key, Code }) => [Key, Code])]).toEqual([
      ['some/2'],
      [['some/1', 'PreconditionFailed']],
    ]);
  });
  it('frees the file of the content', async () => {
    await put('freed', randomBytes(1000));
    const before = await countFiles();
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'freed' }));
    expect(await countFiles()).toBe(before - 1);
  });
});

async function countFiles(): Promise<number> {
  const entries = await readdir(join(bench().folder, 'content'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

describe('tags', () => {
  const TagSet = [{ Key: 'a <b>', Value: 'c & d' }];
  it('are set, read and removed', async () => {
    await put('tagged', 'x');
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
    const tags = () => client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect((await tags()).TagSet).toEqual(TagSet);
    expect(await textOf('tagged')).toBe('x');
    await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect((await tags()).TagSet).toEqual([]);
  });
  it('of one name twice are refused', async () => {
    const Tagging = { TagSet: [...TagSet, ...TagSet] };
    const refused = client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging }));
    expect(await refusalOf(refused)).toEqual({ code: 'InvalidTag', status: 400 });
  });
});

describe('what is not offered', () => {
  test.each([
    ['PUT', '/objects/kept?acl', {}],
    ['PUT', '/objects/kept?retention', {}],
    ['PUT', '/objects/kept?somethingNew=1', {}],
    ['POST', '/objects/kept?restore', {}],
    ['GET', '/objects?policy', {}],
    ['PUT', '/objects?cors', {}],
    ['PUT', '/objects?encryption', {}],
    ['PUT', '/objects/kept', { 'x-amz-server-side-encryption': 'AES256' }],
    ['PUT', '/objects/kept', { 'x-amz-server-side-encryption': 'aws:kms' }],
    ['PUT', '/objects/kept', { 'x-amz-write-offset-bytes': '4' }],
    ['PUT', '/objects/kept', { 'x-amz-acl': 'public-read' }],
    ['PUT', '/objects/kept', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
  ])('%s %s with %j is refused and changes nothing', async (method, path, headers) => {
    await put('kept', 'kept');
    const signed = sign(
      bench().endpoint,
      { method, path, headers, body: method === 'GET' ? '' : 'overwritten' },
      { now: bench().clock.now() },
    );
    expect(await send(bench().endpoint, signed)).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect(await textOf('kept')).toBe('kept');
  });
});

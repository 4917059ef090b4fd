import {
  CreateBucketCommand,
  ListObjectsCommand,
  type ListObjectsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { benchForFile, refusalOf } from './testing/bench.ts';

const bench = benchForFile();
let client: S3Client;
let buckets = 0;
beforeAll(() => {
  client = bench().client();
});

async function bucketOf(keys: readonly string[]): Promise<string> {
  buckets += 1;
  const Bucket = `listing-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
  return Bucket;
}

interface Question {
  readonly Prefix: string;
  readonly Delimiter: string | undefined;
  readonly MaxKeys: number;
  readonly encoded: boolean;
}

/** What a listing is by definition: keys in the order of their bytes, grouped up to the first delimiter. */
function naively(keys: readonly string[], { Prefix, Delimiter }: Question, after: string): string[] {
  const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const entries = keys
    .filter((key) => key.startsWith(Prefix) && compare(key, after) > 0)
    .map((key) => {
      const end = Delimiter === undefined ? -1 : key.indexOf(Delimiter, Prefix.length);
      return end < 0 ? `key ${key}` : `group ${key.slice(0, end + (Delimiter?.length ?? 0))}`;
    });
  return [...new Set(entries)].sort((a, b) =>
    compare(a.slice(a.indexOf(' ') + 1), b.slice(b.indexOf(' ') + 1)),
  );
}

function entriesOf(page: ListObjectsV2CommandOutput | ListObjectsCommandOutput, encoded: boolean): string[] {
  const decode = (name = '') => (encoded ? decodeURIComponent(name) : name);
  return [
    ...(page.Contents ?? []).map(({ Key }) => `key ${decode(Key)}`),
    ...(page.CommonPrefixes ?? []).map(({ Prefix }) => `group ${decode(Prefix)}`),
  ];
}

/** All pages of a listing; each must be full but the last. */
async function listV2(Bucket: string, question: Question, StartAfter?: string): Promise<string[]> {
  const found: string[] = [];
  const { encoded, ...rest } = question;
  const EncodingType = encoded ? ('url' as const) : undefined;
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, ...rest, EncodingType, StartAfter, ContinuationToken }),
    );
    const entries = entriesOf(page, encoded);
    found.push(...entries);
    expect(page.KeyCount).toBe(entries.length);
    if (page.IsTruncated !== true) return found;
    expect(entries).toHaveLength(question.MaxKeys);
    ContinuationToken = page.NextContinuationToken;
  }
}

async function listV1(Bucket: string, question: Question): Promise<string[]> {
  const found: string[] = [];
  const { encoded, ...rest } = question;
  const EncodingType = encoded ? ('url' as const) : undefined;
  for (let Marker: string | undefined; ; ) {
    const page = await client.send(new ListObjectsCommand({ Bucket, ...rest, EncodingType, Marker }));
    found.push(...entriesOf(page, encoded));
    if (page.IsTruncated !== true) return found;
    Marker = encoded ? decodeURIComponent(page.NextMarker ?? '') : page.NextMarker;
  }
}

const sorted = (entries: readonly string[]) => [...entries].sort();

describe('a listing', () => {
  const letter = fc.constantFrom(
    'a',
    'b',
    '/',
    '/',
    '-',
    ' ',
    '+',
    '%',
    '&',
    'é',
    '\u{ffee}',
    '🎉',
    '\u{10ffff}',
  );
  const text = (maxLength: number) => fc.array(letter, { maxLength }).map((letters) => letters.join(''));
  const key = text(6).filter((candidate) => candidate !== '');
  const question = fc.record<Question>({
    Prefix: text(2),
    Delimiter: fc.constantFrom(undefined, '/', '/', 'a', '//', '🎉'),
    MaxKeys: fc.integer({ min: 1, max: 5 }),
    encoded: fc.boolean(),
  });

  it('is what its definition says, in pages of any size, in both forms', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { minLength: 5, maxLength: 25 }),
        fc.array(fc.tuple(question, text(3)), { minLength: 4, maxLength: 4 }),
        async (keys, questions) => {
          const Bucket = await bucketOf(keys);
          for (const [asked, after] of questions) {
            expect(sorted(await listV2(Bucket, asked, after))).toEqual(sorted(naively(keys, asked, after)));
            expect(sorted(await listV1(Bucket, asked))).toEqual(sorted(naively(keys, asked, '')));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is in the order of bytes, not of UTF-16', async () => {
    const Bucket = await bucketOf(['z', '🎉', '\u{ffee}', 'A']);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['A', 'z', '\u{ffee}', '🎉']);
  });

  it('writes control characters so that an encoding client reads them', async () => {
    const keys = ['a\u0001b', 'a\r\nb', 'a\tb'];
    const Bucket = await bucketOf(keys);
    const found = await listV2(Bucket, { Prefix: 'a', Delimiter: undefined, MaxKeys: 2, encoded: true });
    expect(sorted(found)).toEqual(sorted(keys.map((name) => `key ${name}`)));
  });

  it('goes on from a group that a marker names', async () => {
    const Bucket = await bucketOf(['a/1', 'a/2', 'b/1', 'c']);
    const page = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: 'a/' }));
    expect(entriesOf(page, false)).toEqual(['key c', 'group b/']);
  });

  it('of no keys at all is empty and not cut off', async () => {
    const Bucket = await bucketOf(['a']);
    const page = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  it('has at most 1000 entries', async () => {
    const Bucket = await bucketOf(['a']);
    const page = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }));
    expect(page.MaxKeys).toBe(1000);
  });

  it('tells size, time and ETag', async () => {
    const Bucket = await bucketOf([]);
    const before = bench().clock.now();
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'four' }));
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toMatchObject([{ Key: 'k', Size: 4, ETag, StorageClass: 'STANDARD' }]);
    expect(Contents?.[0]?.LastModified?.getTime()).toBeGreaterThanOrEqual(before);
  });

  test.each<[string, object]>([
    ['a token of somebody else', { ContinuationToken: 'not ours!' }],
    ['an unknown encoding', { EncodingType: 'base64' }],
  ])('with %s is refused', async (_, more) => {
    const Bucket = await bucketOf([]);
    const listed = client.send(new ListObjectsV2Command({ Bucket, ...more }));
    expect(await refusalOf(listed)).toEqual({ code: 'InvalidArgument', status: 400 });
  });
});

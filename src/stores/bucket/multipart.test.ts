import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { benchForFile, refusalOf } from './testing/bench.ts';

const bench = benchForFile();
const Bucket = 'multipart';
const MEBIBYTE = 1024 * 1024;
const content = randomBytes(12 * MEBIBYTE);
let client: S3Client;
beforeAll(async () => {
  client = bench().client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: content }));
});

async function begin(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const upload = { Bucket, Key, UploadId };
  return {
    upload,
    part: async (PartNumber: number, Body: Buffer, more: object = {}): Promise<CompletedPart> => {
      const sent = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body, ...more }));
      const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256, ChecksumCRC64NVME } = sent;
      return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256, ChecksumCRC64NVME };
    },
    complete: (Parts: readonly CompletedPart[], more: object = {}) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [...Parts] }, ...more }),
      ),
    parts: (more: object = {}) => client.send(new ListPartsCommand({ ...upload, ...more })),
  };
}

const read = async (Key: string, more: object = {}) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();

describe('a multipart upload', () => {
  it('by the upload library, from a stream of unknown length, arrives whole', async () => {
    const Body = Readable.from([content.subarray(0, 7_000_000), content.subarray(7_000_000)]);
    await new Upload({ client, params: { Bucket, Key: 'library', Body }, partSize: 5 * MEBIBYTE }).done();
    expect((await read('library')).equals(content)).toBe(true);
  });

  it('becomes one object with the ETag of its parts, and says so', async () => {
    const { part, complete, parts } = await begin('manual', { ContentType: 'text/x', Metadata: { a: '1' } });
    const [first, second] = [content.subarray(0, 6 * MEBIBYTE), content.subarray(6 * MEBIBYTE)];
    const named = [await part(1, first), await part(7, second)];
    const listed = await parts();
    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, first.length],
      [7, second.length],
    ]);
    const { ETag } = await complete(named);
    const expected = createHash('md5')
      .update(Buffer.concat([md5(first), md5(second)]))
      .digest('hex');
    expect(ETag).toBe(`"${expected}-2"`);
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'manual' }));
    expect(found).toMatchObject({
      ContentType: 'text/x',
      Metadata: { a: '1' },
      ContentLength: content.length,
      ETag,
    });
    expect(Buffer.from((await found.Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
    expect(await refusalOf(parts())).toMatchObject({ code: 'NoSuchUpload' });
  });

  it('is read in ranges across its parts', async () => {
    const border = 6 * MEBIBYTE;
    const Range = `bytes=${border - 10}-${border + 9}`;
    expect(await read('manual', { Range })).toEqual(content.subarray(border - 10, border + 10));
  });

  it('lists its parts in pages', async () => {
    const { part, parts } = await begin('pages');
    for (const number of [3, 1, 2]) await part(number, Buffer.from('x'));
    const first = await parts({ MaxParts: 2 });
    expect([first.Parts?.map(({ PartNumber }) => PartNumber), first.IsTruncated]).toEqual([[1, 2], true]);
    const second = await parts({ MaxParts: 2, PartNumberMarker: first.NextPartNumberMarker });
    expect([second.Parts?.map(({ PartNumber }) => PartNumber), second.IsTruncated]).toEqual([[3], false]);
  });

  it('takes the last upload of a part', async () => {
    const { part, complete } = await begin('again');
    await part(1, Buffer.from('first'));
    await complete([await part(1, Buffer.from('second'))]);
    expect(String(await read('again'))).toBe('second');
  });

  it('leaves out parts that are not named', async () => {
    const { part, complete } = await begin('fewer');
    await part(1, Buffer.from('not this'));
    await complete([await part(2, Buffer.from('this'))]);
    expect(String(await read('fewer'))).toBe('this');
  });

  test.each<[string, ChecksumAlgorithm, ChecksumType, RegExp]>([
    ['CRC32 of its parts', 'CRC32', 'COMPOSITE', /-2$/],
    ['SHA256 of its parts', 'SHA256', 'COMPOSITE', /-2$/],
    ['CRC32C of the whole', 'CRC32C', 'FULL_OBJECT', /^[^-]+$/],
    ['CRC64NVME of the whole', 'CRC64NVME', 'FULL_OBJECT', /^[^-]+$/],
  ])('has the %s', async (_, ChecksumAlgorithm, ChecksumType, form) => {
    const { part, complete } = await begin(`sum/${ChecksumAlgorithm}`, { ChecksumAlgorithm, ChecksumType });
    const [first, second] = [content.subarray(0, 5 * MEBIBYTE), content.subarray(5 * MEBIBYTE, 6 * MEBIBYTE)];
    const named = [await part(1, first, { ChecksumAlgorithm }), await part(2, second, { ChecksumAlgorithm })];
    const done = await complete(named, { ChecksumType });
    expect(done[`Checksum${ChecksumAlgorithm}` as keyof typeof done]).toMatch(form);
    // The client compares the checksum of the whole while it reads.
    const whole = await read(`sum/${ChecksumAlgorithm}`, { ChecksumMode: 'ENABLED' });
    expect(whole.equals(content.subarray(0, 6 * MEBIBYTE))).toBe(true);
  });

  it('has parts that are copied from objects, whole or a range', async () => {
    const { upload, part, complete } = await begin('copied');
    const copy = async (PartNumber: number, CopySourceRange?: string): Promise<CompletedPart> => {
      const source = {
        CopySource: `${Bucket}/source`,
        ...(CopySourceRange === undefined ? {} : { CopySourceRange }),
      };
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({ ...upload, PartNumber, ...source }),
      );
      return { PartNumber, ETag: CopyPartResult?.ETag };
    };
    const named = [
      await copy(1),
      await copy(2, `bytes=1-${5 * MEBIBYTE}`),
      await part(3, Buffer.from('end')),
    ];
    await complete(named);
    const expected = Buffer.concat([content, content.subarray(1, 5 * MEBIBYTE + 1), Buffer.from('end')]);
    expect((await read('copied')).equals(expected)).toBe(true);
    expect(await refusalOf(copy(1, 'bytes=0-99999999'))).toMatchObject({ code: 'NoSuchUpload' });
  });

  it('ends when it is aborted', async () => {
    const { upload, part, complete } = await begin('aborted');
    const named = await part(1, Buffer.from('x'));
    await client.send(new AbortMultipartUploadCommand(upload));
    expect(await refusalOf(complete([named]))).toEqual({ code: 'NoSuchUpload', status: 404 });
    expect(await refusalOf(part(2, Buffer.from('x')))).toEqual({ code: 'NoSuchUpload', status: 404 });
    expect(await refusalOf(read('aborted'))).toMatchObject({ code: 'NoSuchKey' });
  });

  it('completed only where no object is, when asked so', async () => {
    const { part, complete } = await begin('source');
    const refused = complete([await part(1, Buffer.from('x'))], { IfNoneMatch: '*' });
    expect(await refusalOf(refused)).toEqual({ code: 'PreconditionFailed', status: 412 });
    expect((await read('source')).equals(content)).toBe(true);
  });
});

describe('completing is refused', () => {
  let upload: Awaited<ReturnType<typeof begin>>;
  let big: CompletedPart;
  let small: CompletedPart;
  let last: CompletedPart;
  beforeAll(async () => {
    upload = await begin('refused', { ChecksumAlgorithm: 'CRC32' });
    small = await upload.part(1, Buffer.from('small'));
    big = await upload.part(2, content.subarray(0, 5 * MEBIBYTE));
    last = await upload.part(3, Buffer.from('last'));
  });
  test.each<[string, () => readonly CompletedPart[], object, string]>([
    ['with a small part before the last', () => [small, big], {}, 'EntityTooSmall'],
    ['with parts in another order', () => [last, big], {}, 'InvalidPartOrder'],
    ['with a part named twice', () => [big, big], {}, 'InvalidPartOrder'],
    ['with a part that is not there', () => [big, { ...last, PartNumber: 4 }], {}, 'InvalidPart'],
    ['with the ETag of another part', () => [big, { ...last, ETag: small.ETag }], {}, 'InvalidPart'],
    [
      'with the checksum of another part',
      () => [big, { ...last, ChecksumCRC32: small.ChecksumCRC32 }],
      {},
      'InvalidPart',
    ],
    ['without parts', () => [], {}, 'MalformedXML'],
    ['with another size than expected', () => [big, last], { MpuObjectSize: 5 }, 'InvalidRequest'],
    ['with another checksum than expected', () => [big, last], { ChecksumCRC32: 'AAAAAA==' }, 'BadDigest'],
  ])('%s', async (_, parts, more, code) => {
    expect(await refusalOf(upload.complete(parts(), more))).toMatchObject({ code });
    expect((await upload.parts()).Parts).toHaveLength(3);
  });
});

describe('part numbers', () => {
  test.each([0, 10_001])('%i is refused', async (number) => {
    const { part } = await begin('numbers');
    expect(await refusalOf(part(number, Buffer.from('x')))).toMatchObject({ code: 'InvalidArgument' });
  });
});

describe('unfinished uploads', () => {
  it('are listed by key and age, in pages and groups', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'unfinished' }));
    const ids: (string | undefined)[] = [];
    for (const Key of ['b', 'a/1', 'a/2', 'b']) {
      ids.push((await client.send(new CreateMultipartUploadCommand({ Bucket: 'unfinished', Key }))).UploadId);
    }
    const list = (more: object) =>
      client.send(new ListMultipartUploadsCommand({ Bucket: 'unfinished', ...more }));
    const found: unknown[] = [];
    let markers: object = {};
    for (let truncated = true; truncated; ) {
      const page = await list({ MaxUploads: 1, ...markers });
      found.push(...(page.Uploads ?? []).map(({ Key, UploadId }) => [Key, UploadId]));
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      truncated = page.IsTruncated === true;
    }
    expect(found).toEqual([
      ['a/1', ids[1]],
      ['a/2', ids[2]],
      ['b', ids[0]],
      ['b', ids[3]],
    ]);
    const grouped = await list({ Delimiter: '/' });
    expect([grouped.CommonPrefixes?.map(({ Prefix }) => Prefix), grouped.Uploads?.length]).toEqual([
      ['a/'],
      2,
    ]);
    await client.send(new DeleteBucketCommand({ Bucket: 'unfinished' }));
  });
});

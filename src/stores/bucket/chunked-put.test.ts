import { readdir } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { benchForFile } from './testing/bench.ts';
import { send, sign, signedChunks } from './testing/raw.ts';

const bench = benchForFile();
const Bucket = 'chunked';
let client: S3Client;
beforeAll(async () => {
  client = bench().client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
beforeEach(() => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'old' })));

const present = async () => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  return Body?.transformToString();
};

const contents = [Buffer.from('first chunk, '), Buffer.from('second chunk')];
const whole = Buffer.concat(contents);
const checksum = Buffer.alloc(4);
checksum.writeUInt32BE(crc32(whole));
const trailer = `x-amz-checksum-crc32:${checksum.toString('base64')}`;

function put(payload: string, length: number, announced: boolean) {
  const headers = {
    'x-amz-decoded-content-length': String(length),
    ...(announced ? { 'x-amz-trailer': 'x-amz-checksum-crc32' } : {}),
  };
  const raw = { method: 'PUT', path: '/chunked/k', headers };
  return sign(bench().endpoint, raw, { now: bench().clock.now(), payload });
}

const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

const frame = (content: string, lines: string) =>
  Buffer.from(`${content.length.toString(16)}\r\n${content}\r\n0\r\n${lines}\r\n`);

describe('an aws-chunked put', () => {
  it('with signed chunks is stored', async () => {
    const signed = put(SIGNED, whole.length, false);
    const answer = await send(bench().endpoint, { ...signed, body: signedChunks(signed, contents, null) });
    expect([answer.status, await present()]).toEqual([200, String(whole)]);
  });

  it('with signed chunks and a signed trailer is stored', async () => {
    const signed = put(SIGNED_TRAILER, whole.length, true);
    const answer = await send(bench().endpoint, { ...signed, body: signedChunks(signed, contents, trailer) });
    expect([answer.status, await present()]).toEqual([200, String(whole)]);
  });

  it('with a trailer that is not signed is stored', async () => {
    const signed = put(UNSIGNED_TRAILER, whole.length, true);
    const answer = await send(bench().endpoint, { ...signed, body: frame(String(whole), `${trailer}\r\n`) });
    expect([answer.status, await present()]).toEqual([200, String(whole)]);
  });

  test.each<[string, string, boolean, (signed: ReturnType<typeof put>) => Buffer, number, string]>([
    [
      'a corrupted chunk',
      SIGNED,
      false,
      (signed) => corrupt(signedChunks(signed, contents, null)),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'a chunk that is missing',
      SIGNED,
      false,
      (signed) => signedChunks(signed, contents.slice(1), null),
      400,
      'IncompleteBody',
    ],
    [
      'a corrupted signed trailer',
      SIGNED_TRAILER,
      true,
      (signed) => corrupt(signedChunks(signed, contents, trailer), 'crc32:'),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'a corrupted content',
      UNSIGNED_TRAILER,
      true,
      () => corrupt(frame(String(whole), `${trailer}\r\n`)),
      400,
      'BadDigest',
    ],
    ['no trailer', UNSIGNED_TRAILER, true, () => frame(String(whole), ''), 400, 'MalformedTrailerError'],
    [
      'a content shorter than announced',
      UNSIGNED_TRAILER,
      true,
      () => frame('short', `${trailer}\r\n`),
      400,
      'IncompleteBody',
    ],
    [
      'a content longer than announced',
      UNSIGNED_TRAILER,
      true,
      () => frame(`${String(whole)}!`, `${trailer}\r\n`),
      400,
      'IncompleteBody',
    ],
    ['no framing', UNSIGNED_TRAILER, true, () => whole, 400, 'IncompleteBody'],
  ])('with %s is refused, and nothing of it is stored', async (_, payload, announced, body, status, code) => {
    const signed = put(payload, whole.length, announced);
    expect(await send(bench().endpoint, { ...signed, body: body(signed) })).toMatchObject({ status, code });
    expect(await present()).toBe('old');
    expect(await readdir(join(bench().folder, 'incoming'))).toEqual([]);
  });

  it('that is cut off leaves nothing, and the server goes on', async () => {
    const signed = put(UNSIGNED_TRAILER, 1_000_000, true);
    const socket = connectSocket(bench().server.port, '127.0.0.1');
    const lines = Object.entries({ ...signed.headers, 'content-length': '1000100' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    socket.write(`PUT /chunked/k HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\nF4240\r\n${'x'.repeat(100_000)}`);
    const incoming = () => readdir(join(bench().folder, 'incoming'));
    await expect.poll(incoming, { timeout: 5_000 }).toHaveLength(1);
    socket.destroy();
    await expect.poll(incoming, { timeout: 5_000 }).toEqual([]);
    expect(await present()).toBe('old');
  });
});

/** Changes the byte behind `place`, or one in the first chunk. */
function corrupt(body: Buffer, place = 'first '): Buffer {
  const changed = Buffer.from(body);
  const at = changed.indexOf(place) + place.length;
  changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
  return changed;
}

import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { request } from 'node:http';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { instant, minutes } from '#kernel';
import { scopeText, signingKey, signRequest, timestampOf, UNSIGNED_PAYLOAD } from './protocol/signature.ts';
import { parseTarget } from './protocol/target.ts';
import { benchForFile, CREDENTIALS, refusalOf } from './testing/bench.ts';
import { type RawRequest, send, sign } from './testing/raw.ts';

const bench = benchForFile();
const Bucket = 'signed';
let client: S3Client;
beforeAll(async () => {
  client = bench().client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: 'secret' }));
});

const contentOf = async (Key: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
};

describe('without a signature', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/signed'],
    ['GET', '/signed/secret'],
    ['HEAD', '/signed/secret'],
    ['PUT', '/signed/new'],
    ['PUT', '/newbucket'],
    ['DELETE', '/signed/secret'],
    ['POST', '/signed?delete'],
    ['GET', '/signed/%E0%A4%A'],
    ['GET', '/absent/absent'],
    ['PUT', '/signed?unknown'],
    ['PATCH', '/signed/secret'],
    ['POST', '/-/health'],
  ])('%s %s is refused', async (method, path) => {
    expect((await send(bench().endpoint, { method, path })).status).toBe(403);
  });

  it('only the health is told', async () => {
    expect(await send(bench().endpoint, { method: 'GET', path: '/-/health' })).toMatchObject({ status: 200 });
  });
});

describe('a signature in the headers', () => {
  const now = () => bench().clock.now();
  const get = { method: 'GET', path: '/signed/secret' };
  const ask = (raw: RawRequest) => send(bench().endpoint, raw);

  it('that is right is accepted', async () => {
    expect(await ask(sign(bench().endpoint, get, { now: now() }))).toMatchObject({
      status: 200,
      text: 'secret',
    });
  });

  test.each([
    ['another secret', { ...CREDENTIALS, secretAccessKey: 'guessed' }, 'SignatureDoesNotMatch'],
    ['another access key', { ...CREDENTIALS, accessKeyId: 'OTHER' }, 'InvalidAccessKeyId'],
    ['another region', { ...CREDENTIALS, region: 'us-east-1' }, 'AccessDenied'],
  ])('with %s is refused', async (_, credentials, code) => {
    const signed = sign(bench().endpoint, get, { now: now(), credentials });
    expect(await ask(signed)).toMatchObject({ status: 403, code });
  });

  test.each([
    ['16 minutes old', -minutes(16), 403],
    ['14 minutes old', -minutes(14), 200],
    ['14 minutes ahead', +minutes(14), 200],
    ['16 minutes ahead', +minutes(16), 403],
  ])('that is %s gets status (offset %i ms) %i', async (_, offset, status) => {
    const signed = sign(bench().endpoint, get, { now: instant(now() + offset) });
    expect((await ask(signed)).status).toBe(status);
  });

  test.each<[string, (raw: ReturnType<typeof sign>) => RawRequest]>([
    ['another method', (raw) => ({ ...raw, method: 'DELETE' })],
    ['another key', (raw) => ({ ...raw, path: '/signed/other' })],
    ['a query parameter more', (raw) => ({ ...raw, path: '/signed/secret?versionId=null' })],
    ['another date', (raw) => ({ ...raw, headers: { ...raw.headers, 'x-amz-date': '20200101T000000Z' } })],
    [
      'an S3 header that is not signed',
      (raw) => ({ ...raw, headers: { ...raw.headers, 'x-amz-copy-source': 'signed/a' } }),
    ],
    [
      'a signature of another length',
      (raw) => ({ ...raw, headers: { ...raw.headers, authorization: `${raw.headers['authorization']}00` } }),
    ],
    [
      'another scheme',
      (raw) => ({ ...raw, headers: { ...raw.headers, authorization: 'Basic QUtURVNUOm5vdA==' } }),
    ],
    ['no date', ({ headers: { 'x-amz-date': _, ...headers }, ...raw }) => ({ ...raw, headers })],
    [
      'no payload hash',
      ({ headers: { 'x-amz-content-sha256': _, ...headers }, ...raw }) => ({ ...raw, headers }),
    ],
  ])('sent with %s is refused', async (_, change) => {
    const changed = change(sign(bench().endpoint, get, { now: now() }));
    expect((await ask(changed)).status).toBe(403);
    expect(await contentOf('secret')).toBe('secret');
  });

  it('does not cover another content: nothing is stored', async () => {
    const signed = sign(
      bench().endpoint,
      { method: 'PUT', path: '/signed/forged', body: 'signed' },
      { now: now() },
    );
    const refused = await ask({ ...signed, body: 'forged' });
    expect(refused).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' });
    const found = client.send(new GetObjectCommand({ Bucket, Key: 'forged' }));
    expect(await refusalOf(found)).toMatchObject({ code: 'NoSuchKey' });
  });
});

describe('what is said of the content', () => {
  test.each<[string, Record<string, string>, string]>([
    ['another CRC32', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest'],
    ['another SHA-1', { 'x-amz-checksum-sha1': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }, 'BadDigest'],
    ['a CRC32 that is none', { 'x-amz-checksum-crc32': 'AAAA' }, 'InvalidDigest'],
    ['another MD5', { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'BadDigest'],
    ['an MD5 that is none', { 'content-md5': 'AAAA' }, 'InvalidDigest'],
    [
      'two checksums',
      { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' },
      'InvalidRequest',
    ],
    ['a trailer there is not', { 'x-amz-trailer': 'x-amz-checksum-crc32' }, 'InvalidRequest'],
  ])('with %s is refused, and the old object stays', async (_, headers, code) => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'checked', Body: 'old' }));
    const raw = { method: 'PUT', path: '/signed/checked', headers, body: 'new' };
    const signed = sign(bench().endpoint, raw, { now: bench().clock.now() });
    expect(await send(bench().endpoint, signed)).toMatchObject({ status: 400, code });
    expect(await contentOf('checked')).toBe('old');
  });

  it('must include its length', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    const signed = sign(
      bench().endpoint,
      { method: 'PUT', path: '/signed/long', headers, body: 'x' },
      { now: bench().clock.now(), payload: 'UNSIGNED-PAYLOAD' },
    );
    expect(await send(bench().endpoint, signed)).toMatchObject({ status: 411, code: 'MissingContentLength' });
  });

  it('is refused at once when it is more than 5 GiB', async () => {
    const headers = { 'content-length': String(5 * 1024 ** 3 + 1), expect: '100-continue' };
    const signed = sign(
      bench().endpoint,
      { method: 'PUT', path: '/signed/huge', headers },
      { now: bench().clock.now(), payload: 'UNSIGNED-PAYLOAD' },
    );
    expect(await sendHeadersOnly(signed)).toMatchObject({ status: 400, code: 'EntityTooLarge' });
  });
});

describe('a presigned address', () => {
  it('puts and gets', async () => {
    const put = await getSignedUrl(
      client,
      new PutObjectCommand({ Bucket, Key: 'pre/ü +', Metadata: { a: 'b' } }),
      { expiresIn: 60 },
    );
    expect((await fetch(put, { method: 'PUT', body: 'presigned' })).status).toBe(200);
    const disposition = 'attachment; filename="a b"';
    const command = new GetObjectCommand({ Bucket, Key: 'pre/ü +', ResponseContentDisposition: disposition });
    const got = await fetch(await getSignedUrl(client, command, { expiresIn: 60 }));
    expect([got.status, await got.text()]).toEqual([200, 'presigned']);
    expect(got.headers.get('content-disposition')).toBe(disposition);
    expect(got.headers.get('x-amz-meta-a')).toBe('b');
  });

  it('cannot smuggle what no header can hold', async () => {
    const metadata = (value: string) => ({
      method: 'PUT',
      path: presign(`/signed/smuggled?x-amz-meta-a=${encodeURIComponent(value)}`),
    });
    expect(await send(bench().endpoint, metadata('fine'))).toMatchObject({ status: 200 });
    expect(await send(bench().endpoint, metadata('a\r\nb: c'))).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    const ResponseContentType = 'text/x; name=日本';
    const command = new GetObjectCommand({ Bucket, Key: 'secret', ResponseContentType });
    expect(await refusalOf(client.send(command))).toMatchObject({ code: 'InvalidArgument' });
  });

  it('expires', async () => {
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'secret' }), {
      expiresIn: 60,
    });
    bench().clock.ahead = 59_000;
    const before = await fetch(url);
    bench().clock.ahead = 62_000;
    const after = await fetch(url);
    bench().clock.ahead = 0;
    expect([before.status, after.status]).toEqual([200, 403]);
    expect(await after.text()).toContain('expired');
  });

  test.each<[string, (url: URL) => void, RequestInit]>([
    ['for another key', (url) => void (url.pathname = '/signed/other'), {}],
    ['for a longer time', (url) => url.searchParams.set('X-Amz-Expires', '3600'), {}],
    ['for more than a week', (url) => url.searchParams.set('X-Amz-Expires', '604801'), {}],
    ['with another signature', (url) => url.searchParams.set('X-Amz-Signature', 'f'.repeat(64)), {}],
    ['with a parameter more', (url) => url.searchParams.set('response-content-type', 'text/html'), {}],
    ['without a signature', (url) => url.searchParams.delete('X-Amz-Signature'), {}],
    ['by another method', () => {}, { method: 'DELETE' }],
    ['with a header of S3 added', () => {}, { headers: { 'x-amz-meta-added': '1' } }],
    ['with a second signature', () => {}, { headers: { authorization: 'AWS4-HMAC-SHA256 x' } }],
  ])('used %s is refused', async (_, change, init) => {
    const url = new URL(
      await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'secret' }), { expiresIn: 60 }),
    );
    change(url);
    const answer = await fetch(url, init);
    await answer.body?.cancel();
    expect(answer.status).toBe(403);
  });
});

/** A presigned PUT with a query that the SDK would not make. */
function presign(path: string): string {
  const scope = { timestamp: timestampOf(bench().clock.now()), region: CREDENTIALS.region };
  const credential = encodeURIComponent(`${CREDENTIALS.accessKeyId}/${scopeText(scope)}`);
  const about = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}&X-Amz-Date=${scope.timestamp}`;
  const full = `${path}&${about}&X-Amz-Expires=60&X-Amz-SignedHeaders=host`;
  const target = parseTarget(full);
  if (!target.ok) throw new Error(`${full} is not an address`);
  const signature = signRequest(signingKey(CREDENTIALS.secretAccessKey, scope), scope, {
    method: 'PUT',
    path: target.value.path,
    query: target.value.query,
    headers: { host: new URL(bench().endpoint).host },
    signedHeaders: ['host'],
    payload: UNSIGNED_PAYLOAD,
  });
  return `${full}&X-Amz-Signature=${signature.toString('hex')}`;
}

/** Like a client that waits for "100 Continue" before it sends the body. */
async function sendHeadersOnly({ method, path, headers = {} }: RawRequest) {
  const { hostname, port } = new URL(bench().endpoint);
  return new Promise<{ status: number | undefined; code: string | undefined }>((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        resolve({ status: response.statusCode, code: /<Code>(\w+)</.exec(text)?.[1] });
        outgoing.destroy();
      });
    });
    outgoing.on('continue', () => reject(new Error('the body was asked for')));
    outgoing.on('error', reject);
    outgoing.flushHeaders();
  });
}

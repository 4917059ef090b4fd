import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { millis, Thrown } from '#kernel';
import type { Content } from '#ports';
import { benchForFile, CREDENTIALS } from '../../stores/bucket/testing/bench.ts';
import { openS3Depot } from './s3-depot.ts';
import { codeIn, failureOf, inPieces, never, readAll, valueIn } from './testing/place.ts';

const bench = benchForFile();

const depotAt = (endpoint: string, more: Partial<Parameters<typeof openS3Depot>[0]> = {}) =>
  openS3Depot({ ...CREDENTIALS, bucket: 'backups', prefix: 'p', endpoint, idleFor: millis(500), ...more });

async function makeBucket(): Promise<void> {
  await bench()
    .client()
    .send(new CreateBucketCommand({ Bucket: 'backups' }));
}

/** A server that answers as told. */
async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('says that it cannot be reached, and why, without credentials', async () => {
  const wrong = depotAt(bench().endpoint, { secretAccessKey: 'another/secret' });
  const failures = [
    await depotAt(bench().endpoint, { bucket: 'no-such-bucket' }).put(
      'a',
      inPieces(Buffer.from('x'), 1),
      never,
    ),
    await wrong.list('', never),
    await depotAt('http://127.0.0.1:1').list('', never),
  ];
  expect(failures.map(codeIn)).toEqual(Array.from({ length: 3 }, () => 'backup_place_unreachable'));
  const said = JSON.stringify(failures);
  expect(said).toContain('NoSuchBucket');
  expect(said).toContain('SignatureDoesNotMatch');
  expect(said).toContain('ECONNREFUSED');
  for (const secret of [CREDENTIALS.accessKeyId, CREDENTIALS.secretAccessKey, 'another/secret']) {
    expect(said).not.toContain(secret);
  }
});

it('does not repeat a credential that the server repeats', async () => {
  const endpoint = await serve((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(
      `<Error><Code>InvalidAccessKeyId</Code><Message>no ${CREDENTIALS.accessKeyId}</Message></Error>`,
    );
  });
  const listed = await depotAt(endpoint).list('', never);
  expect(listed).toMatchObject({ error: { facts: { reason: 'InvalidAccessKeyId: no …' } } });
});

it('names a bucket that takes no more', async () => {
  const endpoint = await serve((request, response) => {
    request.resume();
    response.writeHead(request.method === 'HEAD' ? 404 : 507, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? '' : '<Error><Code>InsufficientStorage</Code></Error>');
  });
  expect(codeIn(await depotAt(endpoint).put('a', inPieces(randomBytes(10), 5), never))).toBe(
    'backup_place_full',
  );
});

it('gives up a server that accepts and never answers', async () => {
  const endpoint = await serve(() => {});
  const begun = performance.now();
  expect(codeIn(await depotAt(endpoint).list('', never))).toBe('backup_place_unreachable');
  expect(performance.now() - begun).toBeLessThan(10_000);
});

it('goes on where a download broke off', async () => {
  const bytes = randomBytes(100_000);
  const asked: (string | undefined)[] = [];
  const endpoint = await serve((request, response) => {
    asked.push(request.headers.range);
    const at = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(at === 0 ? 200 : 206, { etag: '"e"', 'content-length': bytes.length - at });
    response.write(bytes.subarray(at, at + 30_000), () => {
      if (at + 30_000 >= bytes.length) response.end();
      else setTimeout(() => response.destroy(), 20);
    });
  });
  expect((await readAll(depotAt(endpoint).get('a', never))).equals(bytes)).toBe(true);
  expect(asked).toEqual([undefined, 'bytes=30000-', 'bytes=60000-', 'bytes=90000-']);
});

it('gives up a download that always breaks off', async () => {
  const endpoint = await serve((_request, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': 1000 });
    response.flushHeaders();
    setTimeout(() => response.destroy(), 5);
  });
  expect((await failureOf(depotAt(endpoint).get('a', never))).code).toBe('backup_place_unreachable');
});

it('leaves no unfinished upload behind when content breaks off', async () => {
  await makeBucket();
  const broken = async function* (): Content {
    for (let round = 0; round < 50; round += 1) yield randomBytes(2_000_000);
    throw new Thrown({ code: 'torn', facts: {} });
  };
  expect(codeIn(await depotAt(bench().endpoint).put('a', broken(), never))).toBe('torn');
  const uploads = async () => {
    const found = await bench()
      .client()
      .send(new ListMultipartUploadsCommand({ Bucket: 'backups' }));
    return found.Uploads ?? [];
  };
  await expect.poll(uploads, { timeout: 5_000 }).toEqual([]);
});

it('ends uploads of a writer that was killed, a day later', async () => {
  const client = bench().client();
  const { CreateMultipartUploadCommand } = await import('@aws-sdk/client-s3');
  for (const Key of ['p/left', 'other/left']) {
    await client.send(new CreateMultipartUploadCommand({ Bucket: 'backups', Key }));
  }
  const clock = { ...bench().clock, ahead: 2 * 86_400_000 };
  valueIn(await depotAt(bench().endpoint, { clock }).put('b', inPieces(randomBytes(10), 5), never));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'backups' }));
  expect(Uploads.map(({ Key }) => Key)).toEqual(['other/left']);
});

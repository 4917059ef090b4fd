import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { type Clock, fail, type Millis, minutes, ok, type Result, seconds, Thrown } from '#kernel';
import type { Content } from '#ports';
import type { Depot, Listed } from './contract.ts';
import { checkPath, checkPrefix, isDepotPath } from './depot-path.ts';
import { onS3, s3Failure, s3Kind } from './s3-failure.ts';
import { abandonedUploads } from './s3-uploads.ts';
import { cancelled, settled, valueOf } from './stream.ts';

export interface S3DepotOptions {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
  /** Null: Amazon's own for the region. Any other is asked with the bucket in the path. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Tells how old unfinished uploads of a writer that was killed are; without it they stay. */
  readonly clock?: Clock;
  /** A connection on which nothing moves is given up after this; a minute when left out. */
  readonly idleFor?: Millis;
}

/** One part of an upload; S3 takes 10,000 of them, so an object has at most 312 GiB. Two are in memory at a time. */
const UPLOAD_PART = 32 * 1024 * 1024;
const AT_A_TIME = 2;
/** A download that stops in the middle goes on where it was, unless it stops so often without anything new. */
const FRUITLESS_TRIES = 4;

interface Bucket {
  readonly client: S3Client;
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly name: string;
  readonly place: string;
  readonly secrets: readonly string[];
  readonly keyOf: (path: string) => string;
}

/** Keeps content in a bucket that speaks S3. Nothing is connected, and the library is not loaded, before the first call. */
export function openS3Depot(options: S3DepotOptions): Depot {
  const bucket = once(() => connect(options));
  const swept = once(async () => {
    const { clock } = options;
    if (clock !== undefined) await abandonedUploads(await bucket(), rootOf(options), clock.now());
  });
  return {
    shown: shownOf(options),
    isOffSite: !isLoopback(options.endpoint),
    put: (path, content, signal) =>
      settled(async () => {
        valueOf(checkPath(path));
        await swept();
        return put(await bucket(), path, content, signal);
      }),
    async *get(path, signal) {
      valueOf(checkPath(path));
      yield* get(await bucket(), path, signal);
    },
    list: (prefix, signal) =>
      settled(async () => {
        valueOf(checkPrefix(prefix));
        return list(await bucket(), prefix, rootOf(options), signal);
      }),
    remove: (path, signal) =>
      settled(async () => {
        valueOf(checkPath(path));
        return remove(await bucket(), path, signal);
      }),
  };
}

async function connect(options: S3DepotOptions): Promise<Bucket> {
  const sdk = await import('@aws-sdk/client-s3');
  const { accessKeyId, secretAccessKey, sessionToken, endpoint, region } = options;
  const idle = options.idleFor ?? minutes(1);
  const client = new sdk.S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: { connectionTimeout: Math.min(seconds(10), idle), socketTimeout: idle },
  });
  return {
    client,
    sdk,
    name: options.bucket,
    place: shownOf(options),
    secrets: [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])],
    keyOf: (path) => `${rootOf(options)}${path}`,
  };
}

async function put(
  bucket: Bucket,
  path: string,
  content: Content,
  signal: AbortSignal,
): Promise<Result<null>> {
  const { client, sdk, name, place, keyOf } = bucket;
  const Key = keyOf(path);
  // Known before hours of uploading rather than after them; what decides is the condition of the upload.
  const there = await onS3(bucket, signal, (abortSignal) =>
    client.send(new sdk.HeadObjectCommand({ Bucket: name, Key }), { abortSignal }).then(
      () => true,
      (reason: unknown) => {
        if (s3Kind(reason) === 'missing') return false;
        throw reason;
      },
    ),
  );
  if (there) return fail('backup_exists', { place, path });
  return onS3(bucket, signal, (abortSignal) => upload(bucket, { path, content, signal: abortSignal }));
}

interface PutAsk {
  readonly path: string;
  readonly content: Content;
  readonly signal: AbortSignal;
}

async function upload(
  { client, name, place, keyOf }: Bucket,
  { path, content, signal }: PutAsk,
): Promise<Result<null>> {
  const { Upload } = await import('@aws-sdk/lib-storage');
  const body = Readable.from(content, { highWaterMark: 1, objectMode: true });
  const work = new Upload({
    client,
    params: { Bucket: name, Key: keyOf(path), Body: body, IfNoneMatch: '*' },
    partSize: UPLOAD_PART,
    queueSize: AT_A_TIME,
  });
  const stop = () => void work.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await work.done();
    return ok(null);
  } catch (reason) {
    if (s3Kind(reason) === 'exists') return fail('backup_exists', { place, path });
    throw reason;
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}

async function* get(bucket: Bucket, path: string, signal: AbortSignal): Content {
  let at = 0;
  let tag: string | undefined;
  for (let tries = 0; ; tries += 1) {
    const answer = await open(bucket, path, { at, tag, signal });
    tag = answer.tag;
    try {
      for await (const piece of answer.body) {
        if (signal.aborted) throw cancelled();
        at += piece.length;
        tries = 0;
        yield piece;
      }
      return;
    } catch (reason) {
      if (signal.aborted) throw cancelled();
      if (tries >= FRUITLESS_TRIES) throw s3Failure(bucket, reason);
    } finally {
      answer.body.destroy();
    }
  }
}

interface From {
  readonly at: number;
  /** The object must still be the one that was begun. */
  readonly tag: string | undefined;
  readonly signal: AbortSignal;
}

function open(bucket: Bucket, path: string, { at, tag, signal }: From) {
  const { client, sdk, name, place, keyOf } = bucket;
  return onS3(bucket, signal, async (abortSignal) => {
    const range = at === 0 ? {} : { Range: `bytes=${at}-` };
    const same = tag === undefined ? {} : { IfMatch: tag };
    const command = new sdk.GetObjectCommand({ Bucket: name, Key: keyOf(path), ...range, ...same });
    try {
      const { Body, ETag } = await client.send(command, { abortSignal });
      return { body: Body as Readable & AsyncIterable<Uint8Array>, tag: ETag };
    } catch (reason) {
      if (s3Kind(reason) === 'missing')
        throw new Thrown({ code: 'backup_part_missing', facts: { place, path } });
      throw reason;
    }
  });
}

async function list(
  bucket: Bucket,
  prefix: string,
  root: string,
  signal: AbortSignal,
): Promise<Result<readonly Listed[]>> {
  const { client, sdk, name, keyOf } = bucket;
  return onS3(bucket, signal, async (abortSignal) => {
    const found: Listed[] = [];
    let next: string | undefined;
    do {
      const command = new sdk.ListObjectsV2Command({
        Bucket: name,
        Prefix: keyOf(prefix),
        ...(next === undefined ? {} : { ContinuationToken: next }),
      });
      const page = await client.send(command, { abortSignal });
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        const path = Key.slice(root.length);
        if (isDepotPath(path)) found.push({ path, stored: Size });
      }
      next = page.NextContinuationToken;
    } while (next !== undefined);
    return ok(found.sort((a, b) => (a.path < b.path ? -1 : 1)));
  });
}

function remove(bucket: Bucket, path: string, signal: AbortSignal): Promise<Result<null>> {
  const { client, sdk, name, keyOf } = bucket;
  return onS3(bucket, signal, async (abortSignal) => {
    await client.send(new sdk.DeleteObjectCommand({ Bucket: name, Key: keyOf(path) }), { abortSignal });
    return ok(null);
  });
}

const rootOf = ({ prefix }: S3DepotOptions): string => (prefix === '' ? '' : `${prefix}/`);

function shownOf({ bucket, prefix, endpoint }: S3DepotOptions): string {
  const address = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  return endpoint === null ? address : `${address} at ${new URL(endpoint).host}`;
}

function isLoopback(endpoint: string | null): boolean {
  if (endpoint === null) return false;
  const { hostname } = new URL(endpoint);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Does it at the first call; again at the next one when it failed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | null = null;
  return () => {
    begun ??= work().catch((reason: unknown) => {
      begun = null;
      throw reason;
    });
    return begun;
  };
}

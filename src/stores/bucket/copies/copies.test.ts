import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoreSpec } from '#core/system';
import { millis } from '#kernel';
import type { StoreBinding } from '../../contract.ts';
import { damaged, keep, memorySink, requestOf } from '../../copies.fixture.ts';
import { createStoreCopies } from '../../copies.ts';
import { never, storeFolder, temporarySystem, testClock, valueOf } from '../../place.fixture.ts';

const spec = {
  kind: 'bucket',
  name: 'files',
  bucket: 'uploads',
  versioning: true,
  expireAfter: null,
} as const satisfies StoreSpec;
const Bucket = spec.bucket;

type System = ReturnType<typeof temporarySystem>;
const copiesIn = ({ folder }: System, environment = 'dev') =>
  createStoreCopies({ spec, folder: storeFolder(folder, spec, environment), clock: testClock });

function clientOf({ env }: StoreBinding): S3Client {
  const client = new S3Client({
    endpoint: env['ENDPOINT'] ?? '',
    region: env['REGION'] ?? '',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: env['ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['SECRET_ACCESS_KEY'] ?? '',
    },
  });
  onTestFinished(() => client.destroy());
  return client;
}

const put = (client: S3Client, Key: string, Body: string | Buffer) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

async function read(client: S3Client, Key: string, VersionId?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const listVersions = async (client: S3Client) => {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  return [
    Versions.map(({ Key, VersionId, ETag, IsLatest, Size }) => ({ Key, VersionId, ETag, IsLatest, Size })),
    DeleteMarkers.map(({ Key, VersionId, IsLatest }) => ({ Key, VersionId, IsLatest })),
  ] as const;
};

const large = Buffer.alloc(6 * 1024 * 1024, 'all work and no play ');

async function uploadInParts(client: S3Client, Key: string, complete: boolean): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
  for (const [index, Body] of [large, Buffer.from('the end')].entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: index + 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body }));
    Parts.push({ ETag, PartNumber: index + 1 });
  }
  if (!complete) return;
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
}

/** Versions, a marker, an empty object, one in parts, a copy of it, an upload that is not finished. */
async function fill(client: S3Client): Promise<void> {
  await put(client, 'a', 'first');
  await put(client, 'a', 'second');
  await put(client, 'gone', 'was here');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
  await put(client, 'empty', '');
  await put(client, '../../etc/passwd', 'a name like any other');
  await uploadInParts(client, 'parts', true);
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copy of parts', CopySource: `${Bucket}/parts` }));
  await uploadInParts(client, 'unfinished', false);
}

describe('copies of a bucket', () => {
  test('bring back every version, with what it was acknowledged as', async () => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(spec).ensure(never)));
    await fill(client);
    const before = await listVersions(client);
    const copy = await keep(copiesIn(system));
    expect(copy.facts.detail).toMatchObject({ objects: 5, versions: 8, contents: 9 });
    expect([...copy.parts.keys()]).toEqual(['database.sqlite', 'objects-0001.tar', 'contents.jsonl']);
    expect(readdirSync(join(storeFolder(system.folder, spec), 'home', 'copying'))).toEqual([]);
    await put(client, 'a', 'third');

    const side = storeFolder(system.folder, spec, 'side');
    valueOf(await copiesIn(system, 'side').restore(requestOf(copy, side)));
    const back = clientOf(valueOf(await system.open(spec, 'side').ensure(never)));
    expect(await listVersions(back)).toEqual(before);
    const [versions] = before;
    for (const { Key = '', VersionId } of versions) {
      expect(await read(back, Key, VersionId)).toEqual(await read(client, Key, VersionId));
    }
    expect(String(await read(back, 'a'))).toBe('second');
    const ask = { folder: side, rows: {}, queries: [], signal: never };
    expect(valueOf(await copiesIn(system, 'side').examine(ask))).toEqual([
      { name: 'contents', ok: true, detail: '9 contents read, all as acknowledged' },
      { name: 'number of versions', ok: true, detail: '5 objects, 8 versions' },
    ]);
    expect(valueOf(await copiesIn(system).lost(side))).toMatchObject({ transactions: 1, exact: true });
    const content = join(side, 'home', 'content');
    const [file = ''] = readdirSync(content, { recursive: true }).filter((path) => String(path).length > 30);
    writeFileSync(join(content, String(file)), 'rotten');
    await put(back, 'more', 'than there was');
    const examined = valueOf(await copiesIn(system, 'side').examine(ask));
    expect(examined.map((one) => one.ok)).toEqual([false, false]);
  });

  test('lose nothing while objects are put, replaced and deleted', async () => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(spec).ensure(never)));
    for (let key = 0; key < 150; key += 1) await put(client, `kept/${key}`, `content ${key}`.repeat(500));
    const acknowledged = new Map<string, number>();
    const ending = new AbortController();
    const writers = [0, 1, 2].map(async (writer) => {
      for (let turn = 0; !ending.signal.aborted; turn += 1) {
        const { VersionId } = await put(client, `new/${writer}/${turn}`, `turn ${turn}`.repeat(100));
        acknowledged.set(`new/${writer}/${turn}`, testClock.now());
        // For good, content and all: it may vanish while it is copied.
        if (turn % 2 === 1)
          await client.send(new DeleteObjectCommand({ Bucket, Key: `new/${writer}/${turn}`, VersionId }));
        if (turn % 2 === 1) acknowledged.delete(`new/${writer}/${turn}`);
      }
    });
    while (acknowledged.size < 40) await testClock.sleep(millis(5));
    const copies = [await keep(copiesIn(system)), await keep(copiesIn(system)), await keep(copiesIn(system))];
    ending.abort();
    await Promise.all(writers);

    for (const [index, copy] of copies.entries()) {
      const side = storeFolder(system.folder, spec, `side${index}`);
      valueOf(await copiesIn(system, `side${index}`).restore(requestOf(copy, side)));
      const back = clientOf(valueOf(await system.open(spec, `side${index}`).ensure(never)));
      const [versions] = await listVersions(back);
      const there = new Set(versions.map(({ Key = '' }) => Key));
      const before = [...acknowledged].filter(([, at]) => at < copy.facts.from).map(([key]) => key);
      expect(before.filter((key) => !there.has(key))).toEqual([]);
      expect(before.length).toBeGreaterThan(20);
      expect(String(await read(back, 'kept/149'))).toBe('content 149'.repeat(500));
    }
    const left = readdirSync(join(storeFolder(system.folder, spec), 'home', 'content'), { recursive: true });
    const [versions] = await listVersions(client);
    const files = () => left.filter((path) => String(path).length > 30).length;
    expect(files()).toBe(versions.length); // what was deleted while it was held is gone by now
  });

  test('that were damaged are refused, and leave nothing behind', async () => {
    const system = temporarySystem();
    await fill(clientOf(valueOf(await system.open(spec).ensure(never))));
    const copy = await keep(copiesIn(system));
    const side = storeFolder(system.folder, spec, 'side');
    const archive = copy.parts.get('objects-0001.tar') ?? Buffer.alloc(0);
    const cut = {
      ...copy,
      parts: new Map([...copy.parts, ['objects-0001.tar', archive.subarray(0, 700_000)]]),
    };
    const empty = { ...copy, parts: new Map([...copy.parts, ['objects-0001.tar', Buffer.alloc(1_024)]]) };
    const others = [
      damaged(copy, 'objects-0001.tar', 3),
      damaged(copy, 'objects-0001.tar', archive.indexOf('all work') + 1_000),
      damaged(copy, 'contents.jsonl', 90),
      damaged(copy, 'database.sqlite', 30),
    ];
    for (const wrong of [cut, empty, ...others]) {
      const refused = await copiesIn(system, 'side').restore(requestOf(wrong, side));
      expect(refused).toMatchObject({ ok: false, error: { code: 'store_restore_failed' } });
      expect(existsSync(side)).toBe(false);
    }
  });

  test('are not made of content that has rotted', async () => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(spec).ensure(never)));
    await put(client, 'a', 'sound');
    const content = join(storeFolder(system.folder, spec), 'home', 'content');
    const [file = ''] = readdirSync(content, { recursive: true }).filter((path) => String(path).length > 30);
    writeFileSync(join(content, String(file)), 'roten');
    expect(await copiesIn(system).copy(memorySink().sink, never, () => {})).toMatchObject({
      error: {
        code: 'store_copy_failed',
        facts: {
          reason: expect.stringMatching(/^uploads\/a \(version \w+\): its content does not fit its ETag$/),
        },
      },
    });
  });

  test('need the keys of the store, and are not put over data', async () => {
    const system = temporarySystem();
    const binding = valueOf(await system.open(spec).ensure(never));
    const answer = await fetch(`${binding.env['ENDPOINT']}/-/copy?only=everything`, { method: 'POST' });
    expect(answer.status).toBe(403);
    const copy = await keep(copiesIn(system));
    const folder = storeFolder(system.folder, spec);
    expect(await copiesIn(system).restore(requestOf(copy, folder))).toMatchObject({
      error: { code: 'restore_folder_not_empty', facts: { folder } },
    });
  });

  test('are archives that tar unpacks', async () => {
    const system = temporarySystem();
    await fill(clientOf(valueOf(await system.open(spec).ensure(never))));
    const copy = await keep(copiesIn(system));
    const folder = mkdtempSync(join(tmpdir(), 'fairway-tar-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    execFileSync('tar', ['-x', '-C', folder], { input: copy.parts.get('objects-0001.tar') });
    const lines = String(copy.parts.get('contents.jsonl')).trim().split('\n');
    expect(lines).toHaveLength(readdirSync(folder).length);
    for (const text of lines) {
      const { id, sha256 } = JSON.parse(text) as { id: string; sha256: string };
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, id)))
          .digest('hex'),
      ).toBe(sha256);
    }
  });
});

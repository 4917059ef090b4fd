import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, CREDENTIALS, refusalOf } from './testing/bench.ts';
import { type Child, makeFolder, pickPort, startChild, untilReady } from './testing/child.ts';

const Bucket = 'durable';

function clientOf(child: Child): S3Client {
  const client = connect(child.endpoint);
  onTestFinished(() => client.destroy());
  return client;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function digestOf(client: S3Client, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return sha256((await Body?.transformToByteArray()) ?? new Uint8Array());
}

/** Puts until the server is gone; the digests of the content that was acknowledged under each key. */
async function putUntilGone(
  client: S3Client,
  worker: number,
  acknowledged: Map<string, string>,
): Promise<void> {
  for (let round = 0; ; round += 1) {
    const Key = `${worker}/${round % 5}`; // keys are overwritten, too
    const Body = randomBytes(round % 3 === 0 ? 200_000 : 2_000);
    try {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    } catch {
      // The answer was lost, so the object may hold this content or the one before: nothing is known of the key.
      acknowledged.delete(Key);
      return;
    }
    acknowledged.set(Key, sha256(Body));
  }
}

describe('a server that is killed during puts', () => {
  it('has every acknowledged object, whole, and no leftovers after it starts again', async () => {
    const [folder, port] = [await makeFolder(), await pickPort()];
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 3; round += 1) {
      const child = startChild(folder, port);
      await untilReady(child);
      const client = clientOf(child);
      if (round === 0) await client.send(new CreateBucketCommand({ Bucket }));
      const before = acknowledged.size;
      const puts = Array.from({ length: 4 }, (_, worker) =>
        putUntilGone(client, 10 * round + worker, acknowledged),
      );
      await expect
        .poll(() => acknowledged.size, { timeout: 20_000, interval: 5 })
        .toBeGreaterThanOrEqual(before + 15);
      expect((await child.end('SIGKILL')).signal).toBe('SIGKILL');
      await Promise.all(puts);
    }
    const again = startChild(folder, port);
    await untilReady(again);
    expect(acknowledged.size).toBeGreaterThanOrEqual(30);
    for (const [key, digest] of acknowledged) expect(await digestOf(clientOf(again), key)).toBe(digest);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    expect(await again.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('removes files that no object refers to, and only those', async () => {
    const [folder, port] = [await makeFolder(), await pickPort()];
    const first = startChild(folder, port);
    await untilReady(first);
    await clientOf(first).send(new CreateBucketCommand({ Bucket }));
    await clientOf(first).send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }));
    await first.end('SIGKILL');
    const orphans = [
      join(folder, 'incoming', 'unfinished'),
      join(folder, 'content', 'ab', 'ab-unreferenced'),
    ];
    await mkdir(join(folder, 'content', 'ab'), { recursive: true });
    for (const orphan of orphans) await writeFile(orphan, 'x');
    const second = startChild(folder, port);
    await untilReady(second);
    expect(orphans.filter((orphan) => existsSync(orphan))).toEqual([]);
    expect(await digestOf(clientOf(second), 'k')).toBe(sha256(Buffer.from('kept')));
    expect(second.output().stdout).toContain('"leftovers":2');
  });
});

describe('the process', () => {
  it('finishes what it is doing when it is asked to end, and exits with 0', async () => {
    const child = startChild(await makeFolder(), await pickPort());
    await untilReady(child);
    const client = clientOf(child);
    await client.send(new CreateBucketCommand({ Bucket }));
    const puts = Array.from({ length: 5 }, (_, index) =>
      client.send(new PutObjectCommand({ Bucket, Key: String(index), Body: randomBytes(3_000_000) })),
    );
    await puts[0];
    expect(await child.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const lines = child
      .output()
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toContain('bucket server stopping');
    expect(lines.every(({ time, event }) => typeof time === 'string' && typeof event === 'string')).toBe(
      true,
    );
    expect(child.output().stderr).toBe('');
    await Promise.allSettled(puts);
  });

  it('says in one line that its port is taken', async () => {
    const port = await pickPort();
    const other = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void other.close());
    const child = startChild(await makeFolder(), port);
    expect(await child.end()).toEqual({ code: 1, signal: null });
    expect(child.output().stderr).toBe(`bucket server: port ${port} on 127.0.0.1 is taken\n`);
  });

  it('says in one line that another server uses the folder', async () => {
    const folder = await makeFolder();
    const first = startChild(folder, await pickPort());
    await untilReady(first);
    const second = startChild(folder, await pickPort());
    expect(await second.end()).toEqual({ code: 1, signal: null });
    expect(second.output().stderr).toBe(`bucket server: another bucket server uses ${folder}\n`);
  });

  it('says in one line that its credentials are no good, without showing them', async () => {
    const folder = await makeFolder({ ...CREDENTIALS, region: 5 });
    const child = startChild(folder, await pickPort());
    expect(await child.end()).toEqual({ code: 1, signal: null });
    expect(child.output().stderr).toMatch(/^bucket server: .*credentials.json cannot be used: .*\n$/);
    expect(child.output().stderr).not.toContain(CREDENTIALS.secretAccessKey);
  });

  it('never writes a secret or a signature to its log', async () => {
    const child = startChild(await makeFolder(), await pickPort());
    await untilReady(child);
    await fetch(`${child.endpoint}/durable/k?X-Amz-Signature=0123456789abcdef`);
    await clientOf(child).send(new CreateBucketCommand({ Bucket }));
    await child.end('SIGTERM');
    const { stdout } = child.output();
    expect(stdout).toContain('/durable/k');
    expect(stdout).not.toContain('0123456789abcdef');
    expect(stdout).not.toContain(CREDENTIALS.secretAccessKey);
  });
});

/** util-linux; it limits the size of files, which the server meets as it would meet a full disk. */
const PRLIMIT = '/usr/bin/prlimit';

describe('a full disk', () => {
  it.skipIf(!existsSync(PRLIMIT))('refuses a put with 507 and leaves the old object', async () => {
    const folder = await makeFolder();
    const child = startChild(folder, await pickPort(), [PRLIMIT, '--fsize=4000000']);
    await untilReady(child);
    const client = clientOf(child);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'old' }));
    const tooMuch = client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: randomBytes(5_000_000) }));
    expect(await refusalOf(tooMuch)).toEqual({ code: 'InsufficientStorage', status: 507 });
    expect(await digestOf(client, 'k')).toBe(sha256(Buffer.from('old')));
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }));
    expect(await digestOf(client, 'k')).toBe(sha256(Buffer.from('new')));
  });
});

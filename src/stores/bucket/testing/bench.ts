import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type Clock, type Instant, instant, type Millis } from '#kernel';
import type { LogFacts } from '../log.ts';
import { type BucketServer, createBucketServer } from '../server.ts';

export const CREDENTIALS = {
  accessKeyId: 'AKTEST',
  secretAccessKey: 'not/a+secret',
  region: 'eu-central-1',
} as const;

/** A clock that runs with the machine's, and can be set ahead. Its waits end when aborted only. */
export interface TestClock extends Clock {
  ahead: number;
}

export function testClock(): TestClock {
  return {
    ahead: 0,
    now(): Instant {
      return instant(Math.floor(performance.timeOrigin + performance.now()) + this.ahead);
    },
    sleep: (_wait: Millis, signal?: AbortSignal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
}

/** A real server in this process with a folder of its own, and clients for it. */
export interface Bench {
  readonly clock: TestClock;
  readonly folder: string;
  readonly endpoint: string;
  readonly server: BucketServer;
  readonly log: readonly LogFacts[];
  client(config?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-bucket-'));
  const clock = testClock();
  const log: LogFacts[] = [];
  const started = await createBucketServer({
    folder,
    port: 0,
    credentials: CREDENTIALS,
    clock,
    log: (facts) => log.push(facts),
  });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  const server = started.value;
  const endpoint = `http://127.0.0.1:${server.port}`;
  const clients: S3Client[] = [];
  return {
    clock,
    folder,
    endpoint,
    server,
    log,
    client: (config = {}) => {
      const client = connect(endpoint, config);
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The server of a whole test file. */
export function benchForFile(): () => Bench {
  let bench: Bench | undefined;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench?.close());
  return () => {
    if (bench === undefined) throw new Error('the server starts before the first test');
    return bench;
  };
}

export function connect(endpoint: string, config: S3ClientConfig = {}): S3Client {
  const { region, ...credentials } = CREDENTIALS;
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...config });
}

/** The S3 error code and status that a request failed with. */
export async function refusalOf(
  request: Promise<unknown>,
): Promise<{ code: string; status: number | undefined }> {
  try {
    await request;
  } catch (reason) {
    const error = reason as { name: string; $metadata?: { httpStatusCode?: number } };
    return { code: error.name, status: error.$metadata?.httpStatusCode };
  }
  throw new Error('the request was served');
}

import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { StoreSpec } from '#core/system';
import { days } from '#kernel';
import type { StoreBinding } from './contract.ts';

/** What a service does with one kind of store, as its own client library does it. */
export interface Client {
  readonly spec: StoreSpec;
  write(binding: StoreBinding, key: string, value: string): Promise<void>;
  read(binding: StoreBinding, key: string): Promise<string | null>;
  /** How the server turns away who does not know the secret. */
  readonly refusal: RegExp;
  /** The same binding with what must be known to get in replaced by a guess, and without it at all. */
  withoutKnowing(binding: StoreBinding): readonly StoreBinding[];
}

const changed = (binding: StoreBinding, env: Record<string, string>): StoreBinding => ({
  ...binding,
  env: { ...binding.env, ...env },
});
const env = (binding: StoreBinding, name: string) => binding.env[name] ?? '';

async function inPostgres<T>(binding: StoreBinding, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: env(binding, 'URL'), connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

const postgres: Client = {
  spec: { kind: 'postgres', name: 'database', version: null, database: 'shop' },
  refusal: /password authentication failed|client password must be a string/,
  write: (binding, key, value) =>
    inPostgres(binding, async (client) => {
      await client.query('CREATE TABLE IF NOT EXISTS kept (key text PRIMARY KEY, value text)');
      await client.query('INSERT INTO kept VALUES ($1, $2)', [key, value]);
    }),
  read: (binding, key) =>
    inPostgres(binding, async (client) => {
      const found = await client.query<{ value: string }>('SELECT value FROM kept WHERE key = $1', [key]);
      return found.rows[0]?.value ?? null;
    }),
  withoutKnowing: (binding) => {
    const port = env(binding, 'PORT');
    return [
      changed(binding, { URL: `postgres://app:guess@127.0.0.1:${port}/shop` }),
      changed(binding, { URL: `postgres://app@127.0.0.1:${port}/shop` }),
      changed(binding, { URL: `postgres://postgres:postgres@127.0.0.1:${port}/postgres` }),
    ];
  },
};

async function inRedis<T>(binding: StoreBinding, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(env(binding, 'URL'), { maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

const redis: Client = {
  spec: { kind: 'redis', name: 'queue', persistence: 'aof', evictionPolicy: 'noeviction', memory: null },
  refusal: /NOAUTH|WRONGPASS/,
  write: (binding, key, value) => inRedis(binding, async (client) => void (await client.set(key, value))),
  read: (binding, key) => inRedis(binding, (client) => client.get(key)),
  withoutKnowing: (binding) => {
    const { port } = new URL(env(binding, 'URL'));
    return [
      changed(binding, { URL: `redis://:guess@127.0.0.1:${port}/0` }),
      changed(binding, { URL: `redis://127.0.0.1:${port}/0` }),
    ];
  },
};

function s3(binding: StoreBinding): S3Client {
  return new S3Client({
    endpoint: env(binding, 'ENDPOINT'),
    region: env(binding, 'REGION'),
    forcePathStyle: env(binding, 'FORCE_PATH_STYLE') === 'true',
    maxAttempts: 1,
    credentials: {
      accessKeyId: env(binding, 'ACCESS_KEY_ID'),
      secretAccessKey: env(binding, 'SECRET_ACCESS_KEY'),
    },
  });
}

const bucket: Client = {
  spec: { kind: 'bucket', name: 'files', bucket: 'uploads', versioning: true, expireAfter: days(1.5) },
  refusal: /signature|access key/i,
  write: async (binding, key, value) => {
    const client = s3(binding);
    await client.send(new PutObjectCommand({ Bucket: env(binding, 'BUCKET'), Key: key, Body: value }));
    client.destroy();
  },
  read: async (binding, key) => {
    const client = s3(binding);
    const found = await client.send(new GetObjectCommand({ Bucket: env(binding, 'BUCKET'), Key: key }));
    const text = (await found.Body?.transformToString()) ?? null;
    client.destroy();
    return text;
  },
  withoutKnowing: (binding) => [
    changed(binding, { SECRET_ACCESS_KEY: 'guess' }),
    changed(binding, { ACCESS_KEY_ID: 'GUESS' }),
  ],
};

export const clients = { postgres, redis, bucket } as const satisfies Record<StoreSpec['kind'], Client>;

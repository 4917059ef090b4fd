import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mebibytes, millis } from '#kernel';
import { identify } from '#process';
import { clients } from '../clients.fixture.ts';
import type { StoreBinding } from '../contract.ts';
import { findRedisServer } from '../index.ts';
import { never, temporarySystem, testClock, userOf, valueOf } from '../place.fixture.ts';

const { redis } = clients;
const spec = {
  kind: 'redis',
  name: 'queue',
  persistence: 'aof',
  evictionPolicy: 'noeviction',
  memory: null,
} as const;
const real = findRedisServer();
const servers = [...(real === null ? [] : [['real server', real] as const]), ['fall-back', null] as const];

describe.each(servers)('an embedded Redis, %s', (_, redisServer) => {
  test('takes a BullMQ job from the queue to its result', async () => {
    const binding = valueOf(await temporarySystem().open(spec, 'dev', { redisServer }).ensure(never));
    expect(await resultOfJob(binding, { price: 20 })).toEqual({ doubled: 40 });
  });

  test('asks for the password', async () => {
    const binding = valueOf(await temporarySystem().open(spec, 'dev', { redisServer }).ensure(never));
    await redis.write(binding, 'first', 'kept');
    expect(await redis.read(binding, 'first')).toBe('kept');
    for (const guess of redis.withoutKnowing(binding)) {
      await expect(redis.read(guess, 'first')).rejects.toThrow(redis.refusal);
    }
  });
});

describe('the fall-back of Redis', () => {
  test('says that it keeps nothing, and does not run as root', async () => {
    const system = temporarySystem();
    const store = system.open(spec, 'dev', { redisServer: null });
    const binding = valueOf(await store.ensure(never));
    expect(binding.address).toMatch(
      /^redis 127\.0\.0\.1:\d+ \(in memory only, not durable: install redis-server\)$/,
    );
    expect(await store.health()).toEqual({ state: 'ready', address: binding.address });
    const pid = system.stateOf(spec).process?.pid ?? 0;
    if (process.platform === 'linux') expect(userOf(pid)).toBeGreaterThan(0);
    const next = system.open(spec, 'dev', { redisServer: null });
    expect(valueOf(await next.ensure(never))).toEqual(binding);
    expect(system.stateOf(spec).process?.pid).toBe(pid);
  });
});

describe.runIf(real !== null)('an embedded Redis', () => {
  test('is configured as declared', async () => {
    const memory = mebibytes(64);
    const store = temporarySystem().open({
      ...spec,
      persistence: 'none',
      evictionPolicy: 'allkeys-lru',
      memory,
    });
    const client = new Redis(valueOf(await store.ensure(never)).env['URL'] ?? '');
    onTestFinished(() => client.disconnect());
    const setting = async (name: string) => (await client.config('GET', name)) as unknown;
    expect(await setting('maxmemory')).toEqual(['maxmemory', String(memory)]);
    expect(await setting('maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-lru']);
    expect(await setting('appendonly')).toEqual(['appendonly', 'no']);
    expect(await setting('save')).toEqual(['save', '']);
    expect(await setting('bind')).toEqual(['bind', '127.0.0.1']);
  });

  test('refuses an eviction policy that nobody knows', async () => {
    const store = temporarySystem().open({ ...spec, evictionPolicy: 'random\nport 0' });
    expect(await store.ensure(never)).toMatchObject({ ok: false, error: { code: 'redis_policy_unknown' } });
  });

  test('a server that hangs is replaced, and keeps what it had acknowledged', async () => {
    const system = temporarySystem();
    // Thirty times as fast, so that its patience ends soon.
    const clock = {
      ...testClock,
      now: () => (testClock.now() * 30) as ReturnType<typeof testClock.now>,
      sleep: (wait: number, signal?: AbortSignal) => testClock.sleep(millis(wait / 30), signal),
    };
    const store = system.open(spec, 'dev', { clock });
    const binding = valueOf(await store.ensure(never));
    await redis.write(binding, 'first', 'kept');
    const pid = system.stateOf(spec).process?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    expect(await store.health()).toMatchObject({ state: 'failed', detail: 'it did not answer within 2 s' });
    expect(valueOf(await store.ensure(never))).toEqual(binding);
    expect(identify(pid)).toBeNull();
    expect(await redis.read(binding, 'first')).toBe('kept');
  });

  test('a server that ends at once is a failure with its own words', async () => {
    const store = temporarySystem().open(spec, 'dev', { redisServer: '/bin/false' });
    expect(await store.ensure(never)).toMatchObject({
      ok: false,
      error: {
        code: 'store_not_started',
        facts: { store: 'queue', kind: 'redis', reason: expect.any(String) },
      },
    });
    expect(await store.health()).toMatchObject({ state: 'failed' });
  });
});

async function resultOfJob(binding: StoreBinding, data: { price: number }): Promise<unknown> {
  const connection = { url: binding.env['URL'] ?? '', maxRetriesPerRequest: null };
  const queue = new Queue('orders', { connection });
  const events = new QueueEvents('orders', { connection });
  const double = async (job: { data: { price: number } }) => ({ doubled: job.data.price * 2 });
  const worker = new Worker<{ price: number }>('orders', double, { connection });
  try {
    await events.waitUntilReady();
    const job = await queue.add('double', data);
    return await job.waitUntilFinished(events, 15_000);
  } finally {
    await worker.close();
    await events.close();
    await queue.close();
  }
}

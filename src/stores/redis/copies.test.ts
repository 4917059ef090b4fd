import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoreSpec } from '#core/system';
import { millis } from '#kernel';
import type { StoreBinding } from '../contract.ts';
import { damaged, keep, memorySink, requestOf } from '../copies.fixture.ts';
import { createStoreCopies } from '../copies.ts';
import { findRedisServer } from '../index.ts';
import { never, storeFolder, temporarySystem, testClock, valueOf } from '../place.fixture.ts';
import { followSnapshot } from './copies-checksum.ts';

const logged = {
  kind: 'redis',
  name: 'queue',
  persistence: 'aof',
  evictionPolicy: 'noeviction',
  memory: null,
} as const satisfies StoreSpec;
const unlogged = { ...logged, persistence: 'none' } as const;

type System = ReturnType<typeof temporarySystem>;
const copiesIn = ({ folder }: System, spec: StoreSpec = logged, environment = 'dev') =>
  createStoreCopies({ spec, folder: storeFolder(folder, spec, environment), clock: testClock });

function clientOf(binding: StoreBinding): Redis {
  const client = new Redis(binding.env['URL'] ?? '');
  onTestFinished(() => client.disconnect());
  return client;
}

async function fill(client: Redis, keys: number): Promise<void> {
  const pipeline = client.pipeline();
  for (let key = 0; key < keys; key += 1) pipeline.set(`key:${key}`, `value ${key} `.repeat(1 + (key % 50)));
  pipeline.hset('hash', { a: '1', b: '2' }).zadd('ranks', 1, 'one', 2, 'two').xadd('log', '*', 'k', 'v');
  pipeline.set('ends', 'soon', 'EX', 3_600);
  pipeline.select(3).set('elsewhere', 'database 3').select(0);
  await pipeline.exec();
}

describe.runIf(findRedisServer() !== null)('copies of a real Redis', () => {
  test.each([logged, unlogged])('bring everything back ($persistence), and it stays', async (spec) => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(spec).ensure(never)));
    await fill(client, 2_000);
    const copy = await keep(copiesIn(system, spec));
    expect(copy.facts.detail).toMatchObject({ keys: 2_005, expires: 1, checksum: expect.any(String) });
    await client.set('key:7', 'written after the copy');
    const home = join(storeFolder(system.folder, spec), 'home');
    expect(readdirSync(home).filter((name) => name.endsWith('.rdb'))).toEqual([]);

    const side = storeFolder(system.folder, spec, 'side');
    const restored = valueOf(await copiesIn(system, spec, 'side').restore(requestOf(copy, side)));
    expect(restored).toMatchObject({ reached: null, pieces: 0, detail: { keys: 2_005, expired: 0 } });
    const store = system.open(spec, 'side');
    const binding = valueOf(await store.ensure(never));
    const back = clientOf(binding);
    expect(await back.get('key:7')).toBe('value 7 '.repeat(8));
    expect(await back.hgetall('hash')).toEqual({ a: '1', b: '2' });
    expect(await back.ttl('ends')).toBeGreaterThan(3_000);
    await back.select(3);
    expect(await back.get('elsewhere')).toBe('database 3');
    const ask = { folder: side, rows: {}, queries: [], signal: never };
    const examined = valueOf(await copiesIn(system, spec, 'side').examine(ask));
    expect(examined).toEqual([
      { name: 'keys', ok: true, detail: '2005 keys read' },
      { name: 'number of keys', ok: true, detail: '2005 keys, 2005 were restored, 0 ended since' },
    ]);
    await back.set('later', 'than the restore');
    await back.del('elsewhere', 'later');
    expect(valueOf(await copiesIn(system, spec, 'side').examine(ask))[1]).toEqual({
      name: 'number of keys',
      ok: false,
      detail: '1 of 2005 keys are missing',
    });
    await back.set('later', 'than the restore');
    valueOf(await store.stop(never));
    const again = clientOf(valueOf(await store.ensure(never)));
    await again.select(3);
    // Without a log it starts from what was restored, as it did the first time.
    expect(await again.mget('later', 'elsewhere')).toEqual(
      spec === logged ? ['than the restore', null] : [null, 'database 3'],
    );
  });

  test('hold what was acknowledged before, while others write', async () => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(logged).ensure(never)));
    await fill(client, 5_000);
    const acknowledged: { readonly key: string; readonly at: number }[] = [];
    const writing = new AbortController();
    const writer = (async () => {
      for (let key = 0; !writing.signal.aborted; key += 1) {
        await client.set(`written:${key}`, key);
        acknowledged.push({ key: `written:${key}`, at: testClock.now() });
      }
    })();
    while (acknowledged.length < 200) await testClock.sleep(millis(5));
    const copy = await keep(copiesIn(system));
    writing.abort();
    await writer;

    const side = storeFolder(system.folder, logged, 'side');
    valueOf(await copiesIn(system, logged, 'side').restore(requestOf(copy, side)));
    const back = clientOf(valueOf(await system.open(logged, 'side').ensure(never)));
    const before = acknowledged.filter(({ at }) => at < copy.facts.from).map(({ key }) => key);
    expect(before.length).toBeGreaterThan(199);
    expect(await back.exists(...before)).toBe(before.length);
    const last = Number((await back.keys('written:*')).length) - 1;
    expect(acknowledged.length - 1).toBeGreaterThan(last); // the copy was made while it went on
  });

  test('of a damaged snapshot are refused, and leave nothing behind', async () => {
    const system = temporarySystem();
    await fill(clientOf(valueOf(await system.open(logged).ensure(never))), 300);
    const copy = await keep(copiesIn(system));
    const side = storeFolder(system.folder, logged, 'side');
    for (const at of [2, 1_000, copy.facts.bytes - 1]) {
      const refused = await copiesIn(system, logged, 'side').restore(
        requestOf(damaged(copy, 'dump.rdb', at), side),
      );
      expect(refused).toMatchObject({ ok: false, error: { code: 'store_restore_failed' } });
      expect(existsSync(side)).toBe(false);
    }
  });

  test('are not put over data that are there', async () => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(logged).ensure(never)));
    await client.set('mine', 'yes');
    const copy = await keep(copiesIn(system));
    const folder = storeFolder(system.folder, logged);
    expect(await copiesIn(system).restore(requestOf(copy, folder))).toMatchObject({
      ok: false,
      error: { code: 'restore_folder_not_empty', facts: { folder } },
    });
    expect(await client.get('mine')).toBe('yes');
  });

  test('that the server cannot write are a failure', async () => {
    const system = temporarySystem();
    const client = clientOf(valueOf(await system.open(logged).ensure(never)));
    await client.set('mine', 'yes');
    const home = join(storeFolder(system.folder, logged), 'home');
    chmodSync(home, 0o500);
    const failed = await copiesIn(system).copy(memorySink().sink, never, () => {});
    chmodSync(home, 0o700);
    expect(failed).toMatchObject({ ok: false, error: { code: 'store_copy_failed' } });
    expect(await keep(copiesIn(system))).toMatchObject({ facts: { detail: { keys: 1 } } });
  });

  test('need a server that runs', async () => {
    const failed = await copiesIn(temporarySystem()).copy(memorySink().sink, never, () => {});
    expect(failed).toMatchObject({
      error: { code: 'store_copy_failed', facts: { reason: 'it is not running' } },
    });
  });
});

test('the fall-back of Redis cannot be copied, nor restored with', async () => {
  const system = temporarySystem();
  valueOf(await system.open(logged, 'dev', { redisServer: null }).ensure(never));
  const refusal = { ok: false, error: { code: 'redis_copy_not_possible', facts: { store: 'queue' } } };
  expect(await copiesIn(system).copy(memorySink().sink, never, () => {})).toMatchObject(refusal);
  const folder = storeFolder(system.folder, logged, 'side');
  const copies = createStoreCopies({ spec: logged, folder, clock: testClock, redisServer: null });
  const facts = { from: testClock.now(), until: testClock.now(), bytes: 0, detail: null };
  expect(await copies.restore(requestOf({ facts, parts: new Map() }, folder))).toMatchObject(refusal);
});

describe('the checksum of a snapshot', () => {
  const content = Buffer.from('REDIS0011 and what follows');
  const end = (...pieces: readonly Buffer[]) => {
    const follow = followSnapshot();
    for (const piece of pieces) follow.update(piece);
    return follow.end();
  };
  test('is told when it differs, is absent or has no room', () => {
    expect(end(content, Buffer.alloc(8))).toEqual({ state: 'absent' });
    expect(end(content, Buffer.alloc(8, 1))).toMatchObject({ state: 'wrong' });
    expect(end(content.subarray(0, 12))).toMatchObject({ state: 'wrong' });
    expect(end(Buffer.from('SIDER'), content)).toMatchObject({ state: 'wrong' });
  });
});

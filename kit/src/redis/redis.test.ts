import { afterAll, beforeAll, expect, test } from 'vitest';
import { keptLog } from '../log.fixture.ts';
import { eventually, startStore, type TestStore } from '../testing-stores.fixture.ts';
import { createRedis } from './index.ts';

let store: TestStore;
beforeAll(async () => void (store = await startStore('redis')));
afterAll(() => store.close());

test('the first command may come before the connection is there', async () => {
  const { log } = keptLog();
  const { redis, close } = createRedis({ url: store.url }, { log });
  expect(await redis.set('a', '1')).toBe('OK');
  await close();
});

test('a cache that does not answer costs 100 ms', async () => {
  const { log } = keptLog();
  const { redis, close } = createRedis({ url: store.url, use: 'cache' }, { log });
  await redis.ping();
  store.freeze();
  const begun = performance.now();
  const asked = await redis.get('a').then(
    () => 'answered',
    () => 'given up',
  );
  const took = performance.now() - begun;
  store.thaw();
  expect(asked).toBe('given up');
  expect(took).toBeGreaterThan(95);
  expect(took).toBeLessThan(300);
  await close();
});

test('a server that is killed and comes back: refused at once in between, told once, no crash', async () => {
  const { log, messages, lines } = keptLog();
  const { redis, ready, close } = createRedis(
    { url: store.url, reconnectAtMost: 100 },
    { log, name: 'cache' },
  );
  const patient = createRedis({ url: store.url, use: 'queue', reconnectAtMost: 100 }, { log: keptLog().log });
  await Promise.all([ready(), patient.redis.ping()].map((each) => each.catch(() => undefined)));
  await redis.ping();
  await ready();
  store.kill();
  await eventually(() => messages().includes('redis was lost'), 'the loss is noticed');
  const begun = performance.now();
  for (let command = 0; command < 10; command++) await expect(redis.get('a')).rejects.toThrow();
  expect(performance.now() - begun).toBeLessThan(500); // none waits for the next attempt to connect
  await new Promise((resolve) => setTimeout(resolve, 500)); // several attempts
  await expect(ready()).rejects.toThrow('the connection is');
  const waiting = patient.redis.set('waited', 'yes');

  await store.restart();
  await eventually(
    () =>
      ready().then(
        () => true,
        () => false,
      ),
    'ready again',
  );
  expect(await waiting).toBe('OK');
  expect(await redis.get('waited')).toBe('yes');
  expect(messages()).toEqual(['redis was lost', 'redis is back']);
  expect(lines[0]).toMatchObject({ redis: 'cache' });
  expect(JSON.stringify(lines)).not.toContain(new URL(store.url).password);
  await Promise.all([close(), patient.close()]);
});

test('closing is no loss, and works without a server', async () => {
  const kept = keptLog();
  const { redis, close } = createRedis({ url: store.url }, { log: kept.log });
  await redis.ping();
  await close();
  expect(kept.messages()).toEqual([]);

  const nowhere = createRedis({ url: 'redis://127.0.0.1:1', reconnectAtMost: 50 }, { log: kept.log });
  await eventually(() => kept.lines.length > 0, 'it is said');
  await new Promise((resolve) => setTimeout(resolve, 300)); // several attempts
  expect(kept.messages()).toEqual(['redis was lost']);
  expect(JSON.stringify(kept.lines)).toContain('ECONNREFUSED');
  for (const wait of [0, 10, 30]) {
    const other = createRedis({ url: 'redis://127.0.0.1:1', reconnectAtMost: 50 }, { log: keptLog().log });
    await new Promise((resolve) => setTimeout(resolve, wait)); // in different states
    await other.close();
  }
  await nowhere.close();
  const said = kept.lines.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(kept.lines).toHaveLength(said);
});

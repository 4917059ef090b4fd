import { openSync, closeSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { instant, millis } from '#kernel';
import { never, testClock, valueOf } from '../../place.fixture.ts';
import { query, say } from '../replication/replication.fixture.ts';
import { place } from './copies.fixture.ts';

/** Flips a bit of a file below the data folder. */
function flip(path: string, place: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, place);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(file, byte, 0, 1, place);
  closeSync(file);
}

describe('data that are looked at', () => {
  test('show what is damaged and what does not hold, and nothing else', async () => {
    const here = place();
    const { binding, store } = await here.start('db');
    const copies = here.copies('db');
    for (const statement of [
      'CREATE TABLE parent (id int PRIMARY KEY)',
      'CREATE TABLE child (id int REFERENCES parent, price int CHECK (price > 0))',
      "CREATE TABLE wide (id int PRIMARY KEY, pad text DEFAULT repeat('x', 500))",
      'INSERT INTO parent VALUES (1)',
      'INSERT INTO child VALUES (1, 5), (NULL, NULL)',
      'INSERT INTO wide SELECT generate_series(1, 1000)',
      'CHECKPOINT',
    ])
      await query(binding, statement).catch(() => []); // CHECKPOINT is not for the application
    const ask = { folder: here.folder('db'), rows: {}, queries: [], signal: never };
    const fine = valueOf(await copies.examine(ask));
    expect(fine.filter(({ ok }) => !ok)).toEqual([]);
    expect(fine.find(({ name }) => name === 'shop: foreign keys')?.detail).toBe('1 hold');
    expect(fine.find(({ name }) => name === 'shop: constraints')?.detail).toBe('1 hold');
    const files = await query(binding, "SELECT pg_relation_filepath('wide')");
    valueOf(await store.stop(never));
    flip(join(here.folder('db'), 'home', 'data', String(files[0])), 3 * 8_192 + 4_000);
    valueOf(await store.ensure(never));
    const broken = valueOf(await copies.examine(ask)).filter(({ ok }) => !ok);
    expect(broken.map(({ name }) => name)).toContain('shop: tables');
    expect(broken.find(({ name }) => name === 'shop: tables')?.detail).toMatch(/public\.wide: invalid page/);
    const left = await query(binding, "SELECT count(*)::int FROM pg_extension WHERE extname = 'amcheck'");
    expect(left).toEqual([0]);
  });
});

test('the pulse tells how old a store is, at little cost', async () => {
  const here = place();
  const { binding, store } = await here.start('db');
  const { pulse } = here.copies('db');
  if (pulse === null) throw new Error('it has no pulse');
  expect(valueOf(await pulse.last(here.folder('db')))).toBeNull();
  valueOf(await pulse.beat(instant(1_000)));
  const began = performance.now();
  for (let turn = 0; turn < 100; turn += 1) valueOf(await pulse.beat(testClock.now()));
  say(`a beat takes ${((performance.now() - began) / 100).toFixed(2)} ms`);
  const last = valueOf(await pulse.last(here.folder('db')));
  expect(Math.abs(testClock.now() - (last ?? 0))).toBeLessThan(5_000);
  expect(
    await query(binding, "SELECT count(*)::int FROM pg_tables WHERE tablename = 'fairway_pulse'"),
  ).toEqual([0]);
  valueOf(await store.stop(never));
  expect(await pulse.beat(testClock.now())).toMatchObject({
    ok: false,
    error: { code: 'postgres_not_answering' },
  });
  valueOf(await store.ensure(never));
  await testClock.sleep(millis(10));
  valueOf(await pulse.beat(testClock.now()));
});

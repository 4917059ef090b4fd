import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CopyRecord, planRestore } from '#core/recovery';
import { instant, millis } from '#kernel';
import { never, testClock, valueOf } from '../../place.fixture.ts';
import { query, say } from '../replication/replication.fixture.ts';
import { writers } from '../replication/writers.fixture.ts';
import { copyOf, cutAndShip, place, request } from './copies.fixture.ts';

describe('a copy of a running Postgres', () => {
  test('brings back every write that was acknowledged, from the copy and the log behind it', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const copies = here.copies('db');
    const writing = await writers(binding);
    await writing.more(200);
    const kept = await copyOf(copies);
    await writing.more(200);
    await writing.end();
    await cutAndShip(copies, kept);
    const restored = valueOf(await copies.restore(request(kept, here.folder('side'))));
    expect(restored.pieces).toBeGreaterThan(0);
    const side = await here.start('side');
    const there = await query(side.binding, 'SELECT number FROM written ORDER BY 1');
    expect(there).toEqual(await query(binding, 'SELECT number FROM written ORDER BY 1'));
    expect(restored.reached).toBeGreaterThan(kept.facts.from);
    const data = join(here.folder('side'), 'home', 'data');
    expect(readdirSync(join(data, 'pg_replslot'))).toEqual([]);
    expect(existsSync(join(data, 'recovery.signal'))).toBe(false);
    const settings = ['fairway.conf', 'postgresql.conf', 'postgresql.auto.conf'].map((name) =>
      readFileSync(join(data, name), 'utf8').replaceAll(/^#.*/gm, ''),
    );
    expect(settings.join('\n')).not.toMatch(/restore_command|recovery_target/);
    expect(readdirSync(join(here.folder('side'), 'home')).toSorted()).toEqual([
      'archive',
      'data',
      'password.sha256',
    ]);
  });

  test('is brought back to a moment, and to just before a transaction', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const copies = here.copies('db');
    await query(binding, 'CREATE TABLE kept (id int PRIMARY KEY)');
    const kept = await copyOf(copies);
    await query(binding, 'INSERT INTO kept SELECT generate_series(1, 1000)');
    await testClock.sleep(millis(50));
    const before = instant(
      Number((await query(binding, 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::text'))[0]),
    );
    await testClock.sleep(millis(50));
    const mistake = String(
      (
        await query(
          binding,
          'WITH gone AS (DELETE FROM kept WHERE id > 10) SELECT pg_current_xact_id()::text',
        )
      )[0],
    );
    await query(binding, 'INSERT INTO kept VALUES (2000)');
    await cutAndShip(copies, kept);
    for (const [name, target] of [
      ['moment', { kind: 'time', at: before }],
      ['transaction', { kind: 'before', transaction: mistake }],
    ] as const) {
      const began = performance.now();
      const restored = valueOf(await copies.restore(request(kept, here.folder(name), target)));
      say(`restored to a ${name} in ${Math.round(performance.now() - began)} ms`);
      expect(restored.reached).toBeLessThanOrEqual(before);
      const side = await here.start(name);
      expect(await query(side.binding, 'SELECT count(*)::int, max(id) FROM kept')).toEqual([1000, 1000]);
    }
    valueOf(await copies.restore(request(kept, here.folder('latest'))));
    const latest = await here.start('latest');
    expect(await query(latest.binding, 'SELECT count(*)::int, max(id) FROM kept')).toEqual([11, 2000]);
    const examined = valueOf(
      await copies.examine({
        folder: here.folder('latest'),
        rows: { kept: 11, 'public.kept': 12, 'a"b': 1 },
        queries: [
          { name: 'q', sql: 'SELECT max(id) FROM kept', expect: '2000' },
          { name: 'w', sql: 'DELETE FROM kept RETURNING 1', expect: '1' },
        ],
        signal: never,
      }),
    );
    say(JSON.stringify(examined, null, 1));
    const lost = valueOf(await copies.lost(here.folder('moment')));
    expect(lost).toEqual({ transactions: 2, exact: false, detail: 'at most 2 transactions' });
    const none = valueOf(await copies.lost(here.folder('latest')));
    expect(none).toMatchObject({ transactions: 0 });
  });

  test('says which transactions had ended: to just before one leads a copy of before it', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const copies = here.copies('db');
    await query(binding, 'CREATE TABLE kept (id int)');
    const recordOf = async (id: string) => {
      const { facts } = await copyOf(copies);
      return { ...facts, id, of: 'db', kind: 'postgres' } as unknown as CopyRecord;
    };
    const first = await recordOf('first');
    const [ended = ''] = await query(
      binding,
      'INSERT INTO kept VALUES (1) RETURNING pg_current_xact_id()::text',
    );
    const known = [first, await recordOf('second')];
    const [later = ''] = await query(
      binding,
      'INSERT INTO kept VALUES (2) RETURNING pg_current_xact_id()::text',
    );
    const chosen = (transaction: unknown) => {
      const target = { kind: 'before', transaction: String(transaction) } as const;
      return valueOf(planRestore({ of: 'db', target, copy: null, copies: known, log: [] })).copy.id;
    };
    expect(chosen(ended)).toBe('first');
    expect(chosen(later)).toBe('second');
  });
});

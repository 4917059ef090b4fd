import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seconds, Thrown } from '#kernel';
import { eventually, testClock, valueOf } from '../../place.fixture.ts';
import { query } from '../replication/replication.fixture.ts';
import { copyOf, cutAndShip, place, request, specOf } from './copies.fixture.ts';

const archiveIn = (folder: string) => join(folder, 'home', 'archive');
const logOf = (here: ReturnType<typeof place>) => {
  const { log } = here.copies('db');
  if (log === null) throw new Error('it keeps no log');
  return log;
};

async function failureOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  try {
    for await (const _ of content);
    return 'none';
  } catch (reason) {
    return reason instanceof Thrown ? reason.failure.code : String(reason);
  }
}

describe('the log of a Postgres', () => {
  test('is handed over as declared, piece by piece, and forgotten', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const log = logOf(here);
    expect(valueOf(await log.state())).toMatchObject({ on: true, failing: null });
    await query(binding, 'CREATE TABLE kept AS SELECT 1');
    const { current } = valueOf(await log.state());
    valueOf(await log.cut());
    const pending = valueOf(await log.pending());
    expect(pending.at(-1)).toEqual({ name: current, bytes: 16_777_216 });
    expect(valueOf(await log.state()).lastAt).toBeGreaterThan(testClock.now() - 60_000);
    for (const { name } of pending) valueOf(await log.forget(name));
    expect(valueOf(await log.pending())).toEqual([]);
    valueOf(await log.cut()); // nothing was written: nothing more comes, and nobody waits for it
  });

  test('is handed over by itself when the declared time has passed', async () => {
    const here = place(specOf(seconds(1)));
    const { binding } = await here.start('db');
    const log = logOf(here);
    const { current } = valueOf(await log.state());
    await query(binding, 'CREATE TABLE kept AS SELECT 1');
    await eventually(
      async () => valueOf(await log.pending()).some(({ name }) => name === current),
      'the piece is handed over',
    );
  });

  test('is not handed over where it is not declared', async () => {
    const here = place(specOf(null));
    await here.start('db');
    const log = logOf(here);
    expect(valueOf(await log.state())).toMatchObject({ on: false });
    expect(valueOf(await log.pending())).toEqual([]);
    expect(await log.cut()).toMatchObject({ ok: false, error: { code: 'postgres_log_not_cut' } });
    expect(existsSync(archiveIn(here.folder('db')))).toBe(false);
  });

  test('says in the words of the server why it cannot be handed over', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const log = logOf(here);
    valueOf(await log.cut());
    const archive = archiveIn(here.folder('db'));
    renameSync(archive, `${archive}.away`);
    await query(binding, 'CREATE TABLE kept AS SELECT 1');
    const cut = log.cut();
    await eventually(async () => valueOf(await log.state()).failing !== null, 'it is failing');
    expect(valueOf(await log.state()).failing).toMatch(/archive/);
    expect(valueOf(await log.pending())).toEqual([]);
    expect(await cut).toMatchObject({ ok: false, error: { code: 'postgres_log_not_cut' } });
    renameSync(`${archive}.away`, archive);
  }, 90_000);

  test('gives away nothing but what the server handed over', async () => {
    const here = place();
    await here.start('db');
    const log = logOf(here);
    const archive = archiveIn(here.folder('db'));
    const name = (last: string) => `0000000100000000000000F${last}`;
    const elsewhere = join(here.root, 'elsewhere');
    writeFileSync(elsewhere, 'secret');
    symlinkSync(elsewhere, join(archive, name('1')));
    linkSync(elsewhere, join(archive, name('2')));
    mkdirSync(join(archive, name('3')));
    writeFileSync(join(archive, 'archtemp.0000000100000000000000F4.1.2'), '');
    const pending = valueOf(await log.pending()).map((piece) => piece.name);
    expect(pending.filter((piece) => /F[134]$|archtemp/.test(piece))).toEqual([]);
    for (const wanted of [
      name('1'),
      name('2'),
      name('3'),
      name('4'),
      '../../../elsewhere',
      '../data/PG_VERSION',
    ])
      expect(await failureOf(log.open(wanted))).toBe('postgres_log_piece_missing');
    valueOf(await log.forget('../data/PG_VERSION'));
    expect(existsSync(join(archive, '..', 'data', 'PG_VERSION'))).toBe(true);
    rmSync(archive, { recursive: true });
    symlinkSync(here.root, archive);
    expect(valueOf(await log.pending())).toEqual([]);
  });

  test('of a restored store goes on with how its timeline came about', async () => {
    const here = place();
    const { binding } = await here.start('db');
    const copies = here.copies('db');
    await query(binding, 'CREATE TABLE kept (at int)');
    const kept = await copyOf(copies);
    await query(binding, 'INSERT INTO kept VALUES (1)');
    await cutAndShip(copies, kept);
    valueOf(await copies.restore(request(kept, here.folder('second'))));
    const second = await here.start('second');
    await query(second.binding, 'INSERT INTO kept VALUES (2)');
    const shipped = await cutAndShip(here.copies('second'), kept);
    expect(shipped).toContain('00000002.history');
    // The first one writes on: what it writes now belongs to nobody any more.
    await query(binding, 'INSERT INTO kept VALUES (-1)');
    await cutAndShip(copies, kept);
    const restored = valueOf(await copies.restore(request(kept, here.folder('third'))));
    expect(restored.detail).toMatchObject({ timeline: 3 });
    const third = await here.start('third');
    expect(await query(third.binding, 'SELECT at FROM kept ORDER BY 1')).toEqual([1, 2]);
    expect(readdirSync(archiveIn(here.folder('third')))).toContain('00000003.history');
  });
});

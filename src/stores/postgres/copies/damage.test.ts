import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { instant } from '#kernel';
import type { RestoreTarget } from '#ports';
import { valueOf } from '../../place.fixture.ts';
import { query } from '../replication/replication.fixture.ts';
import { copyOf, cutAndShip, type Kept, place, request, segmentsOf } from './copies.fixture.ts';

/** A copy with four pieces of log behind it, each with writes; made once. */
let sample: Promise<Kept> | null = null;
const kept = async (): Promise<Kept> => {
  const { facts, parts, log } = await (sample ??= make());
  return { facts, parts: new Map(parts), log: new Map(log) };
};

async function make(): Promise<Kept> {
  const here = place();
  const { binding } = await here.start('db');
  const copies = here.copies('db');
  await query(binding, 'CREATE TABLE kept (id serial PRIMARY KEY, pad text)');
  const made = await copyOf(copies);
  for (let turn = 0; turn < 4; turn += 1) {
    await query(binding, "INSERT INTO kept (pad) SELECT repeat('x', 500) FROM generate_series(1, 2000)");
    await cutAndShip(copies, made);
  }
  expect(behind(made).length).toBeGreaterThanOrEqual(4);
  return made;
}

async function restore(damaged: Kept, target: RestoreTarget = { kind: 'latest' }) {
  const here = place();
  const result = await here.copies('side').restore(request(damaged, here.folder('side'), target));
  const home = join(here.folder('side'), 'home');
  if (!result.ok && existsSync(home)) expect(readdirSync(home)).toEqual([]);
  return result;
}

const edit = (map: Map<string, Buffer>, name: string, change: (content: Buffer) => Buffer) =>
  void map.set(name, change(Buffer.from(map.get(name) ?? '')));
const flip = (at: (content: Buffer) => number) => (content: Buffer) => {
  const place = at(content);
  content[place] = (content[place] ?? 0) ^ 0x10;
  return content;
};
const inside = (name: string) => (content: Buffer) => content.indexOf(name);
/** Of the pieces behind the copy the second one, and the one before. */
const behind = (made: Kept) =>
  segmentsOf(made).filter((name) => name > (made.facts.detail as { lastPiece: string }).lastPiece);
const second = (made: Kept) => behind(made)[1] ?? '';
const swap = (log: Map<string, Buffer>, a: string, b: string) => {
  const [one, two] = [log.get(a), log.get(b)];
  if (one !== undefined && two !== undefined) log.set(a, two).set(b, one);
};

describe('what cannot be brought back is refused, named, and leaves nothing behind:', () => {
  test.each<[string, (made: Kept) => void, string, object]>([
    [
      'base.tar missing',
      (made) => made.parts.delete('base.tar'),
      'postgres_copy_damaged',
      { file: 'base.tar', reason: 'it is missing' },
    ],
    [
      'manifest missing',
      (made) => made.parts.delete('backup_manifest'),
      'postgres_copy_damaged',
      { file: 'backup_manifest' },
    ],
    [
      'base.tar cut off',
      ({ parts }) => edit(parts, 'base.tar', (all) => all.subarray(0, all.length / 2)),
      'postgres_copy_damaged',
      { file: 'base.tar', reason: 'it is cut off' },
    ],
    [
      'a bit of a table flipped',
      ({ parts }) =>
        edit(
          parts,
          'base.tar',
          flip((all) => inside('base/1/1259')(all) + 1_000),
        ),
      'postgres_copy_damaged',
      { reason: 'its content has another SHA-256' },
    ],
    [
      'a bit of a header flipped',
      ({ parts }) => edit(parts, 'base.tar', flip(inside('base/1/'))),
      'postgres_copy_damaged',
      { file: 'base.tar', reason: 'a header in it is damaged' },
    ],
    [
      'a bit of its log flipped',
      ({ parts, facts }) =>
        edit(
          parts,
          'base.tar',
          flip((all) => inside(`pg_wal/${(facts.detail as { lastPiece: string }).lastPiece}`)(all) + 60_000),
        ),
      'postgres_copy_damaged',
      { file: 'base.tar', reason: 'its content has another SHA-256' },
    ],
    [
      'a bit of the manifest flipped',
      ({ parts }) =>
        edit(
          parts,
          'backup_manifest',
          flip((all) => all.indexOf('"Size": ') + 9),
        ),
      'postgres_copy_damaged',
      { file: 'backup_manifest' },
    ],
    [
      'manifest cut off',
      ({ parts }) => edit(parts, 'backup_manifest', (all) => all.subarray(0, 5_000)),
      'postgres_copy_damaged',
      { file: 'backup_manifest' },
    ],
    [
      'its record empty',
      (made) => {
        made.facts = { ...made.facts, detail: null };
      },
      'postgres_copy_damaged',
      { file: 'its record' },
    ],
    ['a piece missing', (made) => made.log.delete(second(made)), 'postgres_log_gap', {}],
    [
      'a piece cut off',
      (made) => edit(made.log, second(made), (all) => all.subarray(0, 1_000_000)),
      'postgres_log_damaged',
      { reason: 'it has 1000000 bytes instead of 16777216' },
    ],
    [
      'a piece of another cluster',
      (made) =>
        edit(made.log, second(made), (all) => {
          all.writeBigUInt64LE(7n, 24);
          return all;
        }),
      'postgres_log_foreign',
      { reason: 'it was written by another cluster' },
    ],
    [
      'pieces swapped',
      (made) => swap(made.log, second(made), behind(made)[0] ?? ''),
      'postgres_log_foreign',
      { reason: 'its content is that of another piece' },
    ],
    [
      'a piece that is none',
      (made) => edit(made.log, second(made), (all) => Buffer.alloc(all.length)),
      'postgres_log_damaged',
      {},
    ],
    [
      'a bit in a piece flipped',
      (made) =>
        edit(
          made.log,
          second(made),
          flip(() => 100_000),
        ),
      'postgres_log_damaged',
      {},
    ],
  ])('%s', async (_, damage, code, facts) => {
    const made = await kept();
    damage(made);
    const result = await restore(made);
    expect(result).toMatchObject({ ok: false, error: { code, facts } });
  });

  test('a moment behind the end of the log, or before the copy', async () => {
    const made = await kept();
    const late = await restore(made, { kind: 'time', at: instant(made.facts.until + 3_600_000) });
    expect(late).toMatchObject({ ok: false, error: { code: 'recovery_target_not_reached' } });
    expect(late.ok ? '' : late.error.facts['last']).toMatch(/^\d{4}-/);
    expect(await restore(made, { kind: 'time', at: instant(made.facts.from - 1_000) })).toMatchObject({
      ok: false,
      error: { code: 'recovery_target_before_copy' },
    });
    expect(await restore(made, { kind: 'before', transaction: '4000000' })).toMatchObject({
      ok: false,
      error: { code: 'recovery_target_not_reached', facts: { target: 'transaction 4000000' } },
    });
    expect(await restore(made, { kind: 'before', transaction: "1' or" })).toMatchObject({
      ok: false,
      error: { code: 'postgres_restore_failed' },
    });
  });

  test('a disk that is too small, before anything is written', async () => {
    const made = await kept();
    made.facts = { ...made.facts, bytes: 2 ** 50 };
    const result = await restore(made);
    expect(result).toMatchObject({ ok: false, error: { code: 'postgres_restore_disk_full' } });
    expect(result.ok ? '' : result.error.facts['needed']).toMatch(/^\d{9,}MiB$/);
  });

  test('a folder that holds data already, which stay as they are', async () => {
    const made = await kept();
    const here = place();
    const { binding } = await here.start('db');
    await query(binding, 'CREATE TABLE mine ()');
    const result = await here.copies('db').restore(request(made, here.folder('db')));
    expect(result).toMatchObject({ ok: false, error: { code: 'postgres_restore_failed' } });
    expect(await query(binding, 'SELECT count(*)::int FROM mine')).toEqual([0]);
  });
});

describe('a restore', () => {
  test('that is cancelled half-way leaves no store, and can be done again', async () => {
    const made = await kept();
    const here = place();
    const copies = here.copies('side');
    const ending = new AbortController();
    const half = { ...request(made, here.folder('side'), { kind: 'latest' }, ending.signal) };
    const doing: string[] = [];
    const cancelled = await copies.restore({
      ...half,
      progress: (progress) => {
        doing.push(progress.doing);
        if (progress.doing.startsWith('replaying')) ending.abort();
      },
    });
    expect(cancelled).toMatchObject({ ok: false, error: { code: 'postgres_restore_failed' } });
    expect(new Set(doing)).toContain('the databases');
    expect(readdirSync(join(here.folder('side'), 'home'))).toEqual([]);
    valueOf(await copies.restore(request(made, here.folder('side'))));
    const side = await here.start('side');
    expect(await query(side.binding, 'SELECT count(*)::int FROM kept')).toEqual([8_000]);
  });
});

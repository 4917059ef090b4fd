import { expect, test } from 'vitest';
import { eventually, useTestbed } from './testbed.fixture.ts';

const bed = useTestbed();
const rows = 25_000;

/** Adds up, so that a row which is done twice shows. */
const backfill = `-- fairway: batch 500
-- fairway: count SELECT count(*) FROM accounts
WITH batch AS (
  SELECT id FROM accounts WHERE :cursor::bigint IS NULL OR id > :cursor::bigint ORDER BY id LIMIT :batch
), moved AS (
  UPDATE accounts SET touched = touched + 1, note = ':cursor' FROM batch WHERE accounts.id = batch.id
)
SELECT id AS cursor FROM batch ORDER BY id;
`;

async function fill() {
  await bed.rows('CREATE TABLE accounts (id bigint PRIMARY KEY, touched int NOT NULL DEFAULT 0, note text)');
  await bed.rows('INSERT INTO accounts (id) SELECT generate_series(1, $1::int) * 3', [rows]);
  bed.write({ 'backfill/001-touch.sql': backfill });
}
const touched = () => bed.rows('SELECT touched, count(*)::int AS rows FROM accounts GROUP BY touched');

test('moves all rows in batches and says how far it is', async () => {
  await fill();
  const { code, lines } = await bed.run('backfill');
  expect(code).toBe(0);
  expect(await touched()).toEqual([{ touched: 1, rows }]);
  expect(await bed.rows('SELECT DISTINCT note FROM accounts')).toEqual([{ note: ':cursor' }]);
  const progress = lines.filter(({ resume }) => resume !== undefined);
  expect(progress).toHaveLength(rows / 500);
  expect(progress[0]).toEqual({ resume: '001-touch.sql:1500', done: 500, of: rows });
  expect(progress.at(-1)).toEqual({ resume: `001-touch.sql:${rows * 3}`, done: rows, of: rows });
  expect((await bed.run('backfill')).said).toBe('Nothing is left to do in backfill.');
});

test('is killed three times on its way, and does every row exactly once', async () => {
  await fill();
  for (const until of [3_000, 9_000, 16_000]) {
    const runner = bed.start('backfill', ['--batch-pause', '5ms', '--lock-timeout', '20s']);
    await eventually(async () => {
      const [row] = await bed.rows<{ done: number }>(
        'SELECT count(*)::int AS done FROM accounts WHERE touched > 0',
      );
      return (row?.done ?? 0) >= until;
    }, `${until} rows are done`);
    runner.child.kill('SIGKILL');
    expect((await runner.ended).signal).toBe('SIGKILL');
  }
  const [half] = await touched();
  expect(half?.['rows']).toBeLessThan(rows);
  const { code, said, lines } = await bed.run('backfill', ['--lock-timeout', '20s'], {
    FAIRWAY_RESUME: '001-touch.sql:1500',
  });
  expect(code).toBe(0);
  expect(said).toContain('goes on after');
  expect(await touched()).toEqual([{ touched: 1, rows }]);
  expect(lines.findLast(({ resume }) => resume !== undefined)).toMatchObject({ done: rows, of: rows });
  expect(
    await bed.rows('SELECT done::int, applied_at IS NOT NULL AS applied FROM fairway_migrations'),
  ).toEqual([{ done: rows, applied: true }]);
});

test('ends between two batches with 75 when it is told to stop', async () => {
  await fill();
  const runner = bed.start('backfill', ['--batch-pause', '200ms']);
  await eventually(() => runner.output().includes('resume'), 'it is at work');
  runner.child.kill('SIGTERM');
  expect((await runner.ended).code).toBe(75);
  expect((await bed.run('backfill')).code).toBe(0);
  expect(await touched()).toEqual([{ touched: 1, rows }]);
});

test('rows that are inserted meanwhile above its place are done too', async () => {
  await fill();
  const runner = bed.start('backfill', ['--batch-pause', '20ms']);
  await eventually(() => runner.output().includes('resume'), 'it is at work');
  await bed.rows('INSERT INTO accounts (id) VALUES (999999)');
  expect((await runner.ended).code).toBe(0);
  expect(await touched()).toEqual([{ touched: 1, rows: rows + 1 }]);
});

test('a row that somebody holds is a case for another attempt, and nothing of its batch is kept', async () => {
  await fill();
  const other = await bed.session();
  await other.query('BEGIN; UPDATE accounts SET note = 0 WHERE id = 1800');
  const held = await bed.run('backfill', ['--lock-timeout', '100ms', '--lock-retries', '1']);
  expect(held.code).toBe(75);
  expect(held.said).toContain('backfill/001-touch.sql');
  await other.query('ROLLBACK');
  other.end();
  expect(await touched()).toEqual(expect.arrayContaining([{ touched: 1, rows: 500 }]));
  expect((await bed.run('backfill')).code).toBe(0);
  expect(await touched()).toEqual([{ touched: 1, rows }]);
});

test.each([
  ['no size of a batch', 'SELECT :cursor AS cursor LIMIT :batch', '-- fairway: batch'],
  ['no cursor', '-- fairway: batch 10\nSELECT 1 AS cursor LIMIT :batch', ':cursor'],
  ['a cursor in a text only', "-- fairway: batch 10\nSELECT ':cursor' AS cursor LIMIT :batch", ':cursor'],
  ['no batch', '-- fairway: batch 10\nSELECT :cursor::int AS cursor', ':batch'],
  ['two statements', '-- fairway: batch 10\nSELECT :cursor::int; SELECT :batch', 'exactly one'],
  ['another statement', '-- fairway: batch 10\nDROP TABLE accounts; -- :cursor :batch', ':cursor'],
  ['no column', '-- fairway: batch 10\nSELECT :cursor::int AS key LIMIT :batch', '"cursor"'],
  [
    'a last key of NULL',
    '-- fairway: batch 10\nSELECT NULL AS cursor WHERE :cursor::int IS NULL LIMIT :batch',
    'last row',
  ],
  [
    'a misspelt directive',
    '-- fairway: batches 10\nSELECT :cursor::int AS cursor LIMIT :batch',
    'batches 10',
  ],
])('a file with %s is refused', async (_, sql, named) => {
  bed.write({ 'backfill/001-wrong.sql': sql });
  const { code, said } = await bed.run('backfill');
  expect(code).toBe(2);
  expect(said).toContain('backfill/001-wrong.sql');
  expect(said).toContain(named);
});

test('a file that does not come further is ended, not repeated for ever', async () => {
  bed.write({
    'backfill/001-same.sql':
      "-- fairway: batch 10\nSELECT 'x' AS cursor WHERE :cursor::text IS DISTINCT FROM 'y' LIMIT :batch",
  });
  const { code, said } = await bed.run('backfill');
  expect(code).toBe(1);
  expect(said).toContain('backfill/001-same.sql');
});

import { expect, test } from 'vitest';
import { eventually, useTestbed } from './testbed.fixture.ts';

const bed = useTestbed();

test('applies the files of a phase in the order of their names, each once', async () => {
  bed.write({
    'expand/002-b.sql': 'ALTER TABLE a ADD COLUMN b text;',
    'expand/001-a.sql': 'CREATE TABLE a (id int PRIMARY KEY);\n-- the end\n',
    'expand/003-nothing.sql': '-- only words',
    'contract/001-c.sql': 'DROP TABLE a;',
  });
  const first = await bed.run('expand');
  expect(first).toMatchObject({ code: 0 });
  expect(
    await bed.rows(
      'SELECT phase, name, applied_at IS NOT NULL AS applied FROM fairway_migrations ORDER BY name',
    ),
  ).toEqual([
    { phase: 'expand', name: '001-a.sql', applied: true },
    { phase: 'expand', name: '002-b.sql', applied: true },
    { phase: 'expand', name: '003-nothing.sql', applied: true },
  ]);
  const second = await bed.run('expand');
  expect(second).toMatchObject({ code: 0, said: 'Nothing is left to do in expand.' });
  expect(await bed.rows('SELECT id, b FROM a')).toEqual([]);
});

test('leaves alone what only another build knows, and refuses what was changed after it had been applied', async () => {
  bed.write({
    'expand/001-a.sql': 'CREATE TABLE a (id int);',
    'expand/002-b.sql': 'CREATE TABLE b (id int);',
  });
  expect((await bed.run('expand')).code).toBe(0);
  bed.write({ 'expand/002-b.sql': 'CREATE TABLE b (id int);\r\n' });
  const { code, said } = await bed.run('expand');
  expect(code).toBe(2);
  expect(said).toContain('expand/002-b.sql');
});

test('broken SQL is refused by name and line before anything is done', async () => {
  bed.write({
    'expand/001-a.sql': 'CREATE TABLE a (id int);',
    'expand/002-b.sql': '-- é\nCREATE TABLE b (id int);\nALTER TABEL b ADD c int;\n',
  });
  const { code, said } = await bed.run('expand');
  expect(code).toBe(2);
  expect(said).toMatch(/expand\/002-b\.sql.*3/);
  expect(said).toContain('syntax error at or near "TABEL"');
  expect(await bed.rows("SELECT to_regclass('a') AS a")).toEqual([{ a: null }]);
});

test('a statement that fails takes its whole file with it and is named with line and SQLSTATE', async () => {
  bed.write({
    'expand/001-a.sql': 'CREATE TABLE a (id int);\n\n-- this one\nALTER TABLE a\n  ADD COLUMN b nonsense;\n',
  });
  const { code, said } = await bed.run('expand');
  expect(code).toBe(1);
  expect(said).toMatch(/expand\/001-a\.sql.*5/);
  expect(said).toContain('42704');
  expect(await bed.rows("SELECT to_regclass('a') AS a")).toEqual([{ a: null }]);
});

test.each(['COMMIT', 'BEGIN', 'ROLLBACK TO SAVEPOINT x'])(
  'a file may not end its own transaction: %s',
  async (sql) => {
    bed.write({ 'expand/001-a.sql': `CREATE TABLE a (id int);\n${sql};` });
    const { code, said } = await bed.run('expand');
    expect(code).toBe(2);
    expect(said).toContain(sql);
  },
);

test('what a file sets for its session does not reach the next one', async () => {
  bed.write({
    'expand/001-a.sql':
      "CREATE SCHEMA other; SET search_path = other; SET ROLE NONE; SET timezone = 'Asia/Tokyo';",
    'expand/002-b.sql': 'CREATE TABLE b (id int);',
  });
  expect((await bed.run('expand')).code).toBe(0);
  expect(
    await bed.rows(
      "SELECT to_regclass('public.b')::text AS b, count(*)::int AS entries FROM public.fairway_migrations",
    ),
  ).toEqual([{ b: 'b', entries: 2 }]);
  await bed.rows('DROP SCHEMA other');
});

test('a phase waits for the phases before it', async () => {
  bed.write({ 'expand/001-a.sql': 'CREATE TABLE a (id int);', 'contract/001-a.sql': 'DROP TABLE a;' });
  const early = await bed.run('contract');
  expect(early.code).toBe(2);
  expect(early.said).toContain('expand/001-a.sql');
  expect((await bed.run('expand')).code).toBe(0);
  expect((await bed.run('backfill')).code).toBe(0);
  expect((await bed.run('contract')).code).toBe(0);
  expect(await bed.rows("SELECT to_regclass('a') AS a")).toEqual([{ a: null }]);
});

test('a long reader makes it try again, lets other readers through meanwhile, and ends it with 75', async () => {
  await bed.rows('CREATE TABLE a (id int)');
  bed.write({ 'expand/001-a.sql': '-- wait\nALTER TABLE a ADD COLUMN b int;' });
  const reader = await bed.session();
  await reader.query('BEGIN; SELECT * FROM a');
  const runner = bed.start('expand', ['--lock-timeout', '200ms', '--lock-retries', '2']);
  await eventually(() => runner.output().includes('attempt 2'), 'it tries again');
  const asked = performance.now();
  await bed.rows('SELECT * FROM a');
  expect(performance.now() - asked).toBeLessThan(1_000);
  const { code, said } = await runner.ended;
  expect(code).toBe(75);
  expect(said).toContain('attempt 3');
  expect(said).toMatch(/expand\/001-a\.sql.*2/);
  expect(said).toContain('a test');

  const patient = bed.start('expand', ['--lock-timeout', '200ms', '--lock-retries', '9']);
  await eventually(() => patient.output().includes('attempt 2'), 'it tries again');
  await reader.query('COMMIT');
  expect((await patient.ended).code).toBe(0);
  reader.end();
});

test('a statement that takes too long is ended and named', async () => {
  bed.write({ 'expand/001-a.sql': 'CREATE TABLE a (id int);\nSELECT pg_sleep(20);' });
  const { code, said } = await bed.run('expand', ['--statement-timeout', '300ms']);
  expect(code).toBe(1);
  expect(said).toMatch(/expand\/001-a\.sql.*2/);
});

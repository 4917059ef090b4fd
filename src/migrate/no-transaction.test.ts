import { expect, test } from 'vitest';
import { eventually, useTestbed } from './testbed.fixture.ts';

const bed = useTestbed();
const index = '-- fairway: no transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_by_id ON a (id);\n';
const validity = () => bed.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_by_id'::regclass");

test('an index is built concurrently while somebody reads and somebody writes', async () => {
  await bed.rows('CREATE TABLE a (id int)');
  bed.write({ 'expand/001-index.sql': index });
  const other = await bed.session();
  await other.query('BEGIN; INSERT INTO a VALUES (0)');
  const runner = bed.start('expand', ['--lock-timeout', '200ms', '--lock-retries', '0']);
  await eventually(
    async () => (await bed.rows("SELECT to_regclass('a_by_id') AS it"))[0]?.['it'],
    'it is begun',
  );
  await bed.rows('INSERT INTO a VALUES (1)');
  await other.query('COMMIT');
  other.end();
  expect(await runner.ended).toMatchObject({ code: 0 });
  expect(await validity()).toEqual([{ indisvalid: true }]);
});

test('an index that a killed attempt left invalid is named, dropped and built again', async () => {
  await bed.rows('CREATE TABLE a (id int)');
  bed.write({ 'expand/001-index.sql': index });
  const other = await bed.session();
  await other.query('BEGIN; INSERT INTO a VALUES (0)');
  const killed = bed.start('expand');
  await eventually(
    async () => (await bed.rows("SELECT to_regclass('a_by_id') AS it"))[0]?.['it'],
    'it is begun',
  );
  killed.child.kill('SIGKILL');
  await killed.ended;
  await eventually(
    async () =>
      (await bed.rows("SELECT 1 FROM pg_stat_activity WHERE application_name = 'fairway-migrate'")).length ===
      0,
    'the server has noticed',
  );
  await other.query('COMMIT');
  other.end();
  expect(await validity()).toEqual([{ indisvalid: false }]);
  const { code, said } = await bed.run('expand');
  expect(code).toBe(0);
  expect(said).toContain('The index a_by_id is invalid');
  expect(await validity()).toEqual([{ indisvalid: true }]);
});

test('goes on with the statement that failed, and does none twice', async () => {
  bed.write({
    'expand/001-types.sql': `-- fairway: no transaction
CREATE TABLE a (id int);
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1);
INSERT INTO a VALUES (2);`,
  });
  const first = await bed.run('expand');
  expect(first.code).toBe(1);
  expect(first.said).toMatch(/expand\/001-types\.sql.*4/);
  await bed.rows('CREATE TABLE b (id int)');
  expect((await bed.run('expand')).code).toBe(0);
  expect(await bed.rows('SELECT id FROM a ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await bed.rows('SELECT id FROM b')).toEqual([{ id: 1 }]);
});

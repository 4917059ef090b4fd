import { describe, expect, test } from 'vitest';
import type { Phase } from '../files.ts';
import { openParser } from '../parse.ts';
import { judgeMigrations } from './judge.ts';

const parser = await openParser();
const judge = (sql: string, phase: Phase = 'expand') =>
  judgeMigrations([{ phase, name: '001-it.sql', sql }], parser);
/** `error migration_drops 3:1` */
const short = (sql: string, phase: Phase = 'expand') =>
  judge(sql, phase).map(({ severity, code, line, column }) => `${severity} ${code} ${line}:${column}`);

describe('expand', () => {
  test.each([
    ['DROP TABLE a', 'error migration_drops'],
    ['DROP TABLE IF EXISTS a CASCADE', 'error migration_drops'],
    ['DROP VIEW a', 'error migration_drops'],
    ['DROP TYPE a', 'error migration_drops'],
    ['DROP FUNCTION f(int)', 'error migration_drops'],
    ['DROP SCHEMA s', 'error migration_drops'],
    ['DROP TRIGGER t ON a', 'warning migration_drops'],
    ['DROP INDEX i', 'warning migration_drops'],
    ['TRUNCATE a', 'error migration_drops'],
    ['REVOKE SELECT ON a FROM app', 'error migration_drops'],
    ['ALTER TABLE a DROP COLUMN b', 'error migration_drops'],
    ['ALTER TABLE a DETACH PARTITION p', 'error migration_drops'],
    ['ALTER TYPE t DROP ATTRIBUTE b', 'error migration_drops'],
    ['ALTER TABLE a RENAME COLUMN b TO c', 'error migration_renames'],
    ['ALTER TABLE a RENAME TO c', 'error migration_renames'],
    ['ALTER VIEW a RENAME TO c', 'error migration_renames'],
    ["ALTER TYPE t RENAME VALUE 'x' TO 'y'", 'error migration_renames'],
    ['ALTER TABLE a SET SCHEMA s', 'error migration_renames'],
    ['ALTER FUNCTION f(int) RENAME TO g', 'error migration_renames'],
    ['ALTER TABLE a ALTER COLUMN b TYPE bigint', 'error migration_changes_type'],
    ['ALTER TABLE a ALTER b SET NOT NULL', 'error migration_requires_value'],
    ['ALTER TABLE a ALTER b DROP DEFAULT', 'error migration_requires_value'],
    ['ALTER TABLE a ADD COLUMN b int NOT NULL', 'error migration_requires_value'],
    ['ALTER TABLE a ADD b int PRIMARY KEY DEFAULT 1', 'error migration_adds_constraint'],
    ['ALTER TABLE a ADD b int UNIQUE', 'error migration_adds_constraint'],
    ['ALTER TABLE a ADD b int CHECK (b > 0)', 'warning migration_adds_constraint'],
    ['ALTER TABLE a ADD b uuid DEFAULT gen_random_uuid()', 'warning migration_rewrites_table'],
    [
      'ALTER TABLE a ADD b text DEFAULT now()::text || pg_catalog.random()',
      'warning migration_rewrites_table',
    ],
    ['ALTER TABLE a ADD b bigserial', 'warning migration_rewrites_table'],
    ['ALTER TABLE a ADD b int GENERATED ALWAYS AS IDENTITY', 'warning migration_rewrites_table'],
    ['ALTER TABLE a ADD b int GENERATED ALWAYS AS (c + 1) STORED', 'warning migration_rewrites_table'],
    ['ALTER TABLE a ADD CONSTRAINT u UNIQUE (b)', 'error migration_adds_constraint'],
    ['ALTER TABLE a ADD PRIMARY KEY (b)', 'error migration_adds_constraint'],
    ['ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)', 'error migration_adds_constraint'],
    ['ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c', 'error migration_adds_constraint'],
    ['ALTER TABLE a ADD CONSTRAINT e EXCLUDE USING gist (b WITH =)', 'error migration_adds_constraint'],
    ['ALTER DOMAIN d SET NOT NULL', 'error migration_adds_constraint'],
    ['CREATE INDEX i ON a (b)', 'warning migration_locks_table'],
    ['CREATE UNIQUE INDEX i ON a (b)', 'warning migration_locks_table'],
    ['REINDEX TABLE a', 'warning migration_locks_table'],
    ['LOCK TABLE a', 'warning migration_locks_table'],
    ['REFRESH MATERIALIZED VIEW m', 'warning migration_locks_table'],
    ['CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)', 'error migration_needs_no_transaction'],
    ['UPDATE a SET b = 1', 'warning migration_moves_data'],
    ['DELETE FROM a', 'warning migration_moves_data'],
    ['DO $$ BEGIN DROP TABLE a; END $$', 'warning migration_not_readable'],
    ['CREATE TABLE a (id int);COMMIT', 'error migration_transaction_statement', '1:25'],
    ['CREATE TABEL a', 'error migration_syntax', '1:8'],
    ['-- fairway: no transactions\nSELECT 1', 'error migration_directive_unknown', '1:1'],
  ])('%s', (sql, expected, place = '1:1') => {
    expect(short(sql)).toEqual([`${expected} ${place}`]);
    for (const { sentence, steps } of judge(sql)) {
      expect(sentence).not.toMatch(/undefined|null|\{|  /);
      expect(steps.length).toBeGreaterThan(0);
    }
  });

  test.each([
    'CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL UNIQUE CHECK (b > 0)); CREATE INDEX i ON a (b); ALTER TABLE a ALTER b TYPE bigint',
    'ALTER TABLE a ADD COLUMN b int',
    "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT 'x'",
    'ALTER TABLE a ADD COLUMN b timestamptz NOT NULL DEFAULT now()',
    'ALTER TABLE a ADD COLUMN b int REFERENCES c',
    'ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID, ADD FOREIGN KEY (b) REFERENCES c NOT VALID',
    'ALTER TABLE a VALIDATE CONSTRAINT c',
    'ALTER TABLE a ADD CONSTRAINT u UNIQUE USING INDEX i',
    'ALTER TABLE a ALTER b DROP NOT NULL',
    'ALTER INDEX i RENAME TO j',
    'DROP TRIGGER IF EXISTS t ON a; CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()',
    'CREATE TEMPORARY TABLE t AS SELECT 1 AS b; UPDATE t SET b = 2; DROP TABLE t',
    '-- fairway: no transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)',
    "SELECT 'DROP TABLE a; ALTER TABLE a RENAME TO b'",
    '/* DROP TABLE a; */ SELECT $x$ DROP TABLE a; $x$ AS "DROP TABLE a"',
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM a; SELECT 1; END',
    '',
  ])('is silent about %s', (sql) => {
    expect(short(sql)).toEqual([]);
  });

  test('a table that is made again only after it was dropped is no new one', () => {
    expect(short('DROP TABLE a; CREATE TABLE a (id int)')).toEqual(['error migration_drops 1:1']);
  });

  test('each command of a statement is judged, at the place of the statement', () => {
    const sql =
      '-- é; DROP TABLE z\nSELECT 1;\n\n  -- why\n  ALTER TABLE a DROP b, ADD c int, ALTER d SET NOT NULL;\nDROP TABLE x, y;';
    expect(short(sql)).toEqual([
      'error migration_drops 5:3',
      'error migration_requires_value 5:3',
      'error migration_drops 6:1',
      'error migration_drops 6:1',
    ]);
  });

  test('says what is wrong with what, and how to get there', () => {
    expect(judge('ALTER TABLE shop.orders RENAME COLUMN note TO remark')).toEqual([
      {
        severity: 'error',
        code: 'migration_renames',
        file: 'expand/001-it.sql',
        line: 1,
        column: 1,
        sentence:
          'This renames the column note of shop.orders to remark; the old code knows only the old name.',
        steps: [
          'Add the new column beside the old one, and a trigger that keeps both the same.',
          'Move the rows there are in a backfill.',
          'Release code that uses the new one only.',
          'Drop the trigger and the old one in a file of contract.',
        ],
      },
    ]);
  });

  test('what is allowed for a reason is not said, and nothing else', () => {
    const allowed =
      '-- fairway: allow migration_drops because nobody ever used it\n-- and nobody will\nDROP TABLE a;';
    expect(short(allowed)).toEqual([]);
    expect(short(`${allowed}\nDROP TABLE b;`)).toEqual(['error migration_drops 4:1']);
    expect(short(allowed.replace('migration_drops', 'migration_renames'))).toEqual([
      'error migration_drops 3:1',
    ]);
    expect(short('-- fairway: allow migration_drops\nDROP TABLE a;')).toEqual([
      'error migration_directive_unknown 1:1',
    ]);
  });
});

describe('backfill', () => {
  const fine = `-- fairway: batch 10
WITH batch AS (SELECT id FROM a WHERE :cursor::int IS NULL OR id > :cursor::int ORDER BY id LIMIT :batch),
moved AS (UPDATE a SET c = b FROM batch WHERE a.id = batch.id) SELECT id AS cursor FROM batch ORDER BY id;`;

  test.each([
    [fine, []],
    ['DROP TABLE a', ['error migration_drops 1:1']],
    ['-- fairway: batch 10\nALTER TABLE a DROP COLUMN b', ['error migration_drops 2:1']],
    [`${fine}\nDROP TABLE a`, ['error migration_drops 4:1']],
    ['UPDATE a SET c = b', ['error migration_backfill_shape 1:1']],
    [fine.replace(':batch', '10'), ['error migration_backfill_shape 1:1']],
    [fine.replace('FROM a', 'FORM a'), ['error migration_syntax 2:31']],
  ])('%s', (sql, expected) => {
    expect(short(sql, 'backfill')).toEqual(expected);
  });
});

describe('contract', () => {
  test.each([
    ['DROP TABLE a; ALTER TABLE b DROP c, ALTER d SET NOT NULL', []],
    ['DROP INDEX CONCURRENTLY i', ['error migration_needs_no_transaction 1:1']],
    ['-- fairway: no transaction\nDROP INDEX CONCURRENTLY i', []],
    ['ROLLBACK', ['error migration_transaction_statement 1:1']],
  ])('%s', (sql, expected) => {
    expect(short(sql, 'contract')).toEqual(expected);
  });
});

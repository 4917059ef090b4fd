import { describe, expect, test } from 'vitest';
import { readMigrations } from './migrations.ts';

const migrations = await readMigrations();

/** What would break the version that runs beside this one. */
const contracting = /\b(?:DROP|RENAME|TRUNCATE)\b|\bALTER\s+COLUMN\b|\bSET\s+NOT\s+NULL\b/i;

describe.each(migrations)('$name', ({ name, sql }) => {
  test('has a number, the next one', () => {
    const index = migrations.findIndex((each) => each.name === name);
    expect(Number(/^(\d{3})-[a-z-]+\.sql$/.exec(name)?.[1])).toBe(index + 1);
  });

  test('only adds', () => {
    const statements = sql.replaceAll(/--.*$/gm, '').split(';');
    expect(statements.filter((statement) => contracting.test(statement))).toEqual([]);
  });

  test('adds no column to an older table that the version before could not fill', () => {
    const added = [...sql.matchAll(/ADD\s+COLUMN[^,;]*/gi)].map(([text]) => text);
    expect(added.filter((text) => /NOT\s+NULL/i.test(text) && !/DEFAULT/i.test(text))).toEqual([]);
  });
});

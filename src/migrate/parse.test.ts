import { expect, test } from 'vitest';
import { openParser } from './parse.ts';

const parser = await openParser();

test('statements have their own text and their place in characters', () => {
  const sql = "-- é\n\nSELECT 'ü;ß' ;\n /* ж */ SELECT $$;$$\n;;\n-- end";
  const parsed = parser.parse(sql);
  if (!parsed.ok) throw new Error(parsed.error.reason);
  expect(parsed.value.map(({ text, line, column }) => ({ text, line, column }))).toEqual([
    { text: "SELECT 'ü;ß'", line: 3, column: 1 },
    { text: 'SELECT $$;$$', line: 4, column: 10 },
  ]);
  for (const { text, start } of parsed.value) expect(sql.slice(start, start + text.length)).toBe(text);
});

test.each(['', ' \n', '-- only words', '/* ; */ ;;'])('%j has no statement', (sql) => {
  expect(parser.parse(sql)).toEqual({ ok: true, value: [] });
});

test.each([
  ['SELECT 1;\n-- é\nALTER TABEL a', 3, 7],
  ["SELECT 'open", 1, 8],
  ['SELECT 1 /* open', 1, 10],
])('%j is broken at line %i, column %i', (sql, line, column) => {
  expect(parser.parse(sql)).toMatchObject({ ok: false, error: { line, column } });
});

test('placeholders are bound where they are code, without moving anything', () => {
  const sql = `SELECT ':cursor' /* :batch */ AS ":cursor", :cursor::text, $$ :batch $$ -- :batch\nLIMIT :batch`;
  expect(parser.bind(sql)).toEqual({
    ok: true,
    value: {
      sql: `SELECT ':cursor' /* :batch */ AS ":cursor", $1     ::text, $$ :batch $$ -- :batch\nLIMIT $2    `,
      cursor: true,
      batch: true,
    },
  });
  expect(parser.bind("SELECT ':cursor' || ':batch'")).toMatchObject({
    value: { cursor: false, batch: false },
  });
});

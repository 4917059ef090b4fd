import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { judgeMigrations, openParser, phases, readMigrations } from '../../../../src/migrate/index.ts';

const read = await readMigrations(fileURLToPath(new URL('migrations', import.meta.url)));
if (!read.ok) throw new Error(read.error.code);
const files = read.value;
const parser = await openParser();

describe.each(phases)('%s', (phase) => {
  const ofPhase = files.filter((file) => file.phase === phase);
  const numbers = ofPhase.map(({ name }) => Number(/^(\d{3})-[a-z-]+\.sql$/.exec(name)?.[1]));

  test('its files have numbers, each once', () => {
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
    expect(numbers.length).toBeGreaterThan(0);
  });

  test('nothing in it would hurt the version that runs beside this one', () => {
    expect(judgeMigrations(ofPhase, parser)).toEqual([]);
  });
});

test('expand leaves no number out, and can be applied by core in one transaction', () => {
  const expand = files.filter(({ phase }) => phase === 'expand');
  expect(expand.map(({ name }) => Number(name.slice(0, 3)))).toEqual(expand.map((_, index) => index + 1));
  expect(expand.filter(({ sql }) => /^-- fairway: no transaction/i.test(sql))).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue, catalogueAreas, placeholdersOf } from '#kernel';
import { errorsPage } from '../scripts/errors-page.ts';
import { codeUses } from './errors-codes.ts';
import { readSource } from './tidy-source.ts';
import { readProject, root } from './tidy-tree.ts';

const { uses, unreadable } = codeUses(readProject().sources);
const used = new Set(uses.map(({ code }) => code));

describe('the catalogue', () => {
  test('every failure the program makes names its code where it is made', () => {
    expect(unreadable.filter((place) => !place.startsWith('src/kernel/'))).toEqual([]);
  });

  test('every code the program uses has an entry', () => {
    const lost = uses.filter(({ code }) => !Object.hasOwn(catalogue, code));
    expect(lost.map(({ code, place }) => `${code} (${place}): add it to src/kernel/catalogue-*.ts`)).toEqual(
      [],
    );
  });

  test('every entry is used', () => {
    const idle = Object.keys(catalogue).filter((code) => !used.has(code));
    expect(idle.map((code) => `${code}: nothing fails with it any more; delete the entry`)).toEqual([]);
  });

  test('no code stands in two areas', () => {
    const codes = catalogueAreas.flatMap(({ entries }) => Object.keys(entries));
    expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted());
  });

  test('every fact a sentence cannot do without is given wherever the failure is made', () => {
    const lacking = uses.flatMap(({ code, place, facts }) => {
      const entry = catalogue[code];
      if (entry === undefined || facts === null) return [];
      const needed = placeholdersOf(`${entry.sentence} ${entry.hint}`).needed;
      return needed
        .filter((fact) => !facts.includes(fact))
        .map((fact) => `${code} (${place}) has no {${fact}}`);
    });
    expect(lacking).toEqual([]);
  });

  test('every fact of a part that may be left out is given somewhere', () => {
    const unknown = Object.entries(catalogue).flatMap(([code, { sentence, hint }]) => {
      const sites = uses.filter((use) => use.code === code);
      if (sites.some(({ facts }) => facts === null)) return [];
      const given = sites.flatMap(({ facts }) => facts ?? []);
      const { optional } = placeholdersOf(`${sentence} ${hint}`);
      return optional
        .filter((fact) => !given.includes(fact))
        .map((fact) => `${code}: nobody gives {${fact}}`);
    });
    expect(unknown).toEqual([]);
  });

  test('sentences and hints are whole sentences', () => {
    const texts = Object.entries(catalogue).flatMap(([code, { sentence, hint }]) => [
      { code, text: sentence },
      { code, text: hint },
    ]);
    const broken = texts.filter(({ text }) => !/^[A-Z{[].*[.\]]$/.test(text) || /\s\s/.test(text));
    expect(broken).toEqual([]);
  });

  test('statuses are those of failures', () => {
    const odd = Object.entries(catalogue).filter(([, { status }]) => status < 400 || status > 599);
    expect(odd).toEqual([]);
  });
});

test('docs/errors.md is what npm run errors:write makes of the catalogue', () => {
  expect(readFileSync(join(root, 'docs', 'errors.md'), 'utf8')).toBe(errorsPage());
});

describe('reading codes', () => {
  test.each([
    ["return fail('a_b', { one, two: f(x, { y }) });", [{ code: 'a_b', facts: ['one', 'two'] }]],
    ["fail('a_b');", [{ code: 'a_b', facts: [] }]],
    ["fail('a_b', { ...facts, one })", [{ code: 'a_b', facts: null }]],
    ["fail('a_b', facts)", [{ code: 'a_b', facts: null }]],
    [
      "fail(x === 'E_X' ? 'one' : 'two', { path })",
      ['one', 'two'].map((code) => ({ code, facts: ['path'] })),
    ],
    ["const cause = { code: 'a_b', facts: { exit, last: 1 } };", [{ code: 'a_b', facts: ['exit', 'last'] }]],
    ["const cause = { code: 'a_b', facts, at };", [{ code: 'a_b', facts: null }]],
    ["fail('a_b', { text: `a, ${b}`, c })", [{ code: 'a_b', facts: ['text', 'c'] }]],
    ["fail('a_b', { one: 'x, y', two: { three } })", [{ code: 'a_b', facts: ['one', 'two'] }]],
    ["const issue = { code: 'custom', message };", []],
    ["// fail('a_b')", []],
  ])('%s', (text, expected) => {
    const found = codeUses([readSource('src/engine/a.ts', text)]).uses;
    expect(found.map(({ code, facts }) => ({ code, facts }))).toEqual(expected);
  });

  test('a code that is not written out is told', () => {
    expect(codeUses([readSource('src/engine/a.ts', '\nfail(code, {})')]).unreadable).toEqual([
      'src/engine/a.ts:2',
    ]);
  });
});

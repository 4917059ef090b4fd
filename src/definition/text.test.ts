import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeFinding } from './findings.ts';
import { locate } from './positions.ts';
import { readText } from './yaml.ts';

const yaml = (text: string) => readText({ path: 'fairway.config.yaml', kind: 'yaml', text });
const json = (text: string) => readText({ path: 'fairway.config.json', kind: 'json', text });

test('no text makes the readers throw, and whatever they refuse has a place', () => {
  const pieces = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '\t',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&x',
    '*x',
    '<<: ',
    '"',
    "'",
    '|',
    '>',
    '!t',
    '#',
    '---',
    '?',
    ',',
    '1',
    '%',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(yaml, json), (text, read) => {
      const result = read(text);
      for (const { line, column, sentence } of result.ok ? [] : result.error) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(sentence).toMatch(/\.$/);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('JSON is read as it is, with the places of its parts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = json(JSON.stringify(value, null, 2));
      expect(read.ok && JSON.stringify(read.value.value)).toBe(JSON.stringify(value));
    }),
  );
  const read = json('{\n  "a": {\n    "b": [1, 22]\n  }\n}');
  const tree = read.ok ? read.value.positions : null;
  expect(locate(tree, ['a', 'b', 1], 'value')).toEqual([3, 14]);
  expect(locate(tree, ['a', 'b'], 'key')).toEqual([3, 5]);
  expect(locate(tree, ['a', 'b', 7, 'c'], 'value')).toEqual([3, 5]);
  expect(locate(tree, ['nothing'], 'value')).toEqual([1, 1]);
});

test('aliases that would multiply without end are refused', () => {
  const lines = ['a0: &a0 [x, x]'];
  for (let level = 1; level < 12; level += 1) {
    const before = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => before).join(', ')}]`);
  }
  const read = yaml(`${lines.join('\n')}\n`);
  expect(read.ok ? [] : read.error.map(({ code }) => code)).toEqual(['definition_syntax']);
});

test('a finding is one line, whatever it quotes', () => {
  const line = describeFinding({
    severity: 'error',
    code: 'definition_bad_name',
    file: 'fairway.config.ts',
    line: 1,
    column: 2,
    path: 'a',
    sentence: 'A name\nwith \u001b[31mcolour\u202e.',
    received: null,
    hint: 'write another',
  });
  expect(line).toBe('fairway.config.ts:1:2  definition_bad_name  A name?with ?[31mcolour?.  write another');
});

import { describe, expect, test } from 'vitest';
import { parseSelector } from '#core/system';
import { keyOf, readExposition } from './exposition.ts';
import { matching } from './select.ts';

const wanted = new Set(['a_total', 'b']);
const read = (text: string, isOpenMetrics = false) => readExposition(text, wanted, { isOpenMetrics });

describe('lines that are read', () => {
  test.each([
    ['a_total 5', {}, 5],
    ['a_total{} 5', {}, 5],
    ['a_total{x="1"} 5', { x: '1' }, 5],
    ['a_total{x="1",} 5', { x: '1' }, 5],
    ['a_total{ x = "1" , y="2" } 5 1395066363000', { x: '1', y: '2' }, 5],
    ['a_total{x="1"}5', { x: '1' }, 5],
    [String.raw`a_total{x="a\\b\"c\nd\q"} 5`, { x: 'a\\b"c\nd\\q' }, 5],
    ['a_total{x="} 7"} 5', { x: '} 7' }, 5],
    ['a_total\t1.5e3', {}, 1500],
    ['a_total +Inf', {}, Number.POSITIVE_INFINITY],
    ['a_total NaN', {}, Number.NaN],
    ['b -.5', {}, -0.5],
    ['a_total{x="1"} 5 1.5 # {trace_id="1"} 0.5 1.6', { x: '1' }, 5],
    ['a_total 5\r', {}, 5],
  ] as const)('%s', (line, labels, value) => {
    const page = read(`# HELP a_total Words # of \\n help\n${line}\n`);
    expect(page.ok && page.value.samples.map((sample) => [{ ...sample.labels }, sample.value])).toEqual([
      [labels, value],
    ]);
  });
});

describe('pages that are refused whole', () => {
  test.each([
    ['a page of HTML', '<html>\n', 1, 'no name of a metric stands at its beginning'],
    ['a line that broke off', 'a_total 5\na_total{x="1', 2, 'its labels cannot be read'],
    ['a line without a value', 'a_total 5\nb', 2, 'no number stands behind its name'],
    ['no number', 'a_total five', 1, 'no number stands behind its name'],
    ['a number with more behind it', 'a_total 5 6 7', 1, 'no number stands behind its name'],
    ['hexadecimal', 'a_total 0x10', 1, 'no number stands behind its name'],
    ['a label twice', 'a_total{x="1",x="2"} 5', 1, 'it has the label x twice'],
    ['labels without commas', 'a_total{x="1"y="2"} 5', 1, 'its labels cannot be read'],
    [
      'the same series twice',
      'a_total{x="1",y="2"} 5\na_total{y="2",x="1"} 5',
      2,
      'the same series stands there twice',
    ],
    ['a line without end', `a_total{x="${'y'.repeat(17_000)}"} 5`, 1, 'the line is too long'],
    ['something behind the end', 'a_total 5\n# EOF\nb 1\n', 3, 'something follows the end of the page'],
    [
      'too many series',
      Array.from({ length: 20_001 }, (_, i) => `b{i="${i}"} 1`).join('\n'),
      20_001,
      'there are more than 20000 series',
    ],
  ] as const)('%s', (_, text, line, reason) => {
    expect(read(text)).toEqual({ ok: false, error: { code: 'metrics_unreadable', facts: { line, reason } } });
  });

  test('a page of OpenMetrics that broke off between two lines', () => {
    expect(read('a_total 5\n', true)).toMatchObject({
      ok: false,
      error: { facts: { reason: 'the page broke off' } },
    });
    expect(read('a_total 5\n# EOF\n', true).ok).toBe(true);
  });
});

test('what nobody asked for is read and left out, and names of metrics without series are known', () => {
  const page = read('# TYPE h histogram\n# TYPE c counter\n# TYPE d_total counter\nx{y="1"} 2\na_total 1\n');
  expect(page.ok && page.value.samples).toHaveLength(1);
  expect(page.ok && [...page.value.known].sort()).toEqual(
    ['a_total', 'c', 'c_total', 'd_total', 'h', 'h_bucket', 'h_count', 'h_sum', 'x'].sort(),
  );
});

test('a series is the same whatever the order of its labels', () => {
  expect(keyOf({ name: 'a', labels: { x: '1', y: '2' } })).toBe(
    keyOf({ name: 'a', labels: { y: '2', x: '1' } }),
  );
  expect(keyOf({ name: 'a', labels: { x: '1,y:2' } })).not.toBe(
    keyOf({ name: 'a', labels: { x: '1', y: '2' } }),
  );
});

test('a large page is read within a moment', () => {
  const lines = Array.from({ length: 60_000 }, (_, i) => `other_metric{path="/a/${i}",code="200"} ${i}`);
  const text = `${lines.join('\n')}\na_total 5\n`;
  expect(text.length).toBeGreaterThan(2_500_000);
  const before = performance.now();
  const page = read(text);
  expect(page.ok && page.value.samples).toHaveLength(1);
  expect(performance.now() - before).toBeLessThan(5_000);
});

describe('selectors', () => {
  const fits = (text: string, labels: Readonly<Record<string, string>>) => {
    const parsed = parseSelector(text);
    if (!parsed.ok) throw new Error(parsed.error);
    return matching(parsed.value)({ name: 'a_total', labels });
  };
  test.each([
    ['a_total', { code: '200' }, true],
    ['b_total', { code: '200' }, false],
    ['a_total{code="200"}', { code: '200' }, true],
    ['a_total{code="20"}', { code: '200' }, false],
    ['a_total{code!="200"}', { code: '200' }, false],
    ['a_total{code!="200"}', {}, true],
    ['a_total{code=~"5.."}', { code: '503' }, true],
    ['a_total{code=~"5.."}', { code: '5033' }, false],
    ['a_total{code=~"4..|5.."}', { code: '404' }, true],
    ['a_total{code=~"4|5.."}', { code: '45xx' }, false],
    ['a_total{code!~"5..",route!="/healthz"}', { code: '200', route: '/a' }, true],
    ['a_total{code!~"5..",route!="/healthz"}', { code: '200', route: '/healthz' }, false],
    ['a_total{code=""}', {}, true],
    ['a_total{ code = "1" , }', { code: '1' }, true],
    [String.raw`a_total{p="a\"b\\c"}`, { p: 'a"b\\c' }, true],
  ] as const)('%s of %o: %s', (text, labels, expected) => {
    expect(fits(text, labels)).toBe(expected);
  });

  test.each([
    ['', 'begin with the name of a metric, such as http_requests_total'],
    ['rate(a[5m])', 'write the labels as in http_requests_total{code=~"5..",route!="/healthz"}'],
    ['a{code=5}', 'write the labels as in http_requests_total{code=~"5..",route!="/healthz"}'],
    ['a{x="1" y="2"}', 'write the labels as in http_requests_total{code=~"5..",route!="/healthz"}'],
    ['a{code=~"("}', 'write a valid pattern, such as 5.. or timeout|refused'],
    ['a{code=~"(a+)+"}', 'write the pattern without repeating a group'],
    ['a{code=~".*a.*b.*"}', 'write at most 2 of * and + in a pattern'],
    ['a{code=~"(?=x)"}', 'write a plain pattern, such as 5.. or timeout|refused'],
    [String.raw`a{code=~"(a)\\1"}`, 'write a plain pattern, such as 5.. or timeout|refused'],
  ])('%s is none', (text, write) => {
    expect(parseSelector(text)).toEqual({ ok: false, error: write });
  });
});

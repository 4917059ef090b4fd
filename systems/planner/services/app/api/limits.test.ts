import { describe, expect, test } from 'vitest';
import { planSchema } from './limits.ts';
import { plainText } from './plain-text.ts';

const plan = { portfolio: 1_000_000, spending: 40_000, years: 30, equity: 60, scenarios: 1_000 };

describe('the limits, at both ends', () => {
  test.each([
    ['portfolio', [999, 999.99, 100_000_000.01, 100_000_001, -1], [1_000, 1_000.5, 100_000_000]],
    ['spending', [-0.01, 1_000_000.01, 1_000_001], [0, 12.34, 1_000_000]],
    ['years', [0, 101, 1.5], [1, 100]],
    ['equity', [-1, 100.1, 101], [0, 62.5, 100]],
    ['inflation', [-0.1, 15.1], [0, 2.5, 15]],
    ['scenarios', [9, 10_001, 10.5], [10, 10_000]],
    ['seed', [-1, 4_294_967_296, 0.5], [0, 4_294_967_295]],
  ])('%s', (field, refused, taken) => {
    const schema = planSchema(10_000);
    for (const value of refused) expect(schema.safeParse({ ...plan, [field]: value }).success).toBe(false);
    for (const value of taken) expect(schema.safeParse({ ...plan, [field]: value }).success).toBe(true);
  });

  test.each([
    ['portfolio', '1000'],
    ['portfolio', Number.NaN],
    ['portfolio', Number.POSITIVE_INFINITY],
    ['portfolio', null],
    ['years', undefined],
    ['title', 7],
  ])('%s is not %o', (field, value) => {
    expect(planSchema(1_000).safeParse({ ...plan, [field]: value }).success).toBe(false);
  });

  test.each([1_000, 5_000, 10_000])(
    'an environment with %i scenarios refuses one more, and says so',
    (most) => {
      const read = (scenarios: number) => planSchema(most).safeParse({ ...plan, scenarios });
      expect(read(most).success).toBe(true);
      expect(read(most + 1).error?.issues.map(({ message }) => message)).toEqual([
        `write a whole number of scenarios from 10 to ${most.toLocaleString('en-US')}`,
      ]);
    },
  );
});

describe('texts', () => {
  test.each([
    '<script>alert(1)</script>',
    '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '"><script>alert(1)</script>',
    '<a href="javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<<script>script>alert(1)<</script>/script>',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;',
    '&#60;script&#62;alert(1)&#60;/script&#62;',
    '&#x3c;img src=x onerror=alert(1)&#x3e;',
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    '<style>@import "//evil.example"</style>',
    '<body onload=alert(1)>',
    '<input autofocus onfocus=alert(1)>',
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    '<img src="x` `<script>alert(1)</script>"` `>',
    'java\u0000script:alert(1)',
    'JaVaScRiPt:alert(1)',
    '<script',
    '<img src=x onerror=alert(1)',
    '\u202e<b>x</b>',
    'javajavascript:script:alert(1)',
    '<<<b onclick=alert(1)>>>',
    '<<script',
    `${'&amp;'.repeat(2)}lt;script&gt;`,
    `&${'amp;'.repeat(60)}lt;script&${'amp;'.repeat(60)}gt;alert(1)`,
  ])('%s loses what a browser would run', (attack) => {
    const text = plainText(`My plan ${attack} end`);
    expect(text).toMatch(/^My plan/);
    expect(text).not.toMatch(/<[a-z!/?]|javascript:|\p{Cc}|\u202e/iu);
    expect(plainText(text)).toBe(text);
  });

  test.each([
    ['Anna & Ben, 2 < 3 > 1 "quoted"', 'Anna & Ben, 2 < 3 > 1 "quoted"'],
    ['  Ein Plan für   Übermorgen\n', 'Ein Plan für Übermorgen'],
    ["It's ours: 60/40", "It's ours: 60/40"],
    ['退職計画 🚀', '退職計画 🚀'],
    ['', ''],
  ])('%s stays what it says', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  test('a title has 120 characters at most, whatever was written', () => {
    expect(planSchema(1_000).parse({ ...plan, title: `<b>${'a'.repeat(1_000)}</b>` }).title).toHaveLength(
      120,
    );
  });
});

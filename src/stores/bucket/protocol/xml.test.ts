import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { childrenOf, readXml, textOf } from './xml-read.ts';
import { element, xmlDocument } from './xml-write.ts';

describe('XML', () => {
  it('brings back any text that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const read = readXml(xmlDocument('Root', element('Key', text), element('Empty')));
        expect(read.ok && textOf(read.value, 'Key')).toBe(text);
        expect(read.ok && textOf(read.value, 'Empty')).toBe('');
      }),
    );
  });

  test.each([
    ['<a><b>1</b><b>2</b></a>', ['1', '2']],
    ['<?xml version="1.0"?>\n<a xmlns="x" y=\'z\'>\n <b />\n</a>\n', ['']],
    ['<n:a><n:b>&lt;&#65;&#x42;&amp;lt;</n:b></n:a>', ['<AB&lt;']],
    ['<a><!-- <b> --><b><![CDATA[<&>]]></b></a>', ['<&>']],
  ])('%j is read', (text, expected) => {
    const read = readXml(text);
    expect(read.ok && childrenOf(read.value, 'b').map((child) => child.text)).toEqual(expected);
  });

  test.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a></a><b></b>',
    '<a>&unknown;</a>',
    '<a>& </a>',
    '<a>&#xD800;</a>',
    '<a>&#x110000;</a>',
    '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    '<a b=1/>',
    `${'<a>'.repeat(20)}${'</a>'.repeat(20)}`,
    '<a',
    '{"a":1}',
  ])('%j is refused', (text) => {
    expect(readXml(text)).toMatchObject({ ok: false, error: { code: 'MalformedXML' } });
  });

  it('is refused in a time that grows with its length only', () => {
    const long = 200_000;
    for (const text of [
      `<a ${'b="c" '.repeat(long)}`,
      '<'.repeat(long),
      '&'.repeat(long),
      `<!--${'-'.repeat(long)}`,
    ]) {
      expect(readXml(`<r>${text}</r>`).ok).toBe(false);
    }
  });
});

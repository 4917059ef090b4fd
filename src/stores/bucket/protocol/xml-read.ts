import { ok } from '#kernel';
import { type Answer, refuse } from './refusal.ts';

export interface Element {
  readonly name: string;
  /** All text directly inside, with references resolved. */
  readonly text: string;
  readonly children: readonly Element[];
}

/**
 * Reads the small XML documents that S3 clients send: elements, text, references, CDATA, comments. Attributes and
 * namespace prefixes are dropped. Document types are refused, so that no entity can be declared. Failure: `MalformedXML`.
 */
export function readXml(text: string): Answer<Element> {
  const open: Draft[] = [{ name: '', text: '', children: [] }];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    if (token.index !== end) return malformed(`character ${end} is not XML`);
    end = token.index + token[0].length;
    const problem = take(token, open);
    if (problem !== null) return malformed(problem);
  }
  const [outer, unclosed] = open;
  const root = outer?.children[0];
  if (end !== text.length) return malformed(`character ${end} is not XML`);
  if (unclosed !== undefined) return malformed(`<${unclosed.name}> is not closed`);
  if (root === undefined || outer?.children.length !== 1 || outer.text.trim() !== '') {
    return malformed('a document has exactly one root element');
  }
  return ok(root);
}

export function childrenOf(parent: Element, name: string): readonly Element[] {
  return parent.children.filter((child) => child.name === name);
}

export function childOf(parent: Element, name: string): Element | null {
  return parent.children.find((child) => child.name === name) ?? null;
}

/** The text of the first child of that name; null where there is none. */
export function textOf(parent: Element, name: string): string | null {
  return childOf(parent, name)?.text ?? null;
}

interface Draft {
  readonly name: string;
  text: string;
  readonly children: Element[];
}

const NAME = String.raw`(?:[\w.-]+:)?([\w.-]+)`;
const ATTRIBUTES = String.raw`(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*`;
const TOKEN = new RegExp(
  [
    String.raw`\ufeff?<\?xml[^?]*\?>`,
    String.raw`<!--[\s\S]*?-->`,
    String.raw`<!\[CDATA\[(?<raw>[\s\S]*?)\]\]>`,
    `<(?<open>${NAME})${ATTRIBUTES}(?<empty>/?)>`,
    String.raw`</(?<close>${NAME})\s*>`,
    '(?<text>[^<]+)',
  ].join('|'),
  'gu',
);
const MAX_DEPTH = 16;

/** Applies one token to the stack of open elements; a sentence when it does not fit. */
function take(token: RegExpExecArray, open: Draft[]): string | null {
  const { raw, text, open: opened, close, empty } = token.groups ?? {};
  const inner = open.at(-1);
  if (inner === undefined) return 'an element is closed that was not opened';
  if (raw !== undefined) inner.text += raw;
  if (text !== undefined) {
    const resolved = resolveReferences(text);
    if (resolved === null) return 'it holds a reference that is not known';
    inner.text += resolved;
  }
  if (opened !== undefined) {
    const element: Draft = { name: localName(opened), text: '', children: [] };
    inner.children.push(element);
    if (empty !== '/') open.push(element);
    if (open.length > MAX_DEPTH) return 'it is nested too deeply';
  }
  if (close !== undefined && (open.length === 1 || open.pop()?.name !== localName(close))) {
    return `</${close}> does not close what is open`;
  }
  return null;
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

const REFERENCES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function resolveReferences(text: string): string | null {
  let unknown = false;
  const resolved = text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const character = whole.endsWith(';') ? (REFERENCES[name] ?? numericReference(name)) : null;
    if (character === null) unknown = true;
    return character ?? '';
  });
  return unknown ? null : resolved;
}

function numericReference(name: string): string | null {
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (digits === null) return null;
  const point = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  const isSurrogate = point >= 0xd800 && point <= 0xdfff; // half a character: it has no UTF-8 form
  return point > 0x10ffff || isSurrogate ? null : String.fromCodePoint(point);
}

const malformed = (problem: string) => refuse('MalformedXML', `The body is not well-formed XML: ${problem}.`);

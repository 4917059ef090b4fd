import {
  type Bytes,
  type Millis,
  type Percent,
  parseBytes,
  parseDuration,
  parseMoney,
  parsePercent,
  parseRate,
  type Result,
} from '#kernel';

/** What a place of a definition has to hold: a value, part of an object, a pattern of a text, or a question. */
export type Expected =
  | null
  | boolean
  | number
  | string
  | RegExp
  | Ask
  | readonly Expected[]
  | { readonly [field: string]: Expected };

/** A question to a value: null when it fits, or what was asked for. */
export type Ask = (value: unknown) => string | null;

/** What was asked for, when the value is not that; null when it is. Objects may have more fields than asked for. */
export function misfit(expected: Expected, value: unknown): string | null {
  if (typeof expected === 'function') return expected(value);
  if (expected instanceof RegExp)
    return typeof value === 'string' && expected.test(value) ? null : String(expected);
  if (Array.isArray(expected)) return ofList(expected, value);
  if (typeof expected === 'object' && expected !== null) {
    if (typeof value !== 'object' || value === null) return `an object, not ${shown(value)}`;
    for (const [field, wanted] of Object.entries(expected)) {
      const problem = misfit(wanted, (value as Record<string, unknown>)[field]);
      if (problem !== null)
        return `${field}: ${problem}, not ${shown((value as Record<string, unknown>)[field])}`;
    }
    return null;
  }
  return Object.is(expected, value) ? null : shown(expected);
}

export const present: Ask = (value) => (isEmpty(value) ? 'something' : null);
export const absent: Ask = (value) => (isEmpty(value) ? null : 'nothing');
export const atLeast =
  (least: number): Ask =>
  (value) =>
    typeof value === 'number' && value >= least ? null : `at least ${least}`;

/** An object or a list with so many members, or more. */
export const members =
  (least: number): Ask =>
  (value) =>
    membersOf(value).length >= least ? null : `${least} members or more`;

/** So many members and no more. */
export const exactly =
  (number: number): Ask =>
  (value) =>
    membersOf(value).length === number ? null : `${number} members`;

/** An object with these names and no other, in any order. */
export const named =
  (...names: readonly string[]): Ask =>
  (value) => {
    const found = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return found.toSorted().join() === names.toSorted().join() ? null : `the names ${names.join(', ')}`;
  };

/** One member at least is so: for what may bear any name. */
export const some =
  (expected: Expected): Ask =>
  (value) =>
    membersOf(value).some((member) => misfit(expected, member) === null)
      ? null
      : `a member like ${described(expected)}`;

/** Each of these is fitted by a member. */
export const all =
  (...expected: readonly Expected[]): Ask =>
  (value) =>
    expected.map((one) => some(one)(value)).find((problem) => problem !== null) ?? null;

/** Each member is so, and there is one. */
export const each =
  (expected: Expected): Ask =>
  (value) => {
    const found = membersOf(value);
    if (found.length === 0) return 'at least one member';
    return found.map((member) => misfit(expected, member)).find((problem) => problem !== null) ?? null;
  };

export const either =
  (...expected: readonly Expected[]): Ask =>
  (value) =>
    expected.some((one) => misfit(one, value) === null) ? null : expected.map(described).join(' or ');

export const time = (text: string): Millis => read(parseDuration(text), text);
export const size = (text: string): Bytes => read(parseBytes(text), text);
export const share = (text: string): Percent => read(parsePercent(text), text);
export const money = (text: string): { readonly from: number; readonly to: number } => {
  const value = read(parseMoney(text), text);
  return { from: value, to: value };
};
export const between = (least: string, most: string) => ({ from: money(least).from, to: money(most).to });

/** A limit whose unit depends on what is measured: `5%`, `250ms`, `80`. */
export function limit(text: string | number): Expected {
  if (typeof text === 'number') return { unit: 'count', value: text };
  if (text.endsWith('%')) return { unit: 'percent', value: share(text) };
  if (text.includes('/')) return { unit: 'rate', value: { ...read(parseRate(text), text) } };
  return { unit: 'duration', value: time(text) };
}
export const rate = (text: string) => ({ ...read(parseRate(text), text) });

/** Texts or names in which each of these is said somewhere; words may be joined by underscores. */
export const said =
  (...patterns: readonly RegExp[]): Ask =>
  (value) => {
    const text = (JSON.stringify(value) ?? '').replaceAll('_', ' ');
    const missing = patterns.filter((pattern) => !pattern.test(text));
    return missing.length === 0 ? null : `the words ${missing.join(', ')}`;
  };

/** An upper bound: `<15m` is less than, `4h` at most. */
export const bound = (text: string) => ({
  limit: time(text.replace('<', '')),
  strict: text.startsWith('<'),
});

function ofList(expected: readonly Expected[], value: unknown): string | null {
  if (!Array.isArray(value) || value.length !== expected.length)
    return `a list of ${expected.length}: ${described(expected)}`;
  return (
    expected.map((wanted, index) => misfit(wanted, value[index])).find((problem) => problem !== null) ?? null
  );
}

function membersOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return membersOf(value).length === 0;
  return value === undefined || value === null || value === '' || value === false || value === 0;
}

function described(expected: Expected): string {
  if (typeof expected === 'function') return expected(undefined) ?? 'anything';
  if (expected instanceof RegExp) return String(expected);
  if (Array.isArray(expected)) return `[${expected.map(described).join(', ')}]`;
  if (typeof expected === 'object' && expected !== null)
    return `{ ${Object.entries(expected)
      .map(([field, wanted]) => `${field}: ${described(wanted)}`)
      .join(', ')} }`;
  return shown(expected);
}

export function shown(value: unknown, most = 200): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function read<T>(parsed: Result<T, unknown>, text: string): T {
  if (!parsed.ok) throw new Error(`${text} cannot be read`);
  return parsed.value;
}

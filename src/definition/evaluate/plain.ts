import type { OddPart } from './messages.ts';

const deepest = 50;
const mostParts = 200_000;

/** What JSON can say of a value, and what it would silently leave out or turn into something else. */
export function plain(raw: unknown): { readonly value: unknown; readonly odd: readonly OddPart[] } {
  const odd: OddPart[] = [];
  let parts = 0;

  function copy(value: unknown, path: OddPart['path'], above: readonly object[]): unknown {
    parts += 1;
    const what = oddness(value, above, parts);
    if (what !== null) {
      if (odd.length < 100) odd.push({ path, what });
      return null;
    }
    if (typeof value !== 'object' || value === null) return value;
    const around = [...above, value];
    if (Array.isArray(value))
      return value.map((item: unknown, index) => copy(item, [...path, index], around));
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    // Own properties by any name, "__proto__" included: the reader is to see it and refuse it.
    const copied = Object.create(null) as Record<string, unknown>;
    for (const [name, member] of members) copied[name] = copy(member, [...path, name], around);
    return copied;
  }

  return { value: copy(raw, [], []), odd };
}

function oddness(value: unknown, above: readonly object[], parts: number): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : `the number ${value}`;
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' || typeof value === 'boolean' || value === null
      ? null
      : `a ${typeof value}`;
  if (above.includes(value)) return 'a part of itself';
  if (above.length > deepest) return `deeper than ${deepest} levels`;
  if (parts > mostParts) return `beyond the ${mostParts} parts a definition may have`;
  if (Array.isArray(value)) return null;
  if (value instanceof Promise) return 'a promise';
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? null : 'an object of a class';
}

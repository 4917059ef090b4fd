import type { Json } from '#kernel';
import { type Path, type Problem, pathText, problem } from '../finding.ts';

/** Names that mean something to JavaScript itself; as keys of data they are at best a mistake. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const deepest = 40;
const mostParts = 100_000;

export type Data = { readonly [name: string]: Json };

/**
 * A copy that is data and nothing else: no functions, no cycles, no prototypes, no endless depth. What is `undefined` is
 * left out. The rest of the reader may trust it.
 */
export function tame(raw: unknown): { readonly data: Json; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const above = new Set<object>();
  let parts = 0;

  function copy(value: unknown, path: Path): Json {
    parts += 1;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value !== 'object') return refuse(path, kindOf(value));
    if (above.has(value)) return refuse(path, 'a part of itself');
    if (path.length >= deepest) return refuse(path, `deeper than ${deepest} levels`);
    if (parts > mostParts) return refuse([], `larger than ${mostParts} parts`);
    if (!Array.isArray(value) && !isPlain(value)) return refuse(path, 'an object of a class');
    above.add(value);
    const copied = Array.isArray(value)
      ? value.map((item: unknown, index) => copy(item, [...path, index]))
      : copyMembers(value, path);
    above.delete(value);
    return copied;
  }

  function copyMembers(value: object, path: Path): Json {
    const members: Record<string, Json> = {};
    for (const [name, member] of Object.entries(value)) {
      if (forbidden.has(name)) {
        const sentence = `"${name}" cannot be a name: it means something to JavaScript itself.`;
        problems.push(problem('definition_bad_name', [...path, name], sentence, { point: 'key' }));
      } else if (member !== undefined) {
        members[name] = copy(member, [...path, name]);
      }
    }
    return members;
  }

  function refuse(path: Path, what: string): null {
    if (problems.length < 100) problems.push(notData(path, what));
    return null;
  }

  return { data: copy(raw, []), problems };
}

/** `what` stands there: "a function", "a part of itself". */
export function notData(path: Path, what: string): Problem {
  const place = path.length === 0 ? 'The definition' : pathText(path);
  const hint = 'write texts, numbers, true, false, lists and objects only';
  return problem('definition_not_data', path, `${place} is ${what}.`, { hint });
}

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A definition from another realm has that realm's Object: its prototype has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') return `the number ${value}`;
  return value === undefined ? 'missing' : `a ${typeof value}`;
}

import { catalogueEntries } from './catalogue-entries.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import type { Facts, Failure } from './result.ts';

/** A failure in words. */
export interface Description {
  readonly sentence: string;
  readonly hint: string;
  readonly status: number;
  readonly exit: CatalogueEntry['exit'];
}

/** All codes with their entries; `docs/errors.md` is written from it. */
export const catalogue: Readonly<Record<string, CatalogueEntry>> = catalogueEntries;

/**
 * Puts a failure into words. A code without an entry still gets a plain sentence that names it: whoever is shown a
 * failure is not helped by a second one. That every code of the program has its entry is held by test/errors.test.ts.
 */
export function describeFailure({ code, facts }: Failure): Description {
  const entry = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
  if (entry === undefined) {
    const known = Object.entries(facts).map(([name, value]) => `${name}: ${String(value)}`);
    const detail = known.length === 0 ? '' : ` (${known.join(', ')})`;
    return {
      sentence: `Fairway failed with the code ${code}${detail}.`,
      hint: 'This code has no description yet; please report it together with the command you ran.',
      status: 500,
      exit: 1,
    };
  }
  return { ...entry, sentence: fill(entry.sentence, facts), hint: fill(entry.hint, facts) };
}

/** The facts a text names: those it cannot do without, and those of its parts in square brackets. */
export function placeholdersOf(text: string): { readonly needed: string[]; readonly optional: string[] } {
  const names = (part: string) => [...part.matchAll(placeholder)].map((match) => match[1] ?? '');
  const optional = [...text.matchAll(bracketed)].flatMap(([part]) => names(part));
  return { needed: names(text.replace(bracketed, '')), optional };
}

const placeholder = /\{(\w+)(?::(duration|time|bytes))?\}/g;
const bracketed = /\[[^\]]*\]/g;

function fill(text: string, facts: Facts): string {
  const isThere = (part: string) =>
    [...part.matchAll(placeholder)].every(([, name = '']) => facts[name] != null && facts[name] !== '');
  return text
    .replace(bracketed, (part) => (isThere(part) ? part.slice(1, -1) : ''))
    .replace(placeholder, (_, name: string, form: string | undefined) => phrase(facts[name], form))
    .replace(/([.!?])\.(?=\s|$)/g, '$1'); // a fact that was a whole sentence brought its own full stop
}

function phrase(value: Facts[string] | undefined, form: string | undefined): string {
  if (value == null) return 'unknown';
  if (typeof value !== 'number' || form === undefined) return String(value);
  if (form === 'time') return new Date(value).toISOString();
  return inUnits(value, form === 'duration' ? durations : sizes);
}

type Scale = readonly (readonly [unit: string, size: number])[];
const durations: Scale = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
const sizes: Scale = [
  ['GiB', 1_073_741_824],
  ['MiB', 1_048_576],
  ['KiB', 1_024],
  ['bytes', 1],
];

/** In the largest unit it fills once, with at most one decimal. */
function inUnits(value: number, scale: Scale): string {
  const [unit, size] = scale.find(([, one]) => Math.abs(value) >= one) ?? scale.at(-1) ?? ['', 1];
  return `${Number((value / size).toFixed(1))} ${unit}`;
}

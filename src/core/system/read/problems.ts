import type { z } from 'zod';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { fieldsAt } from './fields.ts';
import { insteadOf, nearest } from './nearest.ts';
import { valueAt } from './tame.ts';

type Issue = z.core.$ZodIssue;

/**
 * Parses data and says what is wrong with it in our words. The message of an issue is what the schema says to write
 * instead (see schema/units.ts); messages of the library itself are switched off.
 */
export function parse<T>(
  schema: z.ZodType<T>,
  data: unknown,
): { readonly value: T | null; readonly problems: readonly Problem[] } {
  const parsed = schema.safeParse(data, { error: () => '' });
  if (parsed.success) return { value: parsed.data, problems: [] };
  return { value: null, problems: parsed.error.issues.flatMap((issue) => explain(schema, data, issue, [])) };
}

function explain(schema: z.ZodType, data: unknown, issue: Issue, above: Path): readonly Problem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const value = valueAt(data, path);
  const received = isSecret(path) ? null : shown(value);
  const hint = issue.message === '' ? null : issue.message;
  const place = path.length === 0 ? 'The definition' : pathText(path);
  const isMissing = value === undefined && issue.code !== 'unrecognized_keys';
  if (isMissing && path.length > 0) return [missing(path, issue, hint)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, path, fieldsAt(schema, path, data)));
    case 'invalid_union':
      if (issue.errors.length > 0)
        return closest(issue.errors).flatMap((inner) => explain(schema, data, inner, path));
      return [oneOf(path, value, received, 'options' in issue ? issue.options : [])];
    case 'invalid_key': {
      const inner = issue.issues.find(({ message }) => message !== '')?.message ?? null;
      const name = String(path.at(-1));
      const sentence = `"${name}" cannot be a name in ${pathText(path.slice(0, -1))}.`;
      return [
        problem('definition_bad_name', path, sentence, { point: 'key', received: shown(name), hint: inner }),
      ];
    }
    case 'invalid_value':
      return [oneOf(path, value, received, issue.values)];
    case 'invalid_type': {
      const sentence = `${place} must be ${typeWords[issue.expected] ?? issue.expected}, not ${kindOf(value)}.`;
      return [problem('definition_wrong_type', path, sentence, { received, hint })];
    }
    case 'custom': {
      const kind: unknown = issue.params?.['kind'];
      const sentence = `${place} is no ${unitWords[String(kind)] ?? 'value that is allowed here'}.`;
      return [problem('definition_bad_unit', path, sentence, { received, hint })];
    }
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element': {
      const sentence = `${place} is ${wrongs[issue.code]}.`;
      return [problem('definition_bad_value', path, sentence, { received, hint })];
    }
  }
}

const wrongs = {
  too_small: 'too small or too short',
  too_big: 'too large or too long',
  invalid_format: 'not written as it has to be',
  not_multiple_of: 'not a multiple of what it has to be',
  invalid_element: 'not what belongs there',
} as const;

function unknownField(key: string, parent: Path, fields: readonly string[]): Problem {
  const place = parent.length === 0 ? 'a system' : pathText(parent);
  const path = [...parent, key];
  const sentence = `"${key}" is no field of ${place}.`;
  const hint = insteadOf(key, fields, 'fields');
  return problem('definition_unknown_field', path, sentence, { point: 'key', received: shown(key), hint });
}

function missing(path: Path, issue: Issue, hint: string | null): Problem {
  const parent = path.slice(0, -1);
  const last = path.at(-1);
  const what = typeof last === 'number' ? `a part at position ${last + 1}` : `"${String(last)}"`;
  const sentence = `${parent.length === 0 ? 'The system' : pathText(parent)} lacks ${what}.`;
  const values = 'options' in issue ? (issue.options as unknown[]) : 'values' in issue ? issue.values : null;
  const choices = values === null ? hint : `write one of ${list(values)}`;
  return problem('definition_missing_field', path, sentence, { hint: choices });
}

function oneOf(path: Path, value: unknown, received: string | null, values: readonly unknown[]): Problem {
  const near = typeof value === 'string' ? nearest(value, values.map(String)) : null;
  const sentence = `${pathText(path)} must be one of ${list(values)}.`;
  const hint = near === null ? null : `did you mean "${near}"?`;
  return problem('definition_bad_value', path, sentence, { received, hint });
}

/** Of several alternatives the one that what is there comes closest to: the type fits, and least is wrong below. */
function closest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] {
  const isElsewhere = (issues: readonly Issue[]) =>
    issues.some(
      ({ code, path }) => (code === 'invalid_type' || code === 'invalid_value') && path.length === 0,
    );
  const fitting = alternatives.filter((issues) => !isElsewhere(issues));
  const [first, ...others] = fitting.length > 0 ? fitting : alternatives;
  return others.reduce((best, issues) => (issues.length < best.length ? issues : best), first ?? []);
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object with fields',
  record: 'an object with names',
  array: 'a list',
  tuple: 'a list',
};

const unitWords: Readonly<Record<string, string>> = {
  Duration: 'length of time',
  Percent: 'percentage',
  Size: 'size',
  Money: 'amount of money',
  Rate: 'rate',
  Bound: 'upper bound',
  Quantity: 'quantity',
  Processors: 'number of processors',
  TimeZone: 'time zone',
  Day: 'day of the calendar',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'number' ? 'a number' : value === true ? 'true' : 'false';
}

const list = (values: readonly unknown[]) => values.map((value) => `"${String(value)}"`).join(', ');

/** Somebody may have written a value where only its declaration belongs; it must not end up on a screen. */
const isSecret = (path: Path) => path.includes('secrets');

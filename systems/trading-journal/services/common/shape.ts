import { fail, ok, type Result } from './result.ts';

/** Reads one value of a body; undefined when it is not what it should be. */
export interface Field<T> {
  readonly expects: string;
  readonly read: (value: unknown) => T | undefined;
}

/** Reads a JSON object with exactly these fields. Failure: `body_wrong`, naming every field that is wrong. */
export function shape<S extends Readonly<Record<string, Field<unknown>>>>(fields: S) {
  type Value = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never };
  return (text: string): Result<Value> => {
    const body = parseObject(text);
    if (body === null) return fail('body_wrong', 'The body is no JSON object.');
    const value: Record<string, unknown> = {};
    const problems = Object.keys(body)
      .filter((name) => !Object.hasOwn(fields, name))
      .map((name) => `${JSON.stringify(name.slice(0, 40))} is not known`);
    for (const [name, field] of Object.entries(fields)) {
      const read = field.read(body[name]);
      if (read === undefined) problems.push(`"${name}" must be ${field.expects}`);
      else value[name] = read;
    }
    return problems.length > 0 ? fail('body_wrong', `${problems.join('; ')}.`) : ok(value as Value);
  };
}

export function textField(options: { most: number; pattern?: RegExp; expects?: string }): Field<string> {
  const { most, pattern = /^[^\0]*\S[^\0]*$/, expects = `a text of 1 to ${most} characters` } = options;
  return {
    expects,
    read: (value) =>
      typeof value === 'string' && value.length <= most && pattern.test(value) ? value : undefined,
  };
}

export function numberField(least: number, most: number, kind: 'whole' | 'any' = 'any'): Field<number> {
  const isOne = kind === 'whole' ? Number.isSafeInteger : Number.isFinite;
  return {
    expects: `${kind === 'whole' ? 'a whole number' : 'a number'} from ${least} to ${most}`,
    read: (value) =>
      typeof value === 'number' && isOne(value) && value >= least && value <= most ? value : undefined,
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): Field<T> {
  return {
    expects: `one of ${choices.join(', ')}`,
    read: (value) => choices.find((choice) => choice === value),
  };
}

/** A moment as ISO 8601 with its zone, kept as it was written. */
export const momentField: Field<string> = {
  expects: 'a moment such as 2025-01-31T09:30:00Z',
  read: (value) => (typeof value === 'string' && isMoment(value) ? value : undefined),
};

export const isMoment = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/.test(text) &&
  !Number.isNaN(Date.parse(text));

/** A positive decimal number as text, at most 12 digits before and 8 behind the point. */
export const decimalField: Field<string> = {
  expects: 'a positive decimal number as text, such as "101.25"',
  read: (value) => (typeof value === 'string' && isDecimal(value) ? value : undefined),
};

export const isDecimal = (text: string): boolean => /^\d{1,12}(\.\d{1,8})?$/.test(text) && Number(text) > 0;

export function orElse<T, F>(field: Field<T>, fallback: F): Field<T | F> {
  return {
    expects: `${field.expects}, or be left out`,
    read: (value) => (value === undefined || value === null ? fallback : field.read(value)),
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

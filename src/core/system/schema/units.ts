import { z } from 'zod';
import {
  type Bytes,
  type Cents,
  type Millis,
  parseBytes,
  parseDuration,
  parseMoney,
  parsePercent,
  parseProcessors,
  parseRate,
  type Percent,
  type Rate,
  type Result,
  type UnitProblem,
} from '#kernel';

/*
 * Quantities are written as texts and read once. In this folder the message of an issue says what to write instead;
 * what is wrong is said by `read/problems.ts`, which knows the place and what was received.
 */

export const duration = quantity('Duration', parseDuration, {
  description: 'A length of time: a number and a unit (ms, s, m, h, d).',
  examples: ['250ms', '30s', '1h30m'],
});
export const share = quantity('Percent', parsePercent, {
  description: 'A share of a whole, 0% to 100%.',
  examples: ['10%', '0.5%'],
});
export const size = quantity('Size', parseBytes, {
  description: 'A size in bytes; KiB, MiB, GiB count in 1,024, KB, MB, GB in 1,000.',
  examples: ['512MiB', '8GB'],
});
export const money = quantity('Money', parseMoney, {
  description: 'An amount in US dollars.',
  examples: ['$200', '$1,200', '$0.05'],
});
export const rate = quantity('Rate', parseRate, {
  description: 'So many per length of time.',
  examples: ['60/min', '5/s', '300/5min'],
});

/** Processors as a number, or as a text in thousandths. */
export const processors = z
  .union([
    z.number().positive('write at least "1m"'),
    quantity('Processors', parseProcessors, {
      description: 'Processors; 500m is half of one.',
      examples: ['500m'],
    }),
  ])
  .transform((value) => value);

/** A number, or a text in any of the units: for limits whose unit depends on what is measured. */
export type Quantity =
  | { readonly unit: 'count'; readonly value: number }
  | { readonly unit: 'duration'; readonly value: Millis }
  | { readonly unit: 'percent'; readonly value: Percent }
  | { readonly unit: 'size'; readonly value: Bytes }
  | { readonly unit: 'money'; readonly value: Cents }
  | { readonly unit: 'rate'; readonly value: Rate };

export const anyQuantity = z.union([
  z.number().transform((value): Quantity => ({ unit: 'count', value })),
  quantity('Quantity', parseQuantity, {
    description: 'A quantity in the unit of what is measured.',
    examples: ['5%', '250ms', '20/s', '$50'],
  }),
]);

/** "At most 4h" is written `4h`, "less than 15m" is written `<15m`. */
export interface Bound {
  readonly limit: Millis;
  readonly strict: boolean;
}

export const bound = quantity('Bound', parseBound, {
  description: 'An upper bound: "4h" is at most four hours, "<15m" is less than fifteen minutes.',
  examples: ['4h', '<15m'],
});

/** From least to most, when a single figure would claim too much: `$200-500` is written `{ from, to }`. */
export const moneyRange = z.union([
  money.transform((value) => ({ from: value, to: value })),
  z.strictObject({ from: money, to: money }),
]);

function parseBound(text: string): Result<Bound, UnitProblem> {
  const strict = text.startsWith('<') && !text.startsWith('<=');
  const parsed = parseDuration(text.replace(/^(<=|≤|<)\s*/, ''));
  if (parsed.ok) return { ok: true, value: { limit: parsed.value, strict } };
  return {
    ok: false,
    error: { received: text, write: 'write a length of time, with < in front for less than ("<15m")' },
  };
}

function parseQuantity(text: string): Result<Quantity, UnitProblem> {
  const readers: readonly ((text: string) => Result<Quantity, UnitProblem>)[] = [
    (text) => labelled('duration', parseDuration(text)),
    (text) => labelled('percent', parsePercent(text)),
    (text) => labelled('size', parseBytes(text)),
    (text) => labelled('money', parseMoney(text)),
    (text) => labelled('rate', parseRate(text)),
  ];
  for (const read of readers) {
    const parsed = read(text);
    if (parsed.ok) return parsed;
  }
  return {
    ok: false,
    error: { received: text, write: 'write a number, or a quantity with its unit ("5%", "250ms", "20/s")' },
  };
}

function labelled<Unit extends Quantity['unit'], T>(unit: Unit, parsed: Result<T, UnitProblem>) {
  return parsed.ok ? ({ ok: true, value: { unit, value: parsed.value } } as const) : parsed;
}

function quantity<T>(
  id: string,
  parse: (text: string) => Result<T, UnitProblem>,
  meta: { description: string; examples: string[] },
) {
  const example = `write it as text with its unit (${meta.examples.map((text) => `"${text}"`).join(', ')})`;
  return z
    .string(example)
    .meta({ id, ...meta })
    .transform((text, context): T => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.error.write, params: { kind: id } });
      return z.NEVER;
    });
}

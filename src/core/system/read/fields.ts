import { z } from 'zod';
import type { Path } from '../finding.ts';
import { isData } from './tame.ts';

/** The names of the fields that an object at this place may have; what is there decides between alternatives. */
export function fieldsAt(schema: z.ZodType, path: Path, data: unknown): readonly string[] {
  let here: z.core.$ZodType = schema;
  let value = data;
  for (const part of path) {
    const next = memberOf(choose(here, value), part);
    if (next === null) return [];
    here = next;
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  }
  const found = choose(here, value);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** The schema behind wrappers (optional, default, transform) and, of alternatives, the one that fits best. */
export function choose(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return choose(schema.unwrap(), value);
  if (schema instanceof z.ZodPipe) return choose(schema.in, value);
  if (!(schema instanceof z.ZodUnion)) return schema;
  const options = schema.options.map((option) => choose(option, value));
  const objects = options.filter((option) => option instanceof z.ZodObject);
  const kind = isData(value) ? value['kind'] : undefined;
  return objects.find((option) => saysKind(option, kind)) ?? objects[0] ?? options[0] ?? schema;
}

function memberOf(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | null {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.core.$ZodType>;
    return Object.hasOwn(shape, part) ? (shape[part] ?? null) : null;
  }
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return null;
}

function saysKind(option: z.ZodObject, kind: unknown): boolean {
  const literal: unknown = option.shape['kind'];
  return literal instanceof z.ZodLiteral && literal.values.has(kind as never);
}

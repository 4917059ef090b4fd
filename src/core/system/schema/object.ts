import { z } from 'zod';

/**
 * A strict object of the definition under the name it has in the JSON Schema. The fields are documented where they
 * stand, in TSDoc: editors show it for `fairway.config.ts`, and `descriptions.ts` carries it into the JSON Schema.
 */
export function object<const Shape extends z.ZodRawShape>(id: string, shape: Shape) {
  return z.strictObject(shape).meta({ id });
}

/** A set of things by name, so that an environment can change or remove (`null`) a single one. */
export function named<Key extends z.core.$ZodRecordKey, Value extends z.ZodType>(key: Key, value: Value) {
  return z.record(key, value);
}

/** Either the short form or the full one. */
export function either<Short extends z.ZodType, Full extends z.ZodType>(short: Short, full: Full) {
  return z.union([short, full]);
}

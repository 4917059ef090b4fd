import { z } from 'zod';
import type { Instant, Json, Millis, Percent } from '#kernel';

/** Fields that answers share. Their schemas describe what is sent; answers are not parsed again by those who get them. */
export const instant = z
  .number()
  .meta({ description: 'milliseconds since 1970-01-01, UTC' }) as unknown as z.ZodType<Instant>;
export const millis = z.number().meta({ description: 'milliseconds' }) as unknown as z.ZodType<Millis>;
export const percent = z.number().meta({ description: 'percent, 0 to 100' }) as unknown as z.ZodType<Percent>;
/** What is kept as it came. */
export const json: z.ZodType<Json> = z
  .lazy(() =>
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
  )
  .meta({ id: 'Json' });

type Primitive = string | number | boolean | bigint | null | undefined;

/** What a schema describes, as a reader has it: nothing of it is changed. */
export type View<T> = unknown extends T
  ? T
  : T extends Primitive
    ? T
    : T extends readonly (infer E)[]
      ? readonly View<E>[]
      : { readonly [K in keyof T]: View<T[K]> };

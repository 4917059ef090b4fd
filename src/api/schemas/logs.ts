import { z } from 'zod';
import type { View } from './base.ts';

const logLineSchema = z
  .strictObject({ service: z.string(), replica: z.string(), revision: z.string(), text: z.string() })
  .meta({ id: 'LogLine' });
export type LogLineView = View<z.output<typeof logLineSchema>>;

/** Stands where so many lines were left out, because they came faster than they were read. */
const logGapSchema = z.strictObject({ dropped: z.int() }).meta({ id: 'LogGap' });
export type LogGapView = View<z.output<typeof logGapSchema>>;

export const logSchema = z.union([logLineSchema, logGapSchema]);

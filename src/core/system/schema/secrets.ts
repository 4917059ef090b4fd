import { z } from 'zod';
import { text } from './names.ts';
import { either, object } from './object.ts';
import { duration } from './units.ts';

export const secretSchema = object('Secret', {
  /** What it is for. Never the value. */
  role: text.optional(),
  /** On targets without a secret store a random value of this many bytes is made once. Left out: it must be given. */
  generate: z
    .int('write a number of bytes')
    .min(8, 'write 8 bytes or more')
    .max(1_024, 'write at most 1024 bytes')
    .optional(),
  /** A new value is made so often. */
  rotate: duration.optional(),
  /** The old value stays valid for so long after a rotation. */
  overlap: duration.optional(),
  /** Secret in which the old value is published during the overlap. */
  previous: text.optional(),
  /** The value never leaves a key service or hardware module. */
  hardware: z.boolean().optional(),
  /** Data keys under it are wrapped anew so often. */
  rewrap: duration.optional(),
  /** Where it comes from: "stripe", "oauth" … */
  from: text.optional(),
});

const flagFull = object('Flag', {
  /** Value without a rule. */
  default: z.union([z.boolean(), z.string(), z.number()], 'write true, false, a text or a number'),
  /** What it switches. */
  role: text.optional(),
  /** Switching it makes the system safer; it is offered on the page for emergencies. */
  killSwitch: z.boolean().optional(),
  /** Values it may take. */
  values: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** A value, or a value with what is known about the flag. */
export const flagSchema = either(
  z.union([z.boolean(), z.string(), z.number()], 'write true, false, a text or a number'),
  flagFull,
);

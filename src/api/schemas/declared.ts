import { z } from 'zod';
import { instant, millis, type View } from './base.ts';

/** A declared check with what it said last; null: it has not run since the control plane was started. */
export const checkSchema = z
  .strictObject({
    name: z.string(),
    kind: z.string(),
    /** What it looks at, in words: an address, a command, a query. */
    about: z.string(),
    every: millis.nullable(),
    timeout: millis,
    gates: z.boolean(),
    last: z
      .strictObject({
        at: instant,
        green: z.boolean().nullable(),
        detail: z.string(),
        took: millis.nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Check' });
export type CheckView = View<z.output<typeof checkSchema>>;

export const flagSchema = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['boolean', 'string', 'number']),
    value: z.union([z.string(), z.number(), z.boolean()]),
  })
  .meta({ id: 'Flag' });
export type FlagView = View<z.output<typeof flagSchema>>;

/** Something a person or a token did, or Fairway by itself. */
export const auditSchema = z
  .strictObject({
    environment: z.string().nullable(),
    sequence: z.int(),
    at: instant,
    type: z.string(),
    by: z.string(),
    sentence: z.string(),
    note: z.string(),
    release: z.int().nullable(),
    /** SHA-256 of the journal up to here: a change in the past shows. */
    hash: z.string(),
  })
  .meta({ id: 'Audit' });
export type AuditView = View<z.output<typeof auditSchema>>;

/** A journal, each entry of which is hashed with the one before it. */
export const chainSchema = z
  .strictObject({
    /** `prod`; `prod, recovery`; `access`. */
    name: z.string(),
    environment: z.string().nullable(),
    /** How many it has; where the newest cannot be read, up to the first that is not what was written. */
    entries: z.int(),
    /** Of the newest entry; empty where it cannot be read. */
    hash: z.string(),
    /** The first entry that is not what was written (changed, missing, slipped in, or lost at the end); null: none. */
    misfit: z.int().nullable(),
  })
  .meta({ id: 'Chain' });
export type ChainView = View<z.output<typeof chainSchema>>;

import { z } from 'zod';
import { instant, type View } from './base.ts';
import { copySchema, drillSchema } from './recovery-records.ts';

/** Long work of recovery, and what was looked at in its results. */

/** A failure in words. */
const troubleSchema = z.strictObject({
  code: z.string(),
  sentence: z.string(),
  hint: z.string(),
  exit: z.int(),
});
export type TroubleView = View<z.output<typeof troubleSchema>>;

/** A store restored beside the running one. */
export const sideSchema = z
  .strictObject({
    id: z.string(),
    store: z.string(),
    copy: z.string(),
    reached: instant.nullable(),
    restoredAt: instant,
    tookMillis: z.number(),
    lost: z.strictObject({
      transactions: z.number().nullable(),
      exact: z.boolean(),
      detail: z.string(),
    }),
    address: z.string(),
  })
  .meta({ id: 'Side' });
export type SideView = View<z.output<typeof sideSchema>>;

export const operationSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['backup', 'restore', 'exchange', 'discard', 'drill', 'rotate']),
    state: z.enum(['running', 'done', 'failed']),
    begunAt: instant,
    endedAt: instant.nullable(),
    /** 0 to 1; null: not known. */
    share: z.number().nullable(),
    doing: z.string(),
    failure: troubleSchema.nullable(),
    copies: z.array(copySchema),
    side: sideSchema.nullable(),
    drill: drillSchema.nullable(),
    /** Where the former data of an exchanged store lie. */
    former: z.string().nullable(),
    rotated: z.strictObject({ rotated: z.array(z.string()), given: z.array(z.string()) }).nullable(),
  })
  .meta({ id: 'Operation' });
export type OperationView = View<z.output<typeof operationSchema>>;

/** What a table of a restored store holds beside that of the running one; null: it is not there. */
export const tableDifferenceSchema = z
  .strictObject({ table: z.string(), running: z.number().nullable(), restored: z.number().nullable() })
  .meta({ id: 'TableDifference' });
export type TableDifferenceView = View<z.output<typeof tableDifferenceSchema>>;

/** One thing that was looked at in a store's data. */
export const examinedSchema = z
  .strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() })
  .meta({ id: 'Examined' });
export type ExaminedView = View<z.output<typeof examinedSchema>>;

/** How somebody gets into a restored store, with its password. */
export const loginSchema = z.strictObject({ login: z.string() }).meta({ id: 'Login' });
export type LoginView = View<z.output<typeof loginSchema>>;

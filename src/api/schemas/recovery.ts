import { z } from 'zod';
import { instant, millis, type View } from './base.ts';
import { checklistRowSchema, copySchema, drillSchema, holdSchema } from './recovery-records.ts';
import { operationSchema, sideSchema } from './recovery-work.ts';

/** How safe everything is. */

export const warningSchema = z
  .strictObject({ code: z.string(), sentence: z.string(), severity: z.enum(['warning', 'error']) })
  .meta({ id: 'Warning' });
export type WarningView = View<z.output<typeof warningSchema>>;

const boundSchema = z.strictObject({
  /** As declared: `<15m`. */
  declared: z.string(),
  measured: millis.nullable(),
  ok: z.boolean().nullable(),
});
export type BoundView = View<z.output<typeof boundSchema>>;

const storeSafetySchema = z
  .strictObject({
    store: z.string(),
    kind: z.string(),
    declared: z.boolean(),
    copies: z.int(),
    newest: instant.nullable(),
    bytes: z.number(),
    range: z.strictObject({ from: instant, until: instant }).nullable(),
    /** What would be lost if the machine were gone now; null: everything. */
    atRisk: millis.nullable(),
    log: z.strictObject({ on: z.boolean(), waiting: z.number(), failing: z.string().nullable() }).nullable(),
    /** Worst first. */
    warnings: z.array(warningSchema),
  })
  .meta({ id: 'StoreSafety' });
export type StoreSafetyView = View<z.output<typeof storeSafetySchema>>;

export const recoverySchema = z
  .strictObject({
    system: z.string(),
    environment: z.string(),
    /** Where copies lie; no credentials. */
    place: z.string(),
    /** Whether it outlives this machine's disk as far as its address tells. */
    isOffSite: z.boolean(),
    /** Whom copies are encrypted for: `age1…`. */
    recipient: z.string(),
    /** The file with the key that opens them. */
    keyFile: z.string(),
    stores: z.array(storeSafetySchema),
    /** Newest first. */
    copies: z.array(copySchema),
    holds: z.array(holdSchema),
    sides: z.array(sideSchema),
    /** Newest first. */
    drills: z.array(drillSchema),
    nextDrill: instant.nullable(),
    /** What is under way now, whoever began it; null: nothing. */
    running: operationSchema.nullable(),
    /** Declared bounds beside measured figures; null: none are declared. */
    bounds: z.strictObject({ rto: boundSchema, rpo: boundSchema, measuredAt: instant.nullable() }).nullable(),
    /** Lines of a checklist for going live; empty where no bounds are declared. */
    checklist: z.array(checklistRowSchema),
  })
  .meta({ id: 'Recovery' });
export type RecoveryView = View<z.output<typeof recoverySchema>>;

/** One entry of the evidence that recovery leaves in the journal. */
export const evidenceSchema = z
  .strictObject({ sequence: z.int(), at: instant, type: z.string(), sentence: z.string() })
  .meta({ id: 'Evidence' });
export type EvidenceView = View<z.output<typeof evidenceSchema>>;

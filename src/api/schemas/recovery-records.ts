import { z } from 'zod';
import type { ChecklistRow, CopyRecord, DrillRecord, Hold } from '#core/recovery';
import { instant, json, millis } from './base.ts';

/** What recovery keeps for good, as it is sent. */

/** A copy that was made, read back and found whole. */
export const copySchema = z
  .strictObject({
    /** Sorts by time: `20261122T013000Z-1f3a`. */
    id: z.string(),
    system: z.string(),
    environment: z.string(),
    /** Name of the store; `fairway` for what Fairway itself keeps. */
    of: z.string(),
    kind: z.enum(['postgres', 'redis', 'bucket', 'fairway']),
    /** The content is of some moment from here … */
    from: instant,
    /** … to here. */
    until: instant,
    /** When it had been read back. */
    verifiedAt: instant,
    bytes: z.number(),
    parts: z.array(
      z.strictObject({
        name: z.string(),
        /** Before compression and encryption. */
        bytes: z.number(),
        /** As stored. */
        stored: z.number(),
        /** SHA-256 (hex) of what is stored. */
        sha256: z.string(),
      }),
    ),
    /** Differs by kind. */
    detail: json,
    /** Why it was made: `scheduled`, `asked`, `before exchange` … */
    why: z.string(),
  })
  .meta({ id: 'Copy' }) satisfies z.ZodType<CopyRecord>;

/** Nothing that it covers is deleted. */
export const holdSchema = z
  .strictObject({
    id: z.string(),
    of: z.string(),
    /** null: every copy of it, for as long as the hold is there. */
    copy: z.string().nullable(),
    reason: z.string(),
    by: z.string(),
    at: instant,
  })
  .meta({ id: 'Hold' }) satisfies z.ZodType<Hold>;

/** What a drill has measured. */
export const drillSchema = z
  .strictObject({
    id: z.string(),
    environment: z.string(),
    at: instant,
    /** From the order to the last check green. */
    rto: millis.nullable(),
    /** From the newest write that was brought back to the order. */
    rpo: millis.nullable(),
    ok: z.boolean(),
    /** Why not, or what was weak; sentences for people. */
    findings: z.array(z.string()),
    steps: z.array(
      z.strictObject({ name: z.string(), tookMillis: z.number(), ok: z.boolean(), detail: z.string() }),
    ),
  })
  .meta({ id: 'Drill' }) satisfies z.ZodType<DrillRecord>;

/** A line of a checklist for going live. */
export const checklistRowSchema = z
  .strictObject({
    id: z.enum(['rto', 'rpo', 'drill']),
    item: z.string(),
    /** As declared: `<15m`. */
    declared: z.string(),
    /** For people; null: never measured. */
    measured: z.string().nullable(),
    millis: millis.nullable(),
    ok: z.boolean(),
    /** When it was measured, ISO 8601; null: never. */
    at: z.string().nullable(),
  })
  .meta({ id: 'ChecklistRow' }) satisfies z.ZodType<ChecklistRow>;

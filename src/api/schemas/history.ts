import { z } from 'zod';
import type { Manner } from '#core/release';
import { instant, type View } from './base.ts';
import { phaseSchema, rolloutSchema } from './rollout.ts';
import { timelineEntrySchema } from './timeline.ts';

const mannerSchema = z.enum(['declared', 'direct', 'first', 'contract']) satisfies z.ZodType<Manner>;

/** For how long users met the new revisions of a rollout. */
const exposureSchema = z
  .strictObject({
    /** When they first had traffic; null: never. */
    from: instant.nullable(),
    /** Since when they have it now; null: they have none. */
    since: instant.nullable(),
    /** When it was taken from them last. */
    until: instant.nullable(),
    /** How long they had it before that, together when it was given and taken more than once. */
    millis: z.number(),
    /** The largest share that any service had, in percent. */
    most: z.number(),
  })
  .meta({ id: 'Exposure' });
export type ExposureView = View<z.output<typeof exposureSchema>>;

const historyRolloutSchema = z
  .strictObject({
    id: z.int(),
    manner: mannerSchema,
    from: z.int().nullable(),
    by: z.string(),
    note: z.string(),
    startedAt: instant,
    endedAt: instant.nullable(),
    outcome: phaseSchema,
    because: z.string().nullable(),
    exposure: exposureSchema,
    /** What its new revisions answered in its last hold. */
    requests: z.number(),
    failures: z.number(),
  })
  .meta({ id: 'HistoryRollout' });
export type HistoryRollout = View<z.output<typeof historyRolloutSchema>>;

export const historyItemSchema = z
  .strictObject({
    release: z.int(),
    createdAt: instant,
    by: z.string(),
    note: z.string(),
    source: z.string(),
    outcome: z.union([phaseSchema, z.enum(['queued', 'none'])]),
    because: z.string().nullable(),
    current: z.boolean(),
    warm: z.boolean(),
    /** Whether `rollback` can go there now. */
    reachable: z.boolean(),
    endedAt: instant.nullable(),
    revisions: z.record(z.string(), z.string()),
    /** All that was done with it, the last thing first. */
    rollouts: z.array(historyRolloutSchema),
  })
  .meta({ id: 'HistoryItem' });
export type HistoryItem = View<z.output<typeof historyItemSchema>>;

/** Why a release ended as it did. */
export const explainSchema = z
  .strictObject({
    environment: z.string(),
    release: z.int(),
    by: z.string(),
    note: z.string(),
    rollout: rolloutSchema,
    /** null: it is under way. */
    endedAt: instant.nullable(),
    exposure: exposureSchema,
    /** What serves now. */
    serves: z.int().nullable(),
    timeline: z.array(timelineEntrySchema),
  })
  .meta({ id: 'Explain' });
export type ExplainView = View<z.output<typeof explainSchema>>;

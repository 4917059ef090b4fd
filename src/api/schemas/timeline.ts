import { z } from 'zod';
import { instant, type View } from './base.ts';
import { phaseSchema } from './rollout.ts';
import { causeSchema, verdictSchema } from './verdict.ts';

/**
 * A change of a rollout as the journal keeps it. Of what came only the kind is described: the rest differs by kind, grows
 * with the product and is there for the record, not for programs.
 */
const recordSchema = z
  .strictObject({
    rollout: z.int(),
    release: z.int(),
    event: z.looseObject({ type: z.string() }),
    before: phaseSchema,
    phase: phaseSchema,
    stage: z.string().nullable(),
    /** What is done about it. */
    effects: z.array(z.strictObject({ id: z.string(), do: z.string() })),
    /** Present when the phase changed or the verdict's kind did. */
    verdict: verdictSchema.nullable(),
    because: causeSchema.nullable(),
    /** The hold is over and the gate has not passed: it waits for evidence or for a person. */
    held: z.boolean(),
    /** Present when a hold was prolonged. */
    until: instant.exactOptional(),
    over: z.boolean(),
  })
  .meta({ id: 'RolloutRecord' });

const outcomeSchema = z.enum(['done', 'unchanged', 'rolledBack', 'superseded', 'failed', 'held']);
export type Outcome = z.output<typeof outcomeSchema>;

/** One line of the timeline; `sequence` is its place in the journal and the id of its server-sent event. */
export const timelineEntrySchema = z
  .strictObject({
    sequence: z.int(),
    at: instant,
    type: z.string(),
    /** For people; null where nothing worth a line happened. */
    sentence: z.string().nullable(),
    /** `detail`: worth a line while one watches, not afterwards. */
    level: z.enum(['main', 'detail']),
    /** What to do about it; present where something failed that was not a rollout. */
    hint: z.string().exactOptional(),
    /** Of which release it speaks. */
    release: z.int().nullable(),
    /** Set on the entry that ends what was asked for. */
    outcome: outcomeSchema.nullable(),
    /** Present where a rollout went on. */
    rollout: recordSchema.nullable(),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = View<z.output<typeof timelineEntrySchema>>;

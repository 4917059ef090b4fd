import { z } from 'zod';
import type { SightInput } from '#core/power';
import type { GateMode } from '#core/release';
import { instant, millis, percent, type View } from './base.ts';

/** The traffic that is expected in the steps with a gate: what each of them can see is played from it. */
const sightSchema = z
  .strictObject({
    requestsPerSecond: z.number(),
    /** Share (0 to 1) of the requests that fail. */
    errorShare: z.number(),
    medianMillis: z.number(),
    p95Millis: z.number(),
    steps: z.array(
      z.strictObject({
        /** Share (0 to 1) of the requests that the new revision gets. */
        weight: z.number(),
        holdMillis: z.number(),
      }),
    ),
    /** What the gate asks; the rest of its settings is for the record. */
    policy: z.looseObject({
      errorShare: percent,
      slowerThan: millis,
      slowShare: percent,
      minimumRequests: z.number(),
      checks: z.array(z.string()),
      falseAlarms: percent.exactOptional(),
      latencyTolerance: millis.exactOptional(),
      warmUp: millis.exactOptional(),
    }),
  })
  .meta({ id: 'Sight' }) satisfies z.ZodType<SightInput>;

const planStageSchema = z
  .strictObject({
    kind: z.enum(['shift', 'approval', 'window', 'hook', 'migration']),
    name: z.string(),
    /** What happens, in words. */
    sentence: z.string(),
    holdMillis: z.number(),
    gate: z.enum(['pass', 'watch', 'none']) satisfies z.ZodType<GateMode>,
    /** When a window is open next, as of now. */
    opensAt: instant.nullable(),
    /** Once begun, there is only forward (R4). */
    final: z.boolean(),
  })
  .meta({ id: 'PlanStage' });
export type PlanStageView = View<z.output<typeof planStageSchema>>;

/** What `up` or `release` would change. */
export const planSchema = z
  .strictObject({
    environment: z.string(),
    target: z.string(),
    from: z.int().nullable(),
    running: z.boolean(),
    stores: z.array(
      z.strictObject({ name: z.string(), kind: z.string(), change: z.enum(['start', 'keep']) }),
    ),
    services: z.array(
      z.strictObject({
        name: z.string(),
        change: z.enum(['create', 'change', 'remove', 'keep']),
        previous: z.string().nullable(),
        next: z.string().nullable(),
        why: z.array(z.string()),
      }),
    ),
    stages: z.array(planStageSchema),
    /** null: no traffic is declared, or no step has a gate. */
    sight: sightSchema.nullable(),
    /** When there is a way back and until when, one sentence each. */
    wayBack: z.array(z.string()),
  })
  .meta({ id: 'Plan' });
export type PlanView = View<z.output<typeof planSchema>>;

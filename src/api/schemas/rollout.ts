import { z } from 'zod';
import type { PhaseName } from '#core/release';
import { instant, type View } from './base.ts';
import { causeSchema, verdictSchema } from './verdict.ts';

/** A rollout at one moment, as people and programs are shown it. */

export const phaseSchema = z
  .enum([
    'planned',
    'awaiting',
    'running',
    'starting',
    'routing',
    'withdrawing',
    'trimming',
    'holding',
    'returning',
    'restoring',
    'clearing',
    'promoted',
    'rolledBack',
    'failed',
  ])
  .meta({ id: 'Phase' }) satisfies z.ZodType<PhaseName>;

/** What may be asked of a rollout now. */
const canSchema = z
  .strictObject({
    abort: z.boolean(),
    promote: z.boolean(),
    pause: z.boolean(),
    resume: z.boolean(),
    approve: z.boolean(),
  })
  .meta({ id: 'Can' });
export type CanView = View<z.output<typeof canSchema>>;

const waitSchema = z
  .strictObject({
    kind: z.enum(['resume', 'approval', 'window', 'person', 'evidence', 'time', 'job', 'work']),
    /** For people: `approval by release manager: 1 of 2, until 2026-05-04 14:03`. */
    sentence: z.string(),
    /** What evidence is missing, one sentence each. */
    needs: z.array(z.string()),
    /** When it ends by itself, or is given up; null: not known. */
    until: instant.nullable(),
    /** Whether nothing goes on until a person acts. */
    person: z.boolean(),
    /** What to type, best first: `fairway approve --as "release manager"`. */
    commands: z.array(z.string()),
  })
  .meta({ id: 'Wait' });
export type WaitView = View<z.output<typeof waitSchema>>;

const progressSchema = z
  .strictObject({
    job: z.string(),
    done: z.number().nullable(),
    of: z.number().nullable(),
    /** 0 to 100, where the job knows how much there is. */
    percent: z.number().nullable(),
  })
  .meta({ id: 'Progress' });
export type ProgressView = View<z.output<typeof progressSchema>>;

const armSchema = z
  .strictObject({
    service: z.string(),
    role: z.enum(['stable', 'canary']),
    revision: z.string(),
    weight: z.number(),
    requests: z.number(),
    failures: z.number(),
    /** Upper bound of the latency bucket that holds the quantile, in milliseconds. */
    p95: z.number().nullable(),
  })
  .meta({ id: 'Arm' });
export type ArmView = View<z.output<typeof armSchema>>;

export const rolloutSchema = z
  .strictObject({
    id: z.int(),
    release: z.int(),
    from: z.int().nullable(),
    manner: z.string(),
    phase: phaseSchema,
    stage: z.string().nullable(),
    /** Its place in `steps`, from 0. */
    stageNumber: z.int().nullable(),
    /** All stages in order: how long each is held, and what its gate asks for. */
    steps: z.array(
      z.strictObject({
        name: z.string(),
        /** 0 where nothing is held. */
        holdMillis: z.number(),
        /** `pass`: it ends only with a pass; `watch`: with its time, while harm may still end it; `none`: nothing is asked. */
        gate: z.enum(['pass', 'watch', 'none']),
        /** Once begun, there is only forward (R4). */
        final: z.boolean(),
      }),
    ),
    startedAt: instant,
    /** Present while a step is held. */
    since: instant.nullable(),
    until: instant.nullable(),
    /** The hold is over and the gate has not passed. */
    held: z.boolean(),
    verdict: verdictSchema.nullable(),
    because: causeSchema.nullable(),
    becauseSentence: z.string().nullable(),
    arms: z.array(armSchema),
    checks: z.array(z.strictObject({ name: z.string(), green: z.boolean().nullable(), detail: z.string() })),
    paused: z.strictObject({ by: z.string(), note: z.string(), at: instant }).nullable(),
    /** Something final has begun: there is only forward (R4). */
    committed: z.boolean(),
    /** null: it is over. */
    waitsFor: waitSchema.nullable(),
    /** How far the running job is; null: none runs, or it has not told. */
    progress: progressSchema.nullable(),
    /** Failures of jobs that were declared to be only told, in sentences. */
    ignored: z.array(z.string()),
    /** Addresses at which new revisions answer before users are sent there, by service. */
    previews: z.record(z.string(), z.string()),
    can: canSchema,
  })
  .meta({ id: 'Rollout' });
export type RolloutView = View<z.output<typeof rolloutSchema>>;

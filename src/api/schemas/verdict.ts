import { z } from 'zod';
import type { Verdict } from '#core/gate';
import type { Cause } from '#core/release';
import { instant } from './base.ts';

const tallySchema = z.strictObject({ hits: z.number(), trials: z.number() }).meta({ id: 'Tally' });

/** One thing the gate looked at, with every number that led to its state. */
const signalSchema = z
  .strictObject({
    name: z.enum(['errors', 'latency', 'exposure', 'check', 'crashes', 'noHarm']),
    /** Service or check it speaks of. */
    subject: z.string(),
    state: z.enum(['good', 'bad', 'waiting', 'missing']),
    /** Observed figure and the limit it is held against, in `unit`. */
    observed: z.number(),
    limit: z.number(),
    unit: z.enum(['percent', 'requests', 'crashes', 'milliseconds', 'none']),
    sentence: z.string(),
    evidence: z
      .strictObject({
        /** E-value, and from which value on the release is failed, or proven harmless. */
        value: z.number(),
        against: z.number(),
        canary: tallySchema,
        /** null: there is no stable arm to compare with. */
        stable: tallySchema.nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Signal' });

const signals = z.array(signalSchema);

/** What it would take to know more. */
const estimateSchema = z.strictObject({
  /** Further requests of the canary. */
  requests: z.number(),
  seconds: z.number().nullable(),
  sentence: z.string(),
});

/** What the evidence says. Only `pass` lets a step end. */
export const verdictSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pass'), because: z.enum(['proven', 'noHarm']), signals }),
    z.strictObject({ kind: z.literal('fail'), because: signalSchema, signals }),
    z.strictObject({
      kind: z.enum(['inconclusive', 'notMeasured']),
      needs: z.array(z.string()),
      estimate: estimateSchema.nullable(),
      signals,
    }),
  ])
  .meta({ id: 'Verdict' }) satisfies z.ZodType<Verdict>;

/** What sentences about a failure are made from. */
export const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Why a rollout went back or stopped: the first cause, with the verdict where the gate spoke. */
export const causeSchema = z
  .strictObject({ code: z.string(), facts: factsSchema, verdict: verdictSchema.nullable(), at: instant })
  .meta({ id: 'Cause' }) satisfies z.ZodType<Cause>;

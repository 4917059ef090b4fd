import { z } from 'zod';
import { instant, millis, type View } from './base.ts';

/** What one revision of one service answered in the time since the sample before. */
export const trafficArmSchema = z.strictObject({
  service: z.string(),
  revision: z.string(),
  role: z.enum(['stable', 'canary']),
  /** Percent of the service's traffic that the router sends there. */
  weight: z.number(),
  ready: z.int(),
  /** Requests per second, and how many of them failed. */
  rate: z.number(),
  failed: z.number(),
  /** Upper bounds of the buckets that hold the quantiles, in milliseconds; null: nothing was answered. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});
export type TrafficArm = View<z.output<typeof trafficArmSchema>>;

/** How far the gate is. 1 is the decision; both are logarithms of evidence over logarithms of what is asked, 0 to 1. */
export const gateSampleSchema = z.strictObject({
  rollout: z.int(),
  stage: z.string().nullable(),
  /** From nothing to "rolled back"; null: nothing is compared. */
  harm: z.number().nullable(),
  /** From nothing to "proven harmless"; null: this step is not ended by proof. */
  proof: z.number().nullable(),
  /** Share of the hold that has passed; null: nothing is held. */
  held: z.number().nullable(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'notMeasured']).nullable(),
  signals: z.array(
    z.strictObject({
      name: z.string(),
      subject: z.string(),
      state: z.enum(['good', 'bad', 'waiting', 'missing']),
      /** E-value and what it is held against; null: this signal is no comparison. */
      value: z.number().nullable(),
      against: z.number().nullable(),
      sentence: z.string(),
    }),
  ),
});
export type GateSample = View<z.output<typeof gateSampleSchema>>;

export const trafficSampleSchema = z
  .strictObject({
    at: instant,
    /** What it spans. */
    millis,
    arms: z.array(trafficArmSchema),
    /** null: no release is under way. */
    gate: gateSampleSchema.nullable(),
  })
  .meta({ id: 'TrafficSample' });
export type TrafficSample = View<z.output<typeof trafficSampleSchema>>;

/** The last two hours at most, oldest first; kept in memory since the control plane was started. */
export const trafficSchema = z
  .strictObject({ since: instant, samples: z.array(trafficSampleSchema) })
  .meta({ id: 'Traffic' });
export type TrafficView = View<z.output<typeof trafficSchema>>;

import { z } from 'zod';
import { count, positive, text } from './names.ts';
import { object } from './object.ts';
import { anyQuantity, duration } from './units.ts';

export const scalingMetricSchema = object('ScalingMetric', {
  /** What is measured, per replica unless it says otherwise. */
  metric: z.enum([
    'cpu',
    'memory',
    'requests',
    'connections',
    'latency-p95',
    'queue-depth',
    'request-queue',
    'custom',
  ]),
  /** Which queue, or which metric when it is a custom one. */
  of: text.optional(),
  /** The number of replicas is chosen so that each has about this much. */
  target: anyQuantity.optional(),
  /** More replicas above this. */
  above: anyQuantity.optional(),
  /** It must have been above for so long. */
  aboveFor: duration.optional(),
  /** Fewer replicas below this. */
  below: anyQuantity.optional(),
  /** It must have been below for so long. */
  belowFor: duration.optional(),
});

export const scaleSchema = object('Scale', {
  /** Fewest replicas. */
  min: count,
  /** Most replicas. */
  max: positive,
  /** What decides, the largest wish wins. */
  metrics: z.array(scalingMetricSchema).default([]),
  /** Least time between two steps up. */
  upEvery: duration.optional(),
  /** Least time between two steps down. */
  downEvery: duration.optional(),
  /** Whether one metric below is enough to go down, or all have to be. */
  downWhen: z.enum(['any', 'all']).optional(),
});

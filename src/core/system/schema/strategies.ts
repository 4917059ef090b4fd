import { z } from 'zod';
import { count } from './names.ts';
import { either, object } from './object.ts';
import { duration, share } from './units.ts';

const rollingFields = {
  /** Replicas started beyond the declared number while the new revision takes over. */
  surge: count.default(1),
  /** Replicas that may be missing meanwhile. */
  unavailable: count.default(0),
  /** How long a new replica must have been ready before the next one is replaced. */
  settle: duration.prefault('0s'),
};

export const canaryStepSchema = object('CanaryStep', {
  /** Share of the traffic that the new revision gets. */
  weight: share,
  /** How long the step is held. */
  hold: duration,
  /** Whether the gate must pass at the end of the hold. */
  gate: z.boolean().default(true),
});

const canaryFields = {
  /** Rising shares; the last one may be below 100%, the rest follows when it has passed. */
  steps: z.array(canaryStepSchema).min(1, 'write at least one step: { weight: "10%", hold: "30m" }'),
  /** Goes on by itself when a gate passes; false waits for `fairway promote`. */
  autoPromote: z.boolean().default(true),
  /** What the weight is a share of: requests, or replicas. By replicas, old ones leave as new ones come. */
  by: z.enum(['requests', 'replicas']).default('requests'),
};

const blueGreenFields = {
  /** How long the new revision runs whole and without traffic at least; the checks of the gate must be green against it. */
  preview: duration.prefault('0s'),
  /** Shares of the traffic before all of it; left out: everything at once. */
  steps: z.array(canaryStepSchema).optional(),
  /** Goes on by itself when a gate passes; false waits for `fairway promote`. */
  autoPromote: z.boolean().default(true),
  /** How long the old revision stays warm; left out: `release.keepOld`. The longest that is declared holds for all. */
  keepOld: duration.optional(),
};

export const rollingSchema = object('Rolling', rollingFields);
export const canarySchema = object('Canary', canaryFields);
export const blueGreenSchema = object('BlueGreen', blueGreenFields);

/** How a new revision takes over. */
export const strategyName = z.enum(['rolling', 'canary', 'blue-green', 'flags']);

/** The kind alone means the environment's settings of that kind. */
export const serviceStrategySchema = either(
  strategyName,
  z.discriminatedUnion('kind', [
    object('RollingStrategy', { kind: z.literal('rolling'), ...rollingFields }),
    object('CanaryStrategy', { kind: z.literal('canary'), ...canaryFields }),
    object('BlueGreenStrategy', { kind: z.literal('blue-green'), ...blueGreenFields }),
    object('FlagsStrategy', {
      kind: z.literal('flags'),
      /** Users see the change by flag while the new revision already has all traffic. */
      settle: duration.prefault('0s'),
    }),
  ]),
);

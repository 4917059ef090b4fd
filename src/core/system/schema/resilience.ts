import { count, label, positive } from './names.ts';
import { named, object } from './object.ts';
import { duration } from './units.ts';
import { z } from 'zod';

export const retriesSchema = object('Retries', {
  /** Most attempts after the first. */
  most: count,
  /** Wait before each attempt, in order. */
  waits: z.array(duration).optional(),
  /** Wait before the first repeated attempt, when no waits are listed. */
  first: duration.optional(),
  /** By how much the wait grows each time. */
  factor: z.number().min(1, 'write 1 or more').optional(),
});

export const breakerSchema = object('Breaker', {
  /** Failures in a row until calls are refused at once. */
  failures: positive,
  /** After this long one call is let through to try. */
  halfOpenAfter: duration,
  /** Good calls until all are let through again. */
  trials: positive.default(1),
});

export const resilienceSchema = object('Resilience', {
  /** Longest time a call may take, by what is called. */
  timeouts: named(label, duration).optional(),
  /** How a failed call is repeated. */
  retries: retriesSchema.optional(),
  /** When calls to something broken are refused at once. */
  breaker: breakerSchema.optional(),
});

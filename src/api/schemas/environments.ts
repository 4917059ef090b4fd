import { z } from 'zod';
import { asker, name } from '../fields.ts';
import { instant, type View } from './base.ts';

/** One environment among the others: what runs there, and how that stands to its declaration and to its neighbours. */
export const environmentSchema = z
  .strictObject({
    name: z.string(),
    target: z.string(),
    /** `unknown`: declared for a target that this control plane does not run. */
    status: z.enum(['up', 'down', 'unknown']),
    /** Why it is not run from here; null: it is. */
    absent: z.string().nullable(),
    release: z
      .strictObject({
        number: z.int(),
        createdAt: instant,
        by: z.string(),
        note: z.string(),
        source: z.string(),
      })
      .nullable(),
    rollout: z.strictObject({ id: z.int(), release: z.int(), phase: z.string() }).nullable(),
    /** Something waits for a person. */
    stuck: z.boolean(),
    pinned: z.boolean(),
    services: z.strictObject({ ready: z.int(), wanted: z.int() }),
    /** The build of each service that serves now: equal ids are equal programs, also across environments. */
    builds: z.record(z.string(), z.string()),
    /** What `up` would change; null: nobody has looked. */
    drift: z
      .strictObject({
        lookedAt: instant,
        /** One sentence each; empty: it runs as declared. */
        differences: z.array(z.string()),
      })
      .nullable(),
    /** Whether it can be promoted from here, and to where it would go; by the order of declaration. */
    next: z.string().nullable(),
    /** Services whose build differs from the next environment's; null: there is none, or it is down. */
    ahead: z.array(z.string()).nullable(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Environment' });
export type EnvironmentView = View<z.output<typeof environmentSchema>>;

/** Releases here what another environment runs: the same builds, with the declaration of this one. */
export const promotionRequest = z.strictObject({
  ...asker,
  from: name,
  /** A release of `from`; null: the current one. */
  release: z.int().positive().nullable().default(null),
});
export type PromotionRequest = z.input<typeof promotionRequest>;

/** What differs between two releases of an environment. */
export const comparisonSchema = z
  .strictObject({
    from: z.int(),
    to: z.int(),
    services: z.array(
      z.strictObject({
        name: z.string(),
        change: z.enum(['added', 'removed', 'changed', 'same']),
        /** Short ids of revision and build. */
        before: z.strictObject({ revision: z.string(), build: z.string() }).nullable(),
        after: z.strictObject({ revision: z.string(), build: z.string() }).nullable(),
        /** One sentence for each thing that differs; values of secrets are never among them. */
        differences: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'Comparison' });
export type ComparisonView = View<z.output<typeof comparisonSchema>>;

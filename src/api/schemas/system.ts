import { z } from 'zod';
import type { View } from './base.ts';

/** The system of one environment as it is declared, with what is known of each part: what the picture of it is drawn from. */
export const systemSchema = z
  .strictObject({
    system: z.string(),
    environment: z.string(),
    target: z.string(),
    services: z.array(
      z.strictObject({
        name: z.string(),
        /** `public` is reached from outside, `private` by other services only; workers and schedulers answer nobody. */
        exposure: z.enum(['public', 'private', 'vpn', 'none']),
        traffic: z.enum(['http', 'none']),
        /** What it calls: names of services and stores. */
        needs: z.array(z.string()),
        replicas: z.int(),
        memoryBytes: z.number().nullable(),
        cpu: z.number().nullable(),
        command: z.string(),
        folder: z.string(),
        /** Whether it takes jobs and can be paused (R14). */
        consumes: z.boolean(),
        probes: z.array(z.strictObject({ name: z.string(), path: z.string() })),
        /** Variables with their values; those that hold a secret only by its name. */
        variables: z.array(
          z.strictObject({ name: z.string(), value: z.string().nullable(), secret: z.string().nullable() }),
        ),
        /** In words: `canary: 10 % for 5m, 50 % for 10m`. */
        strategy: z.string(),
      }),
    ),
    stores: z.array(
      z.strictObject({
        name: z.string(),
        kind: z.string(),
        version: z.string().nullable(),
        standbys: z.int(),
        /** In words; null: none is declared. */
        backup: z.string().nullable(),
      }),
    ),
    /** Declared services that do not run here, and why. */
    absent: z.array(z.strictObject({ name: z.string(), sentence: z.string() })),
    secrets: z.array(z.strictObject({ name: z.string(), usedBy: z.array(z.string()) })),
  })
  .meta({ id: 'System' });
export type SystemView = View<z.output<typeof systemSchema>>;

import { z } from 'zod';
import { instant, type View } from './base.ts';
import { warningSchema } from './recovery.ts';
import { rolloutSchema } from './rollout.ts';

const contractSchema = z.strictObject({
  release: z.int(),
  notBefore: instant,
  /** Tries that failed. */
  attempts: z.int(),
});
export type ContractView = View<z.output<typeof contractSchema>>;

const chargeSchema = z.strictObject({
  owner: z.string(),
  /** When its lease ends, unless it prolongs it. */
  until: instant,
  /** Whether it is the one that answers. */
  ours: z.boolean(),
});
export type ChargeView = View<z.output<typeof chargeSchema>>;

const releaseSchema = z
  .strictObject({
    number: z.int(),
    createdAt: instant,
    by: z.string(),
    note: z.string(),
    source: z.string(),
  })
  .meta({ id: 'Release' });
export type ReleaseView = View<z.output<typeof releaseSchema>>;

const serviceSchema = z
  .strictObject({
    name: z.string(),
    traffic: z.enum(['http', 'none']),
    address: z.string().nullable(),
    wanted: z.int(),
    replicas: z.array(
      z.strictObject({
        replica: z.string(),
        revision: z.string(),
        state: z.string(),
        crashes: z.int(),
        detail: z.string().nullable(),
        port: z.int().nullable(),
        pid: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'Service' });
export type ServiceView = View<z.output<typeof serviceSchema>>;

const storeStateSchema = z
  .strictObject({
    store: z.string(),
    kind: z.string(),
    state: z.string(),
    address: z.string().nullable(),
    detail: z.string().nullable(),
    /** Copies of a Postgres that follow it; left out: none are declared, or it is not ready. */
    standbys: z
      .array(
        z.strictObject({
          /** From 1. */
          number: z.int(),
          /** `away`: it neither follows nor is being made. */
          state: z.enum(['follows', 'making', 'starting', 'away']),
          detail: z.string().nullable(),
          synchronous: z.boolean(),
          lagBytes: z.number().nullable(),
          lagSeconds: z.number().nullable(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'StoreState' });
export type StoreStateView = View<z.output<typeof storeStateSchema>>;

/** What runs now. */
export const statusSchema = z
  .strictObject({
    system: z.string(),
    environment: z.string(),
    target: z.string(),
    status: z.enum(['up', 'down']),
    release: releaseSchema.nullable(),
    /** A rollback holds the environment: nothing rolls forward by itself. */
    pinned: z.boolean(),
    /** A rollout left traffic where it was and waits for a person. */
    stuck: z.boolean(),
    warm: z.strictObject({ release: z.int(), until: instant }).nullable(),
    /** A release that was asked for while another one was under way. */
    queued: z.strictObject({ release: z.int(), by: z.string(), note: z.string() }).nullable(),
    /** Schemas that will be contracted, the next one first: after that nothing older can be gone back to (R4). */
    contracts: z.array(contractSchema),
    /** The newest release whose schema has been contracted; 0: none. */
    contracted: z.int(),
    /** The control plane that may change the environment; null: none holds its lease. */
    inCharge: chargeSchema.nullable(),
    rollout: rolloutSchema.nullable(),
    services: z.array(serviceSchema),
    stores: z.array(storeStateSchema),
    /** Declared services that this target cannot run, with the sentence that says why. */
    absent: z.array(z.strictObject({ name: z.string(), sentence: z.string() })),
    router: z.strictObject({ state: z.string(), acknowledged: z.int() }),
    /** The worst that should be known about copies and drills, two at most. */
    recovery: z.array(warningSchema),
  })
  .meta({ id: 'Status' });
export type StatusView = View<z.output<typeof statusSchema>>;

import type { Advance, Approval, Check, Freeze, ReleasePolicy, Window } from '#core/system';
import type { Instant, Millis, Percent } from '#kernel';
import type { Revision } from './revision.ts';
import type { Route } from './route.ts';

/** An immutable snapshot of a whole environment: what rollback goes back to (R10). */
export interface Release {
  readonly number: number;
  readonly environment: string;
  readonly createdAt: Instant;
  readonly by: string;
  readonly note: string;
  /** Folder or git reference it was built from. */
  readonly source: string;
  /** By service; the order is the order of needs: what is needed comes first. */
  readonly revisions: readonly Revision[];
  /** Builds of its jobs (hooks, phases of a migration), by the name of the job. */
  readonly jobs: Readonly<Record<string, Revision>>;
}

/**
 * How a rollout goes about its moves: as declared, all at once to replicas that are proven, for the first time, or not at
 * all because it only contracts the schema of a release that has been promoted long enough.
 */
export type Manner = 'declared' | 'direct' | 'first' | 'contract';

/** All a rollout will do, decided before it begins. */
export interface RolloutPlan {
  /** 1, 2, 3, … within the environment; one release may be rolled out more than once. */
  readonly id: number;
  readonly manner: Manner;
  readonly release: number;
  /** The release that serves now and is gone back to; null on the first one. */
  readonly from: number | null;
  readonly moves: readonly Move[];
  readonly stages: readonly Stage[];
  /** Routes of services that do not move. */
  readonly otherRoutes: readonly Route[];
  readonly policy: ReleasePolicy;
  /** Where it fails, everything is left as it is: it started what serves anyway, or nobody knows what served before. */
  readonly leaves: boolean;
  /** The checks that the gate names. */
  readonly checks: readonly Check[];
  /** Set when the schema is contracted so long after the promotion. */
  readonly contractAfter: Millis | null;
}

/** One service going from one revision to another. */
export interface Move {
  readonly service: string;
  readonly traffic: 'http' | 'none';
  /** Whether its share is one of consumers that are paused and resumed (R14). */
  readonly consumes: boolean;
  /** null: the service is removed. */
  readonly next: Revision | null;
  /** null: the service is new. */
  readonly previous: Revision | null;
  /** Replicas that carry the whole traffic, before and after. */
  readonly nextReplicas: number;
  readonly previousReplicas: number;
}

/** Whether anybody counts what its revisions answer, or the jobs they finish: then there is evidence to ask for. */
export const isMeasured = ({ traffic, next }: Move): boolean =>
  traffic === 'http' || (next?.spec.measure ?? null) !== null;

/** A point the rollout passes. */
export type Stage = Shift | Task | Wait;

/**
 * What runs and who gets which share. On the way to it replicas are started first, weights moved second, surplus replicas
 * of the previous revision removed last.
 */
export interface Shift {
  readonly kind: 'shift';
  readonly name: string;
  readonly services: readonly StageShare[];
  readonly hold: Millis;
  readonly gate: GateMode;
  /** Who ends the hold once the gate allows it. */
  readonly advance: Advance;
  /** How long a replica must have been ready before it counts. */
  readonly settle: Millis;
}

/**
 * `pass`: the hold ends only with a pass. `watch`: it ends with its time, while checks and counts may still fail it.
 * `none`: only counts and crashes may fail it, as they may at any time (R8).
 */
export type GateMode = 'pass' | 'watch' | 'none';

export interface StageShare {
  readonly service: string;
  readonly next: number;
  readonly previous: number;
  /** Share of the next revision; the previous one has the rest. */
  readonly weight: Percent;
  /** How many replicas take jobs; null where the service is no consumer. */
  readonly active: { readonly next: number; readonly previous: number } | null;
  /** Whether this stage is a step of this service: then its gate asks for evidence of it. */
  readonly stepping: boolean;
}

/** A program is run to its end. */
export interface Task {
  readonly kind: 'task';
  readonly name: string;
  readonly purpose: 'before' | 'expand' | 'backfill' | 'contract' | 'after';
  readonly job: Revision;
  readonly timeout: Millis;
  readonly onFailure: 'rollback' | 'ignore';
  /** Once begun, there is no way back (R4). */
  readonly final: boolean;
}

/** Nothing is done until people agree, or the time has come. */
export type Wait =
  | { readonly kind: 'wait'; readonly name: string; readonly for: 'approval'; readonly approval: Approval }
  | {
      readonly kind: 'wait';
      readonly name: string;
      readonly for: 'window';
      /** All of them must be open. */
      readonly windows: readonly Window[];
      readonly freezes: readonly Freeze[];
    };

import type { Check, ReleasePolicy } from '#core/system';
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
}

/** How a rollout goes about its moves: as declared, all at once to replicas that are proven, or for the first time. */
export type Manner = 'declared' | 'direct' | 'first';

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
  /** The checks that the gate names. */
  readonly checks: readonly Check[];
}

/** One service going from one revision to another. */
export interface Move {
  readonly service: string;
  readonly traffic: 'http' | 'none';
  /** null: the service is removed. */
  readonly next: Revision | null;
  /** null: the service is new. */
  readonly previous: Revision | null;
  /** Replicas that carry the whole traffic, before and after. */
  readonly nextReplicas: number;
  readonly previousReplicas: number;
}

/**
 * A point the rollout passes: what runs and who gets which share. On the way to it replicas are started first, weights
 * moved second, surplus replicas of the previous revision removed last.
 */
export interface Stage {
  readonly name: string;
  readonly services: readonly StageShare[];
  readonly hold: Millis;
  /** Whether the hold ends only with a `pass`. */
  readonly gate: boolean;
  /** How long a replica must have been ready before it counts. */
  readonly settle: Millis;
}

export interface StageShare {
  readonly service: string;
  readonly next: number;
  readonly previous: number;
  /** Share of the next revision; the previous one has the rest. */
  readonly weight: Percent;
  /** Whether this stage is a step of this service: then its gate asks for evidence of it. */
  readonly stepping: boolean;
}

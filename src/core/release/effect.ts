import type { Instant } from '#kernel';
import type { RouteTable } from './route.ts';

/** What must be done, as data. Journaled before it is performed, idempotent by `id` (R6), bounded by `deadline` (R5). */
export type Effect = Act & {
  /** Rollout, count and attempt, e.g. `7/12.1`: the same id is the same effect. */
  readonly id: string;
  readonly attempt: number;
  readonly notBefore: Instant;
  readonly deadline: Instant;
};

export type Act =
  | { readonly do: 'ensureReplicas'; readonly revision: string; readonly count: number }
  | { readonly do: 'setRoute'; readonly table: RouteTable }
  /** R14: exactly so many replicas of a consumer take jobs. */
  | { readonly do: 'consume'; readonly revision: string; readonly active: number }
  | { readonly do: 'drain'; readonly revision: string; readonly keep: number }
  | { readonly do: 'stop'; readonly revision: string; readonly keep: number }
  | { readonly do: 'runCheck'; readonly check: string; readonly arm: 'stable' | 'canary' }
  /** The job of the stage; `resume` is the last token that an earlier attempt told. */
  | { readonly do: 'runJob'; readonly stage: number; readonly job: string; readonly resume: string | null };

import type { Comparison, CrashEvidence, Evidence, Reading, Verdict } from '#core/gate';
import type { Failure, Instant } from '#kernel';
import type { Effect } from './effect.ts';
import type { RolloutPlan } from './plan.ts';

/** A rollout at one moment. Each phase has the fields that are true in it, and only those. */
export type Rollout = Common & Phase;

export type Phase =
  /** Decided and journaled; nothing has been asked of the world yet. */
  | { readonly phase: 'planned' }
  /** Waits for people, or for the time to come. `until`: when it is given up. */
  | {
      readonly phase: 'awaiting';
      readonly stage: number;
      readonly since: Instant;
      readonly until: Instant;
      readonly approvals: readonly Approved[];
      /** When the window opens, as computed last; null while waiting for people. */
      readonly opensAt: Instant | null;
    }
  /** A job runs: a hook, or a phase of a migration. */
  | {
      readonly phase: 'running';
      readonly stage: number;
      readonly deadline: Instant;
      readonly progress: Progress | null;
      /** It has ended, and the rollout stands still because somebody paused it. */
      readonly finished: boolean;
    }
  /** Replicas of the stage have been asked for; waits until they are ready. */
  | { readonly phase: 'starting'; readonly stage: number; readonly deadline: Instant }
  /** Shares move to the stage's: consumers that lose theirs pause, the router acknowledges, the others resume. */
  | {
      readonly phase: 'routing';
      readonly stage: number;
      readonly deadline: Instant;
      readonly part: ShiftPart;
    }
  /** The canary lost its capacity: its share goes back to stable until it is ready again (R1). */
  | {
      readonly phase: 'withdrawing';
      readonly stage: number;
      readonly deadline: Instant;
      readonly part: ShiftPart;
    }
  /** Replicas of the previous revision that the stage does not keep are drained, then stopped. */
  | {
      readonly phase: 'trimming';
      readonly stage: number;
      readonly deadline: Instant;
      readonly part: 'drain' | 'stop';
    }
  /** The stage is reached; it is held, and its gate looks at the evidence. */
  | {
      readonly phase: 'holding';
      readonly stage: number;
      readonly since: Instant;
      readonly until: Instant;
      /** The time is over: it waits for evidence, or for a person to end the step. */
      readonly held: boolean;
    }
  /** Going back: the previous revisions get their full capacity again. */
  | { readonly phase: 'returning'; readonly because: Cause; readonly deadline: Instant }
  /** Going back: the whole share to the previous revisions; waits for the acknowledgement. */
  | {
      readonly phase: 'restoring';
      readonly because: Cause;
      readonly deadline: Instant;
      readonly part: ShiftPart;
    }
  /** Going back: the new replicas are drained, then stopped. */
  | {
      readonly phase: 'clearing';
      readonly because: Cause;
      readonly deadline: Instant;
      readonly part: 'drain' | 'stop';
    }
  | { readonly phase: 'promoted'; readonly at: Instant; readonly keepUntil: Instant }
  | { readonly phase: 'rolledBack'; readonly at: Instant; readonly because: Cause }
  /** Needs a person: traffic was left where it was. */
  | { readonly phase: 'failed'; readonly at: Instant; readonly because: Cause };

export type PhaseName = Phase['phase'];

/** R14: who loses its share has stopped before who gains it begins. */
export type ShiftPart = 'pause' | 'route' | 'resume';

/** One person's consent. */
export interface Approved {
  readonly by: string;
  readonly role: string;
  readonly note: string;
  readonly at: Instant;
}

/** Where a job stands, by its own word: what a later attempt begins with. */
export interface Progress {
  readonly resume: string;
  readonly done: number | null;
  readonly of: number | null;
  readonly at: Instant;
}

export interface Common {
  readonly format: 2;
  readonly plan: RolloutPlan;
  readonly startedAt: Instant;
  /** When the rollout is given up, whatever it waits for (R5). */
  readonly overBy: Instant;
  /** Somebody has stopped the way forward; safety rules go on (R8). */
  readonly paused: { readonly by: string; readonly note: string; readonly at: Instant } | null;
  /** A final job has begun: from here there is only forward (R4). */
  readonly committed: boolean;
  /** Jobs that failed and were declared to be only told. */
  readonly ignored: readonly Cause[];
  /** Version of the last table asked for. */
  readonly routeVersion: number;
  /** The stage whose weights the router has acknowledged; -1: none, all traffic is where it was before. */
  readonly routedStage: number;
  /** Whether a table with canary weight may have reached the router since. */
  readonly mayHaveTraffic: boolean;
  /** Exits that each revision had had when the rollout began. */
  readonly crashesBefore: Readonly<Record<string, number>>;
  /** Effects that were journaled and have no result yet (R6). */
  readonly pending: readonly Effect[];
  readonly effectsIssued: number;
  readonly seen: readonly Readiness[];
  readonly watch: Watch;
}

/** What the last observation said of one revision. */
export interface Readiness {
  readonly revision: string;
  /** Since when each ready replica is ready, oldest first. */
  readonly readySince: readonly Instant[];
  readonly running: number;
  readonly crashes: number;
  /** Why one of them is not ready. */
  readonly detail: string | null;
}

/** The safety look-out: it runs whenever the canary may have traffic, whatever the phase (R8). */
export interface Watch {
  /** Evidence per service and arm since the present hold began. */
  readonly arms: readonly WatchedArm[];
  /** Canary against stable over the whole rollout, never begun anew: all its looks share one budget of false alarms. */
  readonly services: readonly WatchedService[];
  readonly crashes: {
    readonly evidence: CrashEvidence;
    /** Exits of the new revisions that are in it. */
    readonly falls: number;
    /** Up to when; null before a new revision ran. */
    readonly at: Instant | null;
  };
  /** What the last look could not count. */
  readonly unread: readonly Unread[];
  readonly checks: readonly CheckState[];
  readonly verdict: Verdict | null;
}

/** Counts that could not be read in this look: what nobody counts is no evidence (R7). */
export interface Unread {
  readonly service: string;
  readonly revision: string;
  /** For people. */
  readonly sentence: string;
}

export interface WatchedService {
  readonly service: string;
  /** When its canary had traffic first; null before that. */
  readonly since: Instant | null;
  readonly comparison: Comparison;
}

export interface WatchedArm {
  readonly service: string;
  readonly revision: string;
  readonly role: 'stable' | 'canary';
  readonly last: Reading;
  readonly evidence: Evidence;
}

export interface CheckState {
  readonly name: string;
  readonly nextAt: Instant;
  readonly result: { readonly green: boolean; readonly detail: string; readonly at: Instant } | null;
}

/** Why a rollout went back or stopped: the first cause, with the verdict where the gate spoke. */
export interface Cause extends Failure {
  readonly verdict: Verdict | null;
  readonly at: Instant;
}

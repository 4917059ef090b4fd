import type { Verdict } from '#core/gate';
import type { Cause, PhaseName, RolloutRecord } from '#core/release';
import type { Instant } from '#kernel';

/** What the control plane answers: shapes shared by server, command line and pages. */

export interface StatusView {
  readonly system: string;
  readonly environment: string;
  readonly target: string;
  readonly status: 'up' | 'down';
  readonly release: ReleaseView | null;
  /** A rollback holds the environment: nothing rolls forward by itself. */
  readonly pinned: boolean;
  /** A rollout left traffic where it was and waits for a person. */
  readonly stuck: boolean;
  readonly warm: { readonly release: number; readonly until: Instant } | null;
  readonly rollout: RolloutView | null;
  readonly services: readonly ServiceView[];
  readonly stores: readonly StoreStateView[];
  readonly router: { readonly state: string; readonly acknowledged: number };
}

export interface ReleaseView {
  readonly number: number;
  readonly createdAt: Instant;
  readonly by: string;
  readonly note: string;
  readonly source: string;
}

export interface RolloutView {
  readonly id: number;
  readonly release: number;
  readonly from: number | null;
  readonly manner: string;
  readonly phase: PhaseName;
  readonly stage: string | null;
  readonly stageNumber: number | null;
  readonly stages: readonly string[];
  readonly startedAt: Instant;
  /** Present while a step is held. */
  readonly since: Instant | null;
  readonly until: Instant | null;
  /** The hold is over and the gate has not passed. */
  readonly held: boolean;
  readonly verdict: Verdict | null;
  readonly because: Cause | null;
  readonly becauseSentence: string | null;
  readonly arms: readonly ArmView[];
  readonly checks: readonly {
    readonly name: string;
    readonly green: boolean | null;
    readonly detail: string;
  }[];
  readonly can: { readonly abort: boolean; readonly promote: boolean };
}

export interface ArmView {
  readonly service: string;
  readonly role: 'stable' | 'canary';
  readonly revision: string;
  readonly weight: number;
  readonly requests: number;
  readonly failures: number;
  /** Upper bound of the latency bucket that holds the quantile, in milliseconds. */
  readonly p95: number | null;
}

export interface ServiceView {
  readonly name: string;
  readonly traffic: 'http' | 'none';
  readonly address: string | null;
  readonly wanted: number;
  readonly replicas: readonly {
    readonly replica: string;
    readonly revision: string;
    readonly state: string;
    readonly crashes: number;
    readonly detail: string | null;
    readonly port: number | null;
    readonly pid: number | null;
  }[];
}

export interface StoreStateView {
  readonly store: string;
  readonly kind: string;
  readonly state: string;
  readonly address: string | null;
  readonly detail: string | null;
}

/** One line of the timeline; `sequence` is its place in the journal and the id of its server-sent event. */
export interface TimelineEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly type: string;
  /** For people; null where nothing worth a line happened. */
  readonly sentence: string | null;
  /** Of which release it speaks. */
  readonly release: number | null;
  /** Set on the entry that ends what was asked for. */
  readonly outcome: Outcome | null;
  /** Present where a rollout went on. */
  readonly rollout: RolloutRecord | null;
}

export type Outcome = 'done' | 'unchanged' | 'rolledBack' | 'failed' | 'held';

export interface HistoryItem {
  readonly release: number;
  readonly createdAt: Instant;
  readonly by: string;
  readonly note: string;
  readonly source: string;
  readonly outcome: PhaseName | 'none';
  readonly because: string | null;
  readonly current: boolean;
  readonly warm: boolean;
  readonly revisions: Readonly<Record<string, string>>;
}

export interface ExplainView {
  readonly environment: string;
  readonly release: number;
  readonly rollout: RolloutView;
  readonly timeline: readonly TimelineEntry[];
}

export interface ProbeView {
  readonly name: string;
  readonly green: boolean | null;
  readonly detail: string;
  readonly tookMillis: number;
}

export interface AcceptedView {
  /** The story of the request is told by entries after this sequence. */
  readonly after: number;
  readonly release: number | null;
}

export interface PlanView {
  readonly environment: string;
  readonly target: string;
  readonly from: number | null;
  readonly running: boolean;
  readonly stores: readonly {
    readonly name: string;
    readonly kind: string;
    readonly change: 'start' | 'keep';
  }[];
  readonly services: readonly {
    readonly name: string;
    readonly change: 'create' | 'change' | 'remove' | 'keep';
    readonly previous: string | null;
    readonly next: string | null;
    readonly why: readonly string[];
  }[];
  readonly stages: readonly { readonly name: string; readonly holdMillis: number; readonly gate: boolean }[];
}

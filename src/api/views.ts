import type { Verdict } from '#core/gate';
import type { SightInput } from '#core/power';
import type { Cause, GateMode, Intent, Manner, PhaseName, RolloutRecord } from '#core/release';
import type { Instant } from '#kernel';
import type { WarningView } from './recovery-views.ts';

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
  /** A release that was asked for while another one was under way. */
  readonly queued: { readonly release: number; readonly by: string; readonly note: string } | null;
  /** Schemas that will be contracted, the next one first: after that nothing older can be gone back to (R4). */
  readonly contracts: readonly ContractView[];
  /** The newest release whose schema has been contracted; 0: none. */
  readonly contracted: number;
  /** The control plane that may change the environment; null: none holds its lease. */
  readonly inCharge: ChargeView | null;
  readonly rollout: RolloutView | null;
  readonly services: readonly ServiceView[];
  readonly stores: readonly StoreStateView[];
  /** Declared services that this target cannot run, with the sentence that says why. */
  readonly absent: readonly { readonly name: string; readonly sentence: string }[];
  readonly router: { readonly state: string; readonly acknowledged: number };
  /** The worst that should be known about copies and drills, two at most. */
  readonly recovery: readonly WarningView[];
}

export interface ContractView {
  readonly release: number;
  readonly notBefore: Instant;
  /** Tries that failed. */
  readonly attempts: number;
}

export interface ChargeView {
  readonly owner: string;
  /** When its lease ends, unless it prolongs it. */
  readonly until: Instant;
  /** Whether it is the one that answers. */
  readonly ours: boolean;
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
  readonly paused: { readonly by: string; readonly note: string; readonly at: Instant } | null;
  /** Something final has begun: there is only forward (R4). */
  readonly committed: boolean;
  /** null: it is over. */
  readonly waitsFor: WaitView | null;
  /** How far the running job is; null: none runs, or it has not told. */
  readonly progress: ProgressView | null;
  /** Failures of jobs that were declared to be only told, in sentences. */
  readonly ignored: readonly string[];
  /** Addresses at which new revisions answer before users are sent there, by service. */
  readonly previews: Readonly<Record<string, string>>;
  readonly can: CanView;
}

/** What may be asked of a rollout now. */
export type CanView = Readonly<Record<Exclude<Intent, 'supersede'>, boolean>>;

export interface WaitView {
  readonly kind: 'resume' | 'approval' | 'window' | 'person' | 'evidence' | 'time' | 'job' | 'work';
  /** For people: `approval by release manager: 1 of 2, until 2026-05-04 14:03`. */
  readonly sentence: string;
  /** What evidence is missing, one sentence each. */
  readonly needs: readonly string[];
  /** When it ends by itself, or is given up; null: not known. */
  readonly until: Instant | null;
  /** Whether nothing goes on until a person acts. */
  readonly person: boolean;
  /** What to type, best first: `fairway approve --as "release manager"`. */
  readonly commands: readonly string[];
}

export interface ProgressView {
  readonly job: string;
  readonly done: number | null;
  readonly of: number | null;
  /** 0 to 100, where the job knows how much there is. */
  readonly percent: number | null;
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
  /** `detail`: worth a line while one watches, not afterwards. */
  readonly level: 'main' | 'detail';
  /** Of which release it speaks. */
  readonly release: number | null;
  /** Set on the entry that ends what was asked for. */
  readonly outcome: Outcome | null;
  /** Present where a rollout went on. */
  readonly rollout: RolloutRecord | null;
}

export type Outcome = 'done' | 'unchanged' | 'rolledBack' | 'superseded' | 'failed' | 'held';

export interface HistoryItem {
  readonly release: number;
  readonly createdAt: Instant;
  readonly by: string;
  readonly note: string;
  readonly source: string;
  readonly outcome: PhaseName | 'queued' | 'none';
  readonly because: string | null;
  readonly current: boolean;
  readonly warm: boolean;
  /** Whether `rollback` can go there now. */
  readonly reachable: boolean;
  readonly endedAt: Instant | null;
  readonly revisions: Readonly<Record<string, string>>;
  /** All that was done with it, the last thing first. */
  readonly rollouts: readonly HistoryRollout[];
}

export interface HistoryRollout {
  readonly id: number;
  readonly manner: Manner;
  readonly from: number | null;
  readonly by: string;
  readonly note: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly outcome: PhaseName;
  readonly because: string | null;
  readonly exposure: ExposureView;
  /** What its new revisions answered in its last hold. */
  readonly requests: number;
  readonly failures: number;
}

export interface ExplainView {
  readonly environment: string;
  readonly release: number;
  readonly by: string;
  readonly note: string;
  readonly rollout: RolloutView;
  /** null: it is under way. */
  readonly endedAt: Instant | null;
  readonly exposure: ExposureView;
  /** What serves now. */
  readonly serves: number | null;
  readonly timeline: readonly TimelineEntry[];
}

/** For how long users met the new revisions of a rollout. */
export interface ExposureView {
  /** When they first had traffic; null: never. */
  readonly from: Instant | null;
  /** Since when they have it now; null: they have none. */
  readonly since: Instant | null;
  /** When it was taken from them last. */
  readonly until: Instant | null;
  /** How long they had it before that, together when it was given and taken more than once. */
  readonly millis: number;
  /** The largest share that any service had, in percent. */
  readonly most: number;
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
  readonly stages: readonly PlanStageView[];
  /** The traffic that is expected in the steps with a gate, to be played; null: none is declared, or no step has a gate. */
  readonly sight: SightInput | null;
  /** When there is a way back and until when, one sentence each. */
  readonly wayBack: readonly string[];
}

export interface PlanStageView {
  readonly kind: 'shift' | 'approval' | 'window' | 'hook' | 'migration';
  readonly name: string;
  /** What happens, in words. */
  readonly sentence: string;
  readonly holdMillis: number;
  readonly gate: GateMode;
  /** When a window is open next, as of now. */
  readonly opensAt: Instant | null;
  /** Once begun, there is only forward (R4). */
  readonly final: boolean;
}

import type { ChecklistRow, CopyRecord, DrillRecord, Hold } from '#core/recovery';
import type { Release } from '#core/release';
import type { Environment } from '#core/system';
import type { Clock, Failure, Instant, Millis, Random, Result } from '#kernel';
import type { LostWrites, RestoreTarget, Store, Target, TargetRecovery } from '#ports';
import type { Repository } from './repository/contract.ts';

/** What recovery of one environment works with. Made anew when the environment's declaration changes. */
export interface RecoverySite {
  readonly system: string;
  /**
   * Identifies this control plane to others on the store. Where only one can be, the next one has the same name: it goes on at once
   * when one was killed, and does not wait until that one's lease has ended.
   */
  readonly owner: string;
  readonly environment: Environment;
  readonly target: TargetRecovery;
  readonly repository: Repository;
  /** Journal and rows: evidence goes to the stream `recovery/<environment>`. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** A consistent copy of Fairway's own journal into this file, while it is in use; null where it is kept elsewhere. */
  readonly copyJournal: ((file: string) => Promise<Result<null>>) | null;
  /** Makes the target of a second environment of the same system, for drills: nothing of it touches the first one. */
  readonly scratch: (environment: string) => Target;
  /** What serves now. Absent: it is taken to be up, and drills build what they start from the system's folder. */
  readonly serving?: () => Promise<Serving>;
  /** Told what went wrong without anybody who asked. */
  readonly report: (failure: Failure) => void;
}

export interface Serving {
  readonly isUp: boolean;
  /** The current release; null: none. */
  readonly release: Release | null;
  /** Moments that have to stay restorable: begins of releases that may still be taken back. */
  readonly pins: readonly Instant[];
}

/** A restored store beside the running one. */
export interface SideRecord {
  readonly id: string;
  readonly store: string;
  readonly copy: string;
  readonly target: RestoreTarget;
  readonly folder: string;
  readonly reached: Instant | null;
  readonly restoredAt: Instant;
  readonly tookMillis: number;
  readonly lost: LostWrites;
  readonly address: string;
}

export type OperationAsk = {
  readonly by: string;
  readonly note: string;
} & (
  | { readonly kind: 'backup'; readonly of: readonly string[] | null }
  | {
      readonly kind: 'restore';
      readonly store: string;
      readonly copy: string | null;
      readonly target: RestoreTarget;
    }
  /** Puts a side store in the place of the running one; its former data are kept aside. */
  | { readonly kind: 'exchange'; readonly side: string }
  | { readonly kind: 'discard'; readonly side: string }
  | { readonly kind: 'drill' }
  | { readonly kind: 'rotate' }
);

/** Long work, looked at while it goes on. What it has done is in the journal; this is gone with the control plane. */
export interface OperationView {
  readonly id: string;
  readonly kind: OperationAsk['kind'];
  readonly state: 'running' | 'done' | 'failed';
  readonly begunAt: Instant;
  readonly endedAt: Instant | null;
  /** 0 to 1; null: not known. */
  readonly share: number | null;
  readonly doing: string;
  readonly failure: Failure | null;
  /** When it is done, by kind. */
  readonly copies: readonly CopyRecord[];
  readonly side: SideRecord | null;
  readonly drill: DrillRecord | null;
  readonly former: string | null;
  readonly rotated: { readonly rotated: readonly string[]; readonly given: readonly string[] } | null;
}

/** How safe one store is now. */
export interface StoreSafety {
  readonly store: string;
  readonly kind: string;
  /** Whether copies are declared for it. */
  readonly declared: boolean;
  readonly copies: number;
  readonly newest: Instant | null;
  readonly bytes: number;
  /** Any moment from here to `until` can be brought back; null: only the copies. */
  readonly range: { readonly from: Instant; readonly until: Instant } | null;
  /** What would be lost if the machine were gone now; null: everything. */
  readonly atRisk: Millis | null;
  readonly log: { readonly on: boolean; readonly waiting: number; readonly failing: string | null } | null;
  /** Sentences of what people should know now: worst first. */
  readonly warnings: readonly {
    readonly code: string;
    readonly sentence: string;
    readonly severity: 'warning' | 'error';
  }[];
}

export interface RecoveryState {
  readonly environment: string;
  readonly place: string;
  readonly isOffSite: boolean;
  readonly recipient: string;
  readonly stores: readonly StoreSafety[];
  readonly copies: readonly CopyRecord[];
  readonly holds: readonly Hold[];
  readonly sides: readonly SideRecord[];
  readonly drills: readonly DrillRecord[];
  readonly nextDrill: Instant | null;
  /** For a checklist: declared bounds beside measured figures. */
  readonly bounds: {
    readonly rto: {
      readonly declared: string;
      readonly measured: Millis | null;
      readonly ok: boolean | null;
    };
    readonly rpo: {
      readonly declared: string;
      readonly measured: Millis | null;
      readonly ok: boolean | null;
    };
    readonly measuredAt: Instant | null;
  } | null;
  /** The same as lines of a checklist for going live; empty where no bounds are declared. */
  readonly checklist: readonly ChecklistRow[];
}

export interface HoldAsk {
  readonly of: string;
  /** Null: every copy of it. */
  readonly copy: string | null;
  readonly reason: string;
  readonly by: string;
}

/** Recovery of one environment. */
export interface Recovery {
  /** Pulse, log, due copies, due drills, retention, warnings: until the signal is aborted. */
  keep(signal: AbortSignal): Promise<void>;
  state(): Promise<Result<RecoveryState>>;
  /** One at a time; failure: `recovery_busy` (facts: doing). */
  begin(ask: OperationAsk): Promise<Result<OperationView>>;
  operation(id: string): OperationView | null;
  /** What is under way now, whoever began it; null: nothing. */
  running(): OperationView | null;
  /** Failures: `recovery_store_unknown`, `recovery_copy_unknown`: it would keep nothing. */
  hold(ask: HoldAsk): Promise<Result<Hold>>;
  /** Failure: `recovery_hold_unknown`. */
  releaseHold(id: string): Promise<Result<null>>;
  /**
   * How to get into a restored store, in one line with its password; it is started where it does not run. The answer belongs to
   * whoever asked and into no log. Failures: `recovery_side_unknown`, `recovery_side_gone`, those of starting it.
   */
  login(ask: { readonly side: string; readonly by: string }): Promise<Result<{ readonly login: string }>>;
  /** Ends what runs in the background; side stores stay. */
  end(): Promise<void>;
}

import type { CopyRecord, DrillRecord, Hold } from '#core/recovery';
import type { Instant, Millis } from '#kernel';

/** What the control plane answers about recovery: how safe everything is, and how far long work of it is. */

export interface RecoveryView {
  readonly system: string;
  readonly environment: string;
  /** Where copies lie; no credentials. */
  readonly place: string;
  /** Whether it outlives this machine's disk as far as its address tells. */
  readonly isOffSite: boolean;
  /** Whom copies are encrypted for: `age1…`. */
  readonly recipient: string;
  /** The file with the key that opens them. */
  readonly keyFile: string;
  readonly stores: readonly StoreSafetyView[];
  /** Newest first. */
  readonly copies: readonly CopyRecord[];
  readonly holds: readonly Hold[];
  readonly sides: readonly SideView[];
  /** Newest first. */
  readonly drills: readonly DrillRecord[];
  readonly nextDrill: Instant | null;
  /** Declared bounds beside measured figures; null: none are declared. */
  readonly bounds: {
    readonly rto: BoundView;
    readonly rpo: BoundView;
    readonly measuredAt: Instant | null;
  } | null;
}

export interface BoundView {
  /** As declared: `<15m`. */
  readonly declared: string;
  readonly measured: Millis | null;
  readonly ok: boolean | null;
}

export interface StoreSafetyView {
  readonly store: string;
  readonly kind: string;
  readonly declared: boolean;
  readonly copies: number;
  readonly newest: Instant | null;
  readonly bytes: number;
  readonly range: { readonly from: Instant; readonly until: Instant } | null;
  /** What would be lost if the machine were gone now; null: everything. */
  readonly atRisk: Millis | null;
  readonly log: { readonly on: boolean; readonly waiting: number; readonly failing: string | null } | null;
  /** Worst first. */
  readonly warnings: readonly WarningView[];
}

export interface WarningView {
  readonly code: string;
  readonly sentence: string;
  readonly severity: 'warning' | 'error';
}

export interface SideView {
  readonly id: string;
  readonly store: string;
  readonly copy: string;
  readonly reached: Instant | null;
  readonly restoredAt: Instant;
  readonly tookMillis: number;
  readonly lost: {
    readonly transactions: number | null;
    readonly exact: boolean;
    readonly detail: string;
  };
  readonly address: string;
}

export interface OperationView {
  readonly id: string;
  readonly kind: 'backup' | 'restore' | 'exchange' | 'discard' | 'drill' | 'rotate';
  readonly state: 'running' | 'done' | 'failed';
  readonly begunAt: Instant;
  readonly endedAt: Instant | null;
  /** 0 to 1; null: not known. */
  readonly share: number | null;
  readonly doing: string;
  readonly failure: TroubleView | null;
  readonly copies: readonly CopyRecord[];
  readonly side: SideView | null;
  readonly drill: DrillRecord | null;
  /** Where the former data of an exchanged store lie. */
  readonly former: string | null;
  readonly rotated: { readonly rotated: readonly string[]; readonly given: readonly string[] } | null;
}

/** A failure in words. */
export interface TroubleView {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string;
  readonly exit: number;
}

/** What a table of a restored store holds beside that of the running one; null: it is not there. */
export interface TableDifferenceView {
  readonly table: string;
  readonly running: number | null;
  readonly restored: number | null;
}

/** One thing that was looked at in a store's data. */
export interface ExaminedView {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** One entry of the evidence that recovery leaves in the journal. */
export interface EvidenceView {
  readonly sequence: number;
  readonly at: Instant;
  readonly type: string;
  readonly sentence: string;
}

import type { BackupPolicy, RecoveryPolicy, StoreSpec } from '#core/system';
import type { Instant, Millis } from '#kernel';
import type { Histories } from './lineage.ts';
import type { CopyRecord, LogRecord } from './records.ts';

export interface SafetyQuestion {
  /** Name of the store, or `fairway`. */
  readonly of: string;
  readonly kind: StoreSpec['kind'] | 'fairway';
  /** Null: no copies are declared for it. */
  readonly policy: BackupPolicy | null;
  /** Null: the environment declares no bounds. */
  readonly recovery: RecoveryPolicy | null;
  /** Every copy of it that counts. */
  readonly copies: readonly CopyRecord[];
  readonly log: readonly LogRecord[];
  readonly histories?: Histories;
  /** What the server says of its log; null: it keeps none, or does not answer. */
  readonly logState: {
    readonly on: boolean;
    readonly failing: string | null;
    readonly lastAt: Instant | null;
  } | null;
  /** Pieces that the server has handed over and that are not in the repository yet. */
  readonly waiting: number;
  /** When the oldest of those was first seen; null: none waits. */
  readonly waitingSince: Instant | null;
  /** Where copies go, as people are told, and whether that outlives this machine. */
  readonly place: string;
  readonly isOffSite: boolean;
  /** Since when copies of it could have been made. */
  readonly since: Instant;
  readonly now: Instant;
}

/** How much may be at risk before it is wrong; `rpo`: as declared. */
export interface RiskBound {
  readonly limit: Millis;
  readonly isKept: (atRisk: Millis) => boolean;
  readonly isRpo: boolean;
}

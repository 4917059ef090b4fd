import type { Instant, Json, Millis } from '#kernel';
import type { StoreSpec } from '#core/system';

/** A part of a copy as it lies in the repository. */
export interface PartRecord {
  readonly name: string;
  /** Before compression and encryption. */
  readonly bytes: number;
  /** As stored. */
  readonly stored: number;
  /** SHA-256 (hex) of what is stored. */
  readonly sha256: string;
}

/** A copy that was made, read back and found whole: one without this record does not count. */
export interface CopyRecord {
  /** Sorts by time: `20261122T013000Z-1f3a`. */
  readonly id: string;
  readonly system: string;
  readonly environment: string;
  /** Name of the store; `fairway` for what Fairway itself keeps (journal, secrets, snapshots, the system's folder). */
  readonly of: string;
  readonly kind: StoreSpec['kind'] | 'fairway';
  /** The content is of some moment from here … */
  readonly from: Instant;
  /** … to here. */
  readonly until: Instant;
  /** When it had been read back. */
  readonly verifiedAt: Instant;
  readonly bytes: number;
  readonly parts: readonly PartRecord[];
  readonly detail: Json;
  /** Why it was made: `scheduled`, `asked`, `before exchange` … */
  readonly why: string;
}

/** A piece of a log that lies in the repository, read back and found whole. */
export interface LogRecord {
  readonly of: string;
  /** As the server names it. */
  readonly name: string;
  readonly stored: number;
  readonly sha256: string;
  /** When it was put there. */
  readonly at: Instant;
}

/** Nothing that a hold covers is deleted. */
export interface Hold {
  readonly id: string;
  readonly of: string;
  /** Null: every copy of it, for as long as the hold is there. */
  readonly copy: string | null;
  readonly reason: string;
  readonly by: string;
  readonly at: Instant;
}

/** What a drill has measured. */
export interface DrillRecord {
  readonly id: string;
  readonly environment: string;
  readonly at: Instant;
  /** From the order to the last check green. */
  readonly rto: Millis | null;
  /** From the newest write that was brought back to the order. */
  readonly rpo: Millis | null;
  readonly ok: boolean;
  /** Why not, or what was weak; sentences for people. */
  readonly findings: readonly string[];
  readonly steps: readonly {
    readonly name: string;
    readonly tookMillis: number;
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

import type { Millis } from '#kernel';

/** How often one is made, and how long it is kept. */
export interface Keeping {
  readonly every: Millis;
  readonly keep: Millis;
}

/** How the content of a store is kept safe. */
export interface BackupPolicy {
  /** Whole copies; null: only those that somebody asks for. */
  readonly full: Keeping | null;
  /** Whole copies that are kept longer. */
  readonly longTerm: Keeping | null;
  /** The log is handed over at least this often; null: none is. */
  readonly logEvery: Millis | null;
  /** It can be brought back to any moment of the last so long. */
  readonly pointInTime: Millis | null;
  /** Where copies go, as declared; null: nothing is said. */
  readonly to: string | null;
}

/** An upper bound; `strict`: less than, not equal. */
export interface TimeBound {
  readonly limit: Millis;
  readonly strict: boolean;
}

export interface RecoveryPolicy {
  readonly rto: TimeBound;
  readonly rpo: TimeBound;
  /** How often a restore is tried and measured; null: when somebody asks. */
  readonly drillEvery: Millis | null;
  /** What restored data must show, by store. */
  readonly verify: Readonly<Record<string, VerifyPolicy>>;
}

export interface VerifyPolicy {
  /** Fewest rows by table ("schema.table" or "table"). */
  readonly rows: Readonly<Record<string, number>>;
  /** Queries whose only value must be the text. */
  readonly queries: Readonly<Record<string, { readonly sql: string; readonly expect: string }>>;
}

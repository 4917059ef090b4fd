import type { TableDifferenceView, WarningView } from '#api';
import type { Json, Result } from '#kernel';
import type { Examined, JournalEntry } from '#ports';
import type { Recovery } from '#recovery';

/** Recovery of all environments of a system, as the control plane keeps it. */
export interface RecoveryDesk {
  /** Failures: `recovery_not_here` (facts: environment) and those of reading place and key. */
  of(environment: string): Promise<Result<Recovery>>;
  /** The file with the key of its copies. */
  keyFile(environment: string): string;
  /** What people should know now, worst first, as it was found at most a minute ago; asks nobody. */
  warnings(environment: string): readonly WarningView[];
  /** Adds an entry to the evidence of the environment. */
  record(environment: string, type: string, data: Json): Promise<Result<null>>;
  /** The newest entries of the evidence, oldest first. */
  evidence(environment: string, limit: number): Promise<readonly JournalEntry[]>;
  /** Rows of each table of a restored store beside those of the running one. Failure: `recovery_side_unknown`. */
  differences(environment: string, side: string): Promise<Result<readonly TableDifferenceView[]>>;
  /** Reads all of a store and holds it against its checksums, constraints and what is declared; `side` null: the running one. */
  examine(environment: string, store: string, side: string | null): Promise<Result<readonly Examined[]>>;
}

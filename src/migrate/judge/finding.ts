/** What is judged, and where it stands. */
export interface MigrationFinding {
  /** An error breaks the code that still runs, or would not run at all; a warning is worth a look. */
  readonly severity: 'error' | 'warning';
  readonly code: MigrationFindingCode;
  /** `expand/004-score-source.sql` */
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly sentence: string;
  /** How to get there without harm, one step after the other. */
  readonly steps: readonly string[];
}

/** Every code a finding may have, with what it means. */
export const migrationFindingCodes = {
  migration_syntax: 'The file is no SQL that Postgres understands.',
  migration_directive_unknown: 'A "-- fairway:" comment says something that is not known.',
  migration_transaction_statement: 'The file begins or ends a transaction of its own.',
  migration_backfill_shape: 'A backfill is not one batched statement with a cursor.',
  migration_drops: 'Something goes away that the old code may use.',
  migration_renames: 'A name goes away that the old code may use.',
  migration_changes_type: 'A column becomes another type under the old code.',
  migration_requires_value: 'A value becomes necessary that the old code does not give.',
  migration_adds_constraint: 'A rule is put on all rows at once, those of the old code too.',
  migration_locks_table: 'A table is locked for as long as a long work takes.',
  migration_rewrites_table: 'A table is written anew while nobody may use it.',
  migration_moves_data: 'Rows are changed all at once instead of in batches.',
  migration_needs_no_transaction: 'A statement works only outside of a transaction.',
  migration_not_readable: 'Code is run that cannot be judged from outside.',
} as const;

export type MigrationFindingCode = keyof typeof migrationFindingCodes;

/** A finding before it has a place. */
export type Objection = Pick<MigrationFinding, 'severity' | 'code' | 'sentence' | 'steps'>;

export const error = (code: MigrationFindingCode, sentence: string, steps: readonly string[]): Objection => ({
  severity: 'error',
  code,
  sentence,
  steps,
});
export const warning = (
  code: MigrationFindingCode,
  sentence: string,
  steps: readonly string[],
): Objection => ({ ...error(code, sentence, steps), severity: 'warning' });

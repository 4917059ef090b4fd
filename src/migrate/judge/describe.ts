import type { Facts } from '#kernel';
import type { MigrationFindingCode } from './finding.ts';

interface Described {
  readonly code: MigrationFindingCode;
  readonly sentence: string;
  readonly steps: readonly string[];
}

/** A file that the runner would refuse, as a finding. */
export function describe(code: string, facts: Facts): Described {
  const found = String(facts['found'] ?? '');
  if (code === 'migration_directive_unknown') {
    return {
      code,
      sentence: `"fairway: ${found}" is not known here.`,
      steps: [
        'Write "no transaction" (first line only), "batch 1000", "count SELECT …" or "allow CODE because REASON".',
      ],
    };
  }
  if (code === 'migration_transaction_statement') {
    return {
      code,
      sentence: `"${found}" ends or begins a transaction, but each file is one of its own.`,
      steps: ['Leave it out, or begin the file with "-- fairway: no transaction".'],
    };
  }
  if (code === 'migration_backfill_shape') {
    return {
      code,
      sentence: `A backfill needs ${String(facts['missing'])}.`,
      steps: [
        'Write one statement that takes the keys after :cursor, in order, at most :batch of them.',
        'Change the rows with these keys in a WITH of the same statement.',
        'Return the keys, in order, in a column named cursor.',
      ],
    };
  }
  return {
    code: 'migration_syntax',
    sentence: `Postgres does not understand this: ${String(facts['reason'] ?? code)}.`,
    steps: ['Correct it. Commands of psql, which begin with a backslash, are none of SQL.'],
  };
}

import type { Statement } from '../parse.ts';
import { error, type Objection, warning } from './finding.ts';

/** Statements that Postgres refuses inside of a transaction, and those that a killed attempt leaves half done outside. */
export function transactionNeeds({ node }: Statement, noTransaction: boolean): readonly Objection[] {
  const concurrent =
    ('IndexStmt' in node && node.IndexStmt.concurrent === true) ||
    ('DropStmt' in node && node.DropStmt.concurrent === true);
  const alone = concurrent || ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd === true);
  if (alone && !noTransaction)
    return [
      error('migration_needs_no_transaction', 'This works only outside of a transaction.', [
        'Put it into a file of its own.',
        'Write "-- fairway: no transaction" as the first line of the file.',
      ]),
    ];
  if ('IndexStmt' in node && concurrent && node.IndexStmt.if_not_exists !== true)
    return [
      warning(
        'migration_needs_no_transaction',
        'An attempt that dies right after the index was built would fail at it the next time.',
        ['Write CREATE INDEX CONCURRENTLY IF NOT EXISTS; an invalid one is dropped before.'],
      ),
    ];
  return [];
}

import { err, fail, ok, type Result } from '#kernel';
import { type Directives, directivesOf } from './directives.ts';
import { type MigrationFile, pathOf } from './files.ts';
import type { Parser, Statement } from './parse.ts';

/** A file that was read and understood, and has not touched the database yet. */
export interface Prepared {
  readonly file: MigrationFile;
  readonly directives: Directives;
  readonly statements: readonly Statement[];
  /** Only of a backfill. */
  readonly backfill: { readonly sql: string; readonly batch: number } | null;
}

/**
 * Reads a file as Postgres would, before anything is changed. Failures: `migration_syntax`, `migration_directive_unknown`,
 * `migration_transaction_statement`, `migration_backfill_shape`.
 */
export function prepare(file: MigrationFile, parser: Parser): Result<Prepared> {
  const path = pathOf(file);
  const directives = directivesOf(file.sql);
  const [unknown] = directives.unknown;
  if (unknown !== undefined) {
    return fail('migration_directive_unknown', { file: path, line: unknown.line, found: unknown.text });
  }
  const bound = file.phase === 'backfill' ? parser.bind(file.sql) : null;
  if (bound?.ok === false) return fail('migration_syntax', { file: path, ...bound.error });
  const parsed = parser.parse(bound?.value.sql ?? file.sql);
  if (!parsed.ok) return fail('migration_syntax', { file: path, ...parsed.error });
  const statements = parsed.value;
  const ending = statements.find(({ node }) => 'TransactionStmt' in node);
  if (ending !== undefined)
    return fail('migration_transaction_statement', {
      file: path,
      line: ending.line,
      column: ending.column,
      found: ending.text,
    });
  if (bound === null) return ok({ file, directives, statements, backfill: null });

  const [only, second] = statements;
  const missing =
    directives.batch === null
      ? 'the line "-- fairway: batch 1000"'
      : !bound.value.cursor
        ? 'the placeholder :cursor'
        : !bound.value.batch
          ? 'the placeholder :batch'
          : only === undefined || second !== undefined || !isOfRows(only)
            ? 'exactly one SELECT, INSERT, UPDATE or DELETE'
            : null;
  if (missing !== null || only === undefined || directives.batch === null)
    return err(shapeFailure(file, missing ?? 'a statement'));
  return ok({ file, directives, statements, backfill: { sql: only.text, batch: directives.batch } });
}

export const shapeFailure = (file: MigrationFile, missing: string) => ({
  code: 'migration_backfill_shape',
  facts: { file: pathOf(file), missing },
});

const rowStatements = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];
export const isOfRows = ({ node }: Statement) => rowStatements.some((kind) => kind in node);

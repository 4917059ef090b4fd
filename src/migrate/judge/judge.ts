import type { Failure } from '#kernel';
import { directivesOf } from '../directives.ts';
import { type MigrationFile, pathOf } from '../files.ts';
import type { Parser, Statement } from '../parse.ts';
import { isOfRows, prepare } from '../prepare.ts';
import { describe } from './describe.ts';
import { createdIn } from './created.ts';
import { error, type MigrationFinding, type Objection } from './finding.ts';
import { objectionsTo } from './objections.ts';
import { dropsOf } from './drops.ts';
import { transactionNeeds } from './transaction.ts';

/**
 * What in these files the code that still runs would not survive, in the order of the files. Judges what it is given: pass
 * only files that no release has applied yet. Pure; the parser is Postgres' own. A file that cannot be read at all has that
 * one finding. A line `-- fairway: allow CODE because REASON` right above a statement takes its findings of that code away.
 */
export function judgeMigrations(
  files: readonly MigrationFile[],
  parser: Parser,
): readonly MigrationFinding[] {
  return files.flatMap((file) => judgeFile(file, parser));
}

function judgeFile(file: MigrationFile, parser: Parser): readonly MigrationFinding[] {
  const prepared = prepare(file, parser);
  if (!prepared.ok) return [unusable(prepared.error, file, parser)].flat();
  const { statements, directives } = prepared.value;
  const created = createdIn(statements);
  return statements.flatMap((statement) => {
    const found = [
      ...transactionNeeds(statement, directives.noTransaction),
      ...(file.phase === 'expand' ? objectionsTo(statement, created) : []),
    ];
    return found
      .filter(({ code }) => !isAllowed(code, statement, file.sql))
      .map((objection) => place(objection, file, statement));
  });
}

/** A backfill that is refused for its shape often is one because it drops something: then that is what is said. */
function unusable(failure: Failure, file: MigrationFile, parser: Parser): readonly MigrationFinding[] {
  const { code, facts } = failure;
  if (code === 'migration_backfill_shape') {
    const bound = parser.bind(file.sql);
    const parsed = bound.ok ? parser.parse(bound.value.sql) : bound;
    const drops = (parsed.ok ? parsed.value : []).flatMap((statement) =>
      isOfRows(statement)
        ? []
        : dropsOf(statement, createdIn([])).map((objection) => place(objection, file, statement)),
    );
    if (drops.length > 0) return drops;
  }
  const described = describe(code, facts);
  const line = Number(facts['line'] ?? 1);
  const column = Number(facts['column'] ?? 1);
  return [
    { ...error(described.code, described.sentence, described.steps), file: pathOf(file), line, column },
  ];
}

function place(objection: Objection, file: MigrationFile, { line, column }: Statement): MigrationFinding {
  return { ...objection, file: pathOf(file), line, column };
}

/** Only comments may stand between the permission and its statement. */
function isAllowed(code: string, { line }: Statement, sql: string): boolean {
  const lines = sql.split(/\r?\n/);
  return directivesOf(sql).allowed.some(
    (allowed) =>
      allowed.code === code &&
      allowed.line < line &&
      lines.slice(allowed.line, line - 1).every((text) => /^\s*(--.*)?$/.test(text)),
  );
}

import { err, type Failure, formatDuration, ok, type Result } from '#kernel';
import { makeWay } from './leftover.ts';
import type { Entry } from './ledger.ts';
import { checksumOf, pathOf } from './files.ts';
import type { Statement } from './parse.ts';
import type { Prepared } from './prepare.ts';
import { statementFailure } from './problems.ts';
import { type Desk, retrying } from './retry.ts';

/**
 * Applies a file of expand or contract: all of it in one transaction, or statement by statement where the file says so.
 * `before` is what a former attempt left behind. Failures: those of `statementFailure`, `migration_stopped`.
 */
export async function applyFile(prepared: Prepared, before: Entry | null, desk: Desk): Promise<Result<null>> {
  const { clock, say } = desk.world;
  const started = clock.now();
  const spent = () => clock.now() - started;
  const applied = prepared.directives.noTransaction
    ? await applyOutside(prepared, before, desk, spent)
    : await retrying(desk, () => applyInside(prepared, desk, spent));
  if (applied.ok)
    say({ message: `${pathOf(prepared.file)} was applied in ${formatDuration(desk.took(spent()))}.` });
  return applied;
}

/** One attempt in one transaction, the entry in the ledger with it. */
async function applyInside(
  { file, statements }: Prepared,
  { session, ledger, ask, took }: Desk,
  spent: () => number,
): Promise<Result<null>> {
  let current: Statement | null = null;
  try {
    await session.query('BEGIN');
    await session.query(`SET LOCAL lock_timeout = ${Math.round(ask.lockTimeout)}`);
    await session.query(`SET LOCAL statement_timeout = ${Math.round(ask.statementTimeout)}`);
    for (current of statements) await session.query(current.text);
    current = null;
    await ledger.write(file, { finished: true, cursor: null, done: 0, total: null, took: took(spent()) });
    await session.query('COMMIT');
    return ok(null);
  } catch (reason) {
    const failure = statementFailure(reason, file, current);
    await session.query('ROLLBACK').catch(() => undefined); // without a connection there is nothing to roll back
    return err(failure);
  }
}

/**
 * Statement by statement, each with its place noted after it, so that a later attempt goes on with the one that failed. A
 * process that dies between a statement and its note does the statement again: such files say IF NOT EXISTS.
 */
async function applyOutside(
  { file, statements }: Prepared,
  before: Entry | null,
  desk: Desk,
  spent: () => number,
): Promise<Result<null>> {
  const { ledger, took } = desk;
  const isSame = before?.checksum === checksumOf(file);
  const skipped = isSame ? Number(before.cursor ?? 0) : 0;
  for (const [index, statement] of statements.entries()) {
    if (index < skipped) continue;
    const run = await retrying(desk, () => runOutside(statement, file, desk));
    if (!run.ok) return run;
    const cursor = String(index + 1);
    const noted = await guarded(file, statement, () =>
      ledger.write(file, { finished: false, cursor, done: 0, total: null, took: took(spent()) }),
    );
    if (!noted.ok) return noted;
  }
  return guarded(file, null, () =>
    ledger.write(file, { finished: true, cursor: null, done: 0, total: null, took: took(spent()) }),
  );
}

async function runOutside(
  statement: Statement,
  file: Prepared['file'],
  { session, ask, world }: Desk,
): Promise<Result<null>> {
  return guarded(file, statement, async () => {
    // What works concurrently waits for old transactions without anybody waiting behind it: let it.
    const patience = isConcurrent(statement) ? 0 : Math.round(ask.lockTimeout);
    await session.query(`SET lock_timeout = ${patience}`);
    await session.query(`SET statement_timeout = ${Math.round(ask.statementTimeout)}`);
    await makeWay(statement, session.query, world.say);
    await session.query(statement.text);
  });
}

async function guarded(
  file: Prepared['file'],
  statement: Statement | null,
  work: () => Promise<void>,
): Promise<Result<null, Failure>> {
  try {
    await work();
    return ok(null);
  } catch (reason) {
    return err(statementFailure(reason, file, statement));
  }
}

const isConcurrent = ({ node }: Statement) =>
  ('IndexStmt' in node && node.IndexStmt.concurrent === true) ||
  ('DropStmt' in node && node.DropStmt.concurrent === true);

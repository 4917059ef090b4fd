import { err, fail, formatDuration, millis, ok, type Result } from '#kernel';
import { pathOf } from './files.ts';
import type { Entry, Progress } from './ledger.ts';
import { type Prepared, shapeFailure } from './prepare.ts';
import { statementFailure } from './problems.ts';
import { type Desk, retrying } from './retry.ts';

/**
 * Repeats the statement of a backfill until it gives no row. Each batch is a transaction of its own and writes its place
 * with the rows it changes, so every row is done exactly once however often the runner dies. What is printed as a resume
 * token is for people: the place that counts is the one in the database, where it cannot disagree with the rows.
 * Failures: those of `statementFailure`, `migration_backfill_shape`, `migration_backfill_stuck`, `migration_stopped`.
 */
export async function runBackfill(
  prepared: Prepared,
  before: Entry | null,
  desk: Desk,
): Promise<Result<null>> {
  const { file } = prepared;
  const { world, ask } = desk;
  const { clock, say, stopping } = world;
  const started = clock.now();
  const counted = await begin(prepared, before, desk);
  if (!counted.ok) return counted;
  let place = counted.value;
  if (place.cursor !== null) say({ message: `${pathOf(file)} goes on after ${place.done} rows.` });

  while (!place.finished) {
    if (stopping.aborted) return fail('migration_stopped', { file: pathOf(file) });
    const from = place;
    const next = await retrying(desk, () => runBatch(prepared, from, desk, clock.now() - started));
    if (!next.ok) return next;
    place = next.value;
    if (!place.finished) {
      const { done, total } = place;
      const token = { resume: `${file.name}:${place.cursor ?? ''}`, done };
      say(total === null ? token : { ...token, of: Math.max(done, total) });
      if (ask.batchPause > 0) await clock.sleep(ask.batchPause, stopping);
    }
  }
  say({ message: `${pathOf(file)} is done: ${place.done} rows in ${formatDuration(place.took)}.` });
  return ok(null);
}

/** The place to start from, with the rows to do counted once, when it begins: later there are fewer. */
async function begin(prepared: Prepared, before: Entry | null, desk: Desk): Promise<Result<Progress>> {
  if (before !== null) return ok(before);
  const { file, directives } = prepared;
  const start = { finished: false, cursor: null, done: 0, total: null, took: millis(0) };
  if (directives.count === null) return ok(start);
  const { session, ask } = desk;
  try {
    await session.query(`SET statement_timeout = ${Math.round(ask.statementTimeout)}`);
    const { rows, columns } = await session.raw(directives.count, []);
    await session.settle();
    const total = Number(rows[0]?.[columns[0] ?? ''] ?? Number.NaN);
    return ok({ ...start, total: Number.isSafeInteger(total) ? total : null });
  } catch (reason) {
    return err(statementFailure(reason, file, prepared.statements[0] ?? null));
  }
}

async function runBatch(
  { file, statements, backfill }: Prepared,
  from: Progress,
  { session, ledger, ask, took }: Desk,
  spent: number,
): Promise<Result<Progress>> {
  if (backfill === null) return err(shapeFailure(file, 'its statement'));
  const roll = () => session.query('ROLLBACK').catch(() => undefined);
  try {
    await session.query('BEGIN');
    await session.query(`SET LOCAL lock_timeout = ${Math.round(ask.lockTimeout)}`);
    await session.query(`SET LOCAL statement_timeout = ${Math.round(ask.statementTimeout)}`);
    const { rows, columns } = await session.raw(backfill.sql, [from.cursor, backfill.batch]);
    const cursor = rows.at(-1)?.['cursor'] ?? null;
    const problem = !columns.includes('cursor')
      ? shapeFailure(file, 'a column named "cursor" in what it returns')
      : rows.length > 0 && cursor === null
        ? shapeFailure(file, 'a key in the column "cursor" of its last row')
        : rows.length > 0 && cursor === from.cursor
          ? { code: 'migration_backfill_stuck', facts: { file: pathOf(file), cursor } }
          : null;
    if (problem !== null) {
      await roll();
      return err(problem);
    }
    const next: Progress = {
      finished: rows.length === 0,
      cursor: cursor ?? from.cursor,
      done: from.done + rows.length,
      total: from.total,
      took: took(spent),
    };
    await ledger.write(file, next);
    await session.query('COMMIT');
    return ok(next);
  } catch (reason) {
    const failure = statementFailure(reason, file, statements[0] ?? null);
    await roll();
    return err(failure);
  }
}

import { err, fail, millis, ok, type Result } from '#kernel';
import { applyFile } from './apply.ts';
import { runBackfill } from './backfill.ts';
import { checksumOf, type MigrationFile, pathOf, phases, readMigrations } from './files.ts';
import { type Entry, type Ledger, openLedger } from './ledger.ts';
import { takeLock } from './lock.ts';
import type { Parser } from './parse.ts';
import { type Prepared, prepare } from './prepare.ts';
import { connectionLost } from './problems.ts';
import { openSession, type Session } from './session.ts';
import type { Ask, World } from './world.ts';

/**
 * Applies what one phase still lacks, one runner at a time, each file once; gives the names. Files that only another build
 * knows are left alone: newer and older ones share the database.
 * Failures: `migration_folder_unreadable`, `migration_database_unreachable`, `migration_database_refused`,
 * `migration_lock_held`, `migration_changed`, `migration_phase_too_early`, `migration_stopped`, `migration_connection_lost`,
 * and those of `prepare`, `applyFile` and `runBackfill`.
 */
export async function runPhase(ask: Ask, parser: Parser, world: World): Promise<Result<readonly string[]>> {
  const read = await readMigrations(ask.folder);
  if (!read.ok) return read;
  const opened = await openSession(ask.databaseUrl, ask.lockTimeout);
  if (!opened.ok) return opened;
  const session = opened.value;
  try {
    const { clock, stopping } = world;
    const locked = await takeLock(session.query, { clock, patience: ask.lockTimeout, stopping });
    if (!locked.ok) return locked;
    const ledger = await openLedger(session.query);
    const pending = pendingOf(read.value, await ledger.entries(), ask, parser);
    if (!pending.ok) return pending;
    if (pending.value.length === 0) world.say({ message: `Nothing is left to do in ${ask.phase}.` });
    return await work(pending.value, ask, session, ledger, world);
  } catch (reason) {
    return err(connectionLost(reason));
  } finally {
    await session.close();
  }
}

interface Pending {
  readonly prepared: Prepared;
  /** What a former attempt has left behind. */
  readonly before: Entry | null;
}

/** What there is to do, all of it read and understood before the first of it is begun. */
function pendingOf(
  files: readonly MigrationFile[],
  entries: readonly Entry[],
  { phase }: Ask,
  parser: Parser,
): Result<readonly Pending[]> {
  const known = new Map(entries.map((entry) => [pathOf(entry), entry]));
  const entryOf = (file: MigrationFile) => known.get(pathOf(file)) ?? null;
  const isFinished = (file: MigrationFile) => entryOf(file)?.finished === true;

  const changed = files.find((file) => isFinished(file) && entryOf(file)?.checksum !== checksumOf(file));
  if (changed !== undefined) return fail('migration_changed', { file: pathOf(changed) });
  const earlier = phases.slice(0, phases.indexOf(phase));
  const open = files.find((file) => earlier.includes(file.phase) && !isFinished(file));
  if (open !== undefined) return fail('migration_phase_too_early', { phase, file: pathOf(open) });

  const pending: Pending[] = [];
  for (const file of files.filter((each) => each.phase === phase && !isFinished(each))) {
    const prepared = prepare(file, parser);
    if (!prepared.ok) return prepared;
    pending.push({ prepared: prepared.value, before: entryOf(file) });
  }
  return ok(pending);
}

async function work(
  pending: readonly Pending[],
  ask: Ask,
  session: Session,
  ledger: Ledger,
  world: World,
): Promise<Result<readonly string[]>> {
  const applied: string[] = [];
  for (const { prepared, before } of pending) {
    if (world.stopping.aborted) return fail('migration_stopped', { file: pathOf(prepared.file) });
    const took = (spent: number) => millis((before?.took ?? 0) + Math.max(0, spent));
    const desk = { ask, session, ledger, world, took };
    const done = await (prepared.backfill === null ? applyFile : runBackfill)(prepared, before, desk);
    if (!done.ok) return done;
    await session.settle();
    applied.push(pathOf(prepared.file));
  }
  return ok(applied);
}

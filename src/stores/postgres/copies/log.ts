import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type Clock, fail, instant, millis, ok, type Result, seconds, Thrown } from '#kernel';
import type { Content, LogPiece, LogState, StoreLog } from '#ports';
import { type Access, codeOf, findHome, syncFolder } from '../../supervisor/index.ts';
import { withConnection } from '../client.ts';
import { superuserLogin } from '../logins.ts';
import { archiveFolder } from './archive.ts';
import { isPiece } from './pieces.ts';
import { lastComplaint } from './server-log.ts';

const ASK_MILLIS = 10_000;
const CUT_WITHIN = seconds(30);

export interface LogOptions {
  readonly store: string;
  readonly folder: string;
  readonly clock: Clock;
  readonly access: () => Promise<Result<Access>>;
}

/**
 * The log a Postgres hands over into `archive` of its home. Failures: `store_folder_failed` (facts: store, folder,
 * reason), `postgres_log_piece_missing` (facts: store, piece), `postgres_log_not_cut` (facts: store, piece, reason),
 * `postgres_not_answering`.
 */
export function postgresLog(options: LogOptions): StoreLog {
  const { folder } = options;
  return {
    state: () => state(options),
    pending: () => onDisk(options, async () => pendingIn(await archiveOf(folder))),
    open: (name) => openPiece(options, name),
    forget: (name) =>
      onDisk(options, async () => {
        const archive = await archiveOf(folder);
        if (archive === null || !isPiece(name)) return null;
        await rm(join(archive, name), { force: true });
        await syncFolder(archive);
        return null;
      }),
    cut: () => cut(options),
  };
}

async function state(options: LogOptions): Promise<Result<LogState>> {
  const access = await options.access();
  if (!access.ok) return access;
  const found = await withConnection(superuserLogin(access.value), ASK_MILLIS, async (client) => {
    const { rows } = await client.query<{
      on: boolean;
      failing: string | null;
      current: string;
      last: string | null;
    }>(
      `SELECT current_setting('archive_mode') = 'on' AND current_setting('archive_library') = 'basic_archive' AS on,
              pg_walfile_name(pg_current_wal_lsn()) AS current,
              floor(extract(epoch FROM last_archived_time) * 1000)::text AS last,
              CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity') THEN last_failed_wal END AS failing
         FROM pg_stat_archiver`,
    );
    return rows[0];
  });
  if (!found.ok) return found;
  const row = found.value;
  const failing = row?.failing ?? null;
  return ok({
    on: row?.on === true,
    failing: failing === null ? null : ((await lastComplaint(options.folder, /archiv/)) ?? failing),
    current: row?.current ?? '',
    lastAt: row?.last ? instant(Number(row.last)) : null,
  });
}

async function pendingIn(archive: string | null): Promise<readonly LogPiece[]> {
  if (archive === null) return [];
  const pieces: LogPiece[] = [];
  for (const name of (await readdir(archive)).filter(isPiece).toSorted()) {
    const stats = await lstat(join(archive, name));
    if (stats.isFile()) pieces.push({ name, bytes: stats.size });
  }
  return pieces;
}

/** The folder belongs to the server's user: as root nothing that could lead elsewhere is followed. */
async function* openPiece(options: LogOptions, name: string): Content {
  const { store, folder } = options;
  const archive = await archiveOf(folder);
  const missing = () => new Thrown(fail('postgres_log_piece_missing', { store, piece: name }).error);
  if (archive === null || !isPiece(name)) throw missing();
  let file: Awaited<ReturnType<typeof open>> | null = null;
  try {
    file = await open(join(archive, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile() || stats.nlink !== 1) throw missing();
    for await (const bytes of file.createReadStream({ highWaterMark: 1_048_576, autoClose: false }))
      yield bytes as Buffer;
  } catch (reason) {
    if (reason instanceof Thrown) throw reason;
    if (['ENOENT', 'ELOOP'].includes(codeOf(reason))) throw missing();
    throw new Thrown(diskFailure(options, reason).error);
  } finally {
    await file?.close();
  }
}

/**
 * The server begins a new piece, and the one before is waited for. Where nothing was written since the last cut there
 * is nothing to cut.
 */
async function cut({ store, folder, clock, access }: LogOptions): Promise<Result<null>> {
  const found = await access();
  if (!found.ok) return found;
  const login = superuserLogin(found.value);
  const begun = await withConnection(login, ASK_MILLIS, async (client) => {
    const { rows } = await client.query<{ piece: string; on: boolean }>(
      `SELECT pg_walfile_name(pg_switch_wal() - 1::numeric) AS piece, current_setting('archive_mode') = 'on' AS on`,
    );
    return rows[0];
  });
  if (!begun.ok) return begun;
  const { piece = '', on = false } = begun.value ?? {};
  const notCut = (reason: string) => fail('postgres_log_not_cut', { store, piece, reason });
  if (!on) return notCut('the server does not hand over its log');
  for (const until = after(clock.now(), CUT_WITHIN); ; await clock.sleep(millis(50))) {
    const waits = await withConnection(login, ASK_MILLIS, async (client) => {
      const { rowCount } = await client.query('SELECT FROM pg_ls_archive_statusdir() WHERE name = $1', [
        `${piece}.ready`,
      ]);
      return rowCount !== 0;
    });
    if (!waits.ok) return waits;
    if (!waits.value) return ok(null);
    if (clock.now() >= until)
      return notCut((await lastComplaint(folder, /archiv/)) ?? `it was not handed over in ${CUT_WITHIN} ms`);
  }
}

/** Null before the first start. A link in its place is not followed. */
async function archiveOf(folder: string): Promise<string | null> {
  const home = await findHome(folder);
  if (home === null) return null;
  const archive = archiveFolder(home);
  try {
    return (await lstat(archive)).isDirectory() ? archive : null;
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

async function onDisk<T>(options: LogOptions, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (reason) {
    return diskFailure(options, reason);
  }
}

const diskFailure = ({ store, folder }: LogOptions, reason: unknown) =>
  fail('store_folder_failed', { store, folder, reason: reason instanceof Error ? reason.message : '' });

import { constants, type Dirent } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Left empty in a copy: a standby fetches its log by streaming, and the rest belongs to the running server. */
const EMPTY = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const CONTROL = join('global', 'pg_control');
const AT_ONCE = 8;

/**
 * Copies a data folder while its server writes to it, between pg_backup_start and pg_backup_stop: file by file, torn
 * pages included, which the log repairs (PostgreSQL manual, "Making a Base Backup Using the Low Level API"). Files that
 * vanish in between were deleted, which the log says too. Returns the bytes copied.
 */
export async function copyFolder(from: string, to: string): Promise<number> {
  await mkdir(to, { mode: 0o700 });
  const copied = await copyEntries(from, to, '');
  await mkdir(join(to, 'pg_wal', 'archive_status'), { recursive: true, mode: 0o700 });
  await copyControl(join(from, CONTROL), join(to, CONTROL));
  return copied;
}

async function copyEntries(from: string, to: string, below: string): Promise<number> {
  const entries = (await list(join(from, below))).filter((entry) => isWanted(below, entry));
  let copied = 0;
  for (const folder of entries.filter((entry) => entry.isDirectory())) {
    const path = join(below, folder.name);
    await mkdir(join(to, path), { mode: 0o700 });
    if (below !== '' || !EMPTY.has(folder.name)) copied += await copyEntries(from, to, path);
  }
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(below, name));
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const some = files.slice(first, first + AT_ONCE);
    const sizes = await Promise.all(some.map((path) => copyOne(join(from, path), join(to, path))));
    copied += sizes.reduce((sum, size) => sum + size, 0);
  }
  return copied;
}

function isWanted(below: string, { name }: Dirent): boolean {
  if (name.startsWith('pgsql_tmp') || name.startsWith('pg_internal.init')) return false;
  if (below === '')
    return !/^(postmaster\.|backup_|tablespace_map|standby\.signal|recovery\.signal)/.test(name);
  return join(below, name) !== CONTROL;
}

/** On file systems that can, both share their blocks until one of them is written. */
async function copyOne(from: string, to: string): Promise<number> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return (await stat(to)).size;
  } catch (reason) {
    if (isGone(reason)) return 0;
    throw reason;
  }
}

/** Small and rewritten as a whole at every checkpoint: read until it is the same twice, so that it is no mixture. */
async function copyControl(from: string, to: string): Promise<void> {
  for (let before = await readFile(from); ; ) {
    const again = await readFile(from);
    if (again.equals(before)) return writeFile(to, again, { mode: 0o600 });
    before = again;
  }
}

async function list(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (reason) {
    if (isGone(reason)) return [];
    throw reason;
  }
}

const isGone = (reason: unknown) => reason instanceof Error && 'code' in reason && reason.code === 'ENOENT';

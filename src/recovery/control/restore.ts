import { createWriteStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { err, fail, ok, type Result, Thrown } from '#kernel';
import type { Content, RestoreSource } from '#ports';
import { ArchiveDamaged } from '#process';
import { ownRestoreFailed, PART, unsafe } from './parts.ts';
import { unpack } from './tar.ts';

/** Where each part goes; null: it is not wanted. Absolute. Nothing may be there but, in the system's folder, `.fairway`. */
export interface OwnPlaces {
  /** A new file. */
  readonly journal: string | null;
  /** A new file. */
  readonly secrets: string | null;
  readonly snapshots: string | null;
  /** Its `.env` comes with it. */
  readonly systemFolder: string | null;
}

/**
 * Brings back what Fairway itself keeps; says which parts. Archives are unpacked beside their place and moved
 * there when nothing in them leads out. Nothing is ever written over. Failures: `restore_folder_not_empty` (facts:
 * folder, found), `backup_part_unsafe` (facts: part, name, reason), `store_restore_failed` (facts: store = fairway,
 * reason), and those of the source.
 */
export async function restoreOwn(
  source: RestoreSource,
  into: OwnPlaces,
  signal: AbortSignal,
): Promise<Result<readonly string[]>> {
  const { systemFolder } = into;
  const files = [
    { part: PART.journal, path: into.journal },
    { part: PART.secrets, path: into.secrets },
    { part: PART.env, path: systemFolder === null ? null : join(systemFolder, '.env') },
  ];
  const folders = [
    { part: PART.snapshots, path: into.snapshots },
    { part: PART.system, path: systemFolder },
  ];
  try {
    for (const { path } of folders) {
      const found = path === null ? null : await firstIn(path);
      if (path !== null && found !== null) return fail('restore_folder_not_empty', { folder: path, found });
    }
    for (const { path } of files) {
      if (path !== null && (await isThere(path))) {
        return fail('restore_folder_not_empty', { folder: dirname(path), found: basename(path) });
      }
    }
    const restored: string[] = [];
    for (const { part, path } of folders) {
      if (path === null || !source.parts.includes(part)) continue;
      const done = await restoreFolder(source.part(part), part, path, signal);
      if (!done.ok) return done;
      restored.push(part);
    }
    for (const { part, path } of files) {
      if (path === null || !source.parts.includes(part)) continue;
      await restoreFile(source.part(part), path, signal);
      restored.push(part);
    }
    return ok(restored);
  } catch (reason) {
    if (reason instanceof Thrown) return err(reason.failure);
    if (reason instanceof Error && 'code' in reason) return ownRestoreFailed(reason.message);
    throw reason;
  }
}

/** A part that turns out to be damaged at its end leaves no file. */
async function restoreFile(content: Content, path: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(join(dirname(path), '.restoring-'));
  try {
    const draft = join(folder, 'part');
    await pipeline(content, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }), { signal });
    await rename(draft, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function restoreFolder(
  content: Content,
  part: string,
  path: string,
  signal: AbortSignal,
): Promise<Result<null>> {
  await mkdir(dirname(path), { recursive: true });
  const beside = await mkdtemp(join(dirname(path), '.restoring-'));
  try {
    const unpacked = join(beside, 'unpacked');
    await mkdir(unpacked);
    const refused = await unpack(content, unpacked, signal);
    if (refused !== null) return unsafe(part, refused.name, refused.reason);
    await mkdir(path, { recursive: true });
    for (const name of await readdir(unpacked)) await rename(join(unpacked, name), join(path, name));
    return ok(null);
  } catch (reason) {
    if (reason instanceof ArchiveDamaged) return ownRestoreFailed(`${part}: ${reason.message}`);
    throw reason;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** What stands in the way of a folder; `.fairway` may be there before the system is, since copies are read from it. */
async function firstIn(folder: string): Promise<string | null> {
  try {
    return (await readdir(folder)).find((name) => name !== '.fairway') ?? null;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return null;
    throw reason;
  }
}

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    (reason: NodeJS.ErrnoException) => {
      if (reason.code === 'ENOENT') return false;
      throw reason;
    },
  );

import { createHash } from 'node:crypto';
import { chown, type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Json, ok, type Result } from '#kernel';
import type { Content, Restored, RestoreRequest } from '#ports';
import { ArchiveDamaged, readTar } from '#process';
import { noteRestored, restoreFailed, returningFailures, takeEmptyFolder } from '../../copies-ground.ts';
import { type Home, openHome, syncFolder } from '../../supervisor/index.ts';
import { eraseHome } from '../../supervisor/home.ts';
import { type ContentFound, faultOfDatabase, firstFault, readInventory, withInventory } from './inventory.ts';
import type { BucketCopiesOptions } from './options.ts';
import { CONTENTS, DATABASE, isArchive } from './take.ts';

/**
 * Lays a copy into an empty folder: the database and the content files, every one compared with its checksum of when it
 * was copied and with the ETags of the versions made of it. Failures: `restore_folder_not_empty` (facts: folder, found),
 * `store_restore_failed` (facts: store, reason), those of the source and of the home. What a failed one has made is gone.
 */
export async function restoreBucket(
  { spec }: BucketCopiesOptions,
  request: RestoreRequest,
): Promise<Result<Restored>> {
  const failed = (reason: string) => restoreFailed(spec.name, reason);
  const taken = await returningFailures(() => takeEmptyFolder(request.folder), failed);
  if (!taken.ok) return taken;
  const restored = await returningFailures(async () => {
    try {
      return await layDown(spec.name, request);
    } catch (reason) {
      if (reason instanceof ArchiveDamaged) return failed(reason.message);
      throw reason;
    }
  }, failed);
  if (!restored.ok) await eraseHome(request.folder);
  return restored;
}

async function layDown(store: string, request: RestoreRequest): Promise<Result<Restored>> {
  const { source, folder, signal, progress } = request;
  const failed = (reason: string) => restoreFailed(store, reason);
  const home = await openHome(folder);
  if (!home.ok) return home;
  const file = join(home.value.path, 'metadata.sqlite');
  progress({ share: 0, doing: 'the database of objects' });
  await write(home.value, file, source.part(DATABASE));
  const kept = join(home.value.path, 'content');
  await makeFolder(home.value, kept);
  const found = new Map<string, ContentFound>();
  const archives = source.parts.filter(isArchive);
  for (const [index, archive] of archives.entries()) {
    progress({ share: index / archives.length, doing: `objects, ${index + 1} of ${archives.length}` });
    for await (const { kind, name, content } of readTar(source.part(archive))) {
      if (signal.aborted) return failed('it was cancelled');
      if (kind !== 'file' || !CONTENT_ID.test(name))
        return failed(`the archive holds ${JSON.stringify(name)}, which is no content`);
      const shelf = join(kept, name.slice(0, 2));
      await makeFolder(home.value, shelf);
      found.set(name, await write(home.value, join(shelf, name), content));
    }
  }
  const fault = (await firstDifference(source.part(CONTENTS), found)) ?? withInventory(file, judge(found));
  if (fault !== null) return failed(fault);
  for (const shelf of new Set([...found.keys()].map((id) => id.slice(0, 2))))
    await syncFolder(join(kept, shelf));
  for (const made of [kept, home.value.path]) await syncFolder(made);
  const { objects, versions, last } = withInventory(file, readInventory);
  const detail: Json = { objects, versions, last, contents: found.size };
  await noteRestored(folder, detail);
  progress({ share: 1, doing: 'done' });
  return ok({ reached: null, pieces: 0, detail });
}

/** Random ids of our own: nothing in them leads out of a folder. */
const CONTENT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const judge =
  (found: ReadonlyMap<string, ContentFound>) => (database: Parameters<typeof readInventory>[0]) => {
    const fault = faultOfDatabase(database);
    if (fault !== null) return `its database is damaged: ${fault}`;
    const missing = readInventory(database).contents.find((id) => !found.has(id));
    return missing === undefined ? firstFault(database, found) : `the content ${missing} is missing`;
  };

const line = z.object({ id: z.string(), size: z.number(), sha256: z.string() });

/** Compares what was laid down with the list of what was copied, both ways. */
async function firstDifference(
  list: Content,
  found: ReadonlyMap<string, ContentFound>,
): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  for await (const piece of list) pieces.push(Uint8Array.from(piece));
  const lines = Buffer.concat(pieces).toString().split('\n').slice(0, -1);
  for (const text of lines) {
    const read = line.safeParse(jsonOf(text));
    if (!read.success) return 'the list of contents is damaged';
    const file = found.get(read.data.id);
    if (file === undefined) return `the content ${read.data.id} is missing`;
    if (file.sha256 !== read.data.sha256) return `the content ${read.data.id} is not what was copied`;
  }
  return lines.length === found.size ? null : `${found.size} contents were read, ${lines.length} were copied`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function makeFolder({ user }: Home, path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined && user !== null) await chown(path, user.uid, user.gid);
}

/** Writes a new file durably, for the server's user. */
async function write({ user }: Home, path: string, content: Content): Promise<ContentFound> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  let size = 0;
  const file: FileHandle = await open(path, 'wx', 0o600);
  try {
    for await (const piece of content) {
      md5.update(piece);
      sha256.update(piece);
      size += piece.length;
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (user !== null) await chown(path, user.uid, user.gid);
  return { size, md5: md5.digest('hex'), sha256: sha256.digest('hex') };
}

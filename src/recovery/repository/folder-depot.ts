import { open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, fail, ok, type Result, Thrown } from '#kernel';
import type { Content } from '#ports';
import type { Depot, Listed } from './contract.ts';
import { checkPath, checkPrefix, isDepotPath } from './depot-path.ts';
import { createIncoming, type Incoming, makeFolder, onDisk, syncFolder } from './folder-incoming.ts';
import { cancelled, codeOf, settled, valueOf } from './stream.ts';

export interface FolderDepotOptions {
  /** Absolute; made when something is put for the first time. */
  readonly root: string;
  /** Tells how old leftovers of a writer that was killed are; without it they stay. */
  readonly clock?: Clock;
}

/**
 * Keeps content in a folder of this machine: folders 0700, files 0600. A file appears under its name when all of it is
 * on the disk, and never takes the place of another one. Nothing is touched before the first call.
 */
export function openFolderDepot({ root, clock }: FolderDepotOptions): Depot {
  const incoming = createIncoming(root, clock ?? null);
  return {
    shown: root,
    isOffSite: false,
    put: (path, content, signal) => settled(() => put(root, incoming, { path, content, signal })),
    get: (path, signal) => get(root, path, signal),
    list: (prefix, signal) => settled(() => list(root, prefix, signal)),
    remove: (path) => settled(() => remove(root, path)),
  };
}

interface PutAsk {
  readonly path: string;
  readonly content: Content;
  readonly signal: AbortSignal;
}

async function put(root: string, incoming: Incoming, ask: PutAsk): Promise<Result<null>> {
  const target = join(root, valueOf(checkPath(ask.path)));
  // Known before hours of copying rather than after them; what decides is the link.
  if (await onDisk(root, () => exists(target))) return fail('backup_exists', { place: root, path: ask.path });
  const { file, handle } = await onDisk(root, () => incoming.begin());
  try {
    try {
      await writeAll(root, handle, ask);
    } finally {
      await handle.close();
    }
    return await onDisk(root, async () => {
      await makeFolder(dirname(target));
      if (!(await incoming.place(file, target)))
        return fail('backup_exists', { place: root, path: ask.path });
      await syncFolder(dirname(target));
      return ok(null);
    });
  } finally {
    await onDisk(root, () => incoming.end(file));
  }
}

/** A failure of the content goes on as it is; one of the disk becomes the place's. */
async function writeAll(
  root: string,
  handle: Awaited<ReturnType<typeof open>>,
  { content, signal }: PutAsk,
): Promise<void> {
  for await (const piece of content) {
    if (signal.aborted) throw cancelled();
    await onDisk(root, () => writeWhole(handle, piece));
  }
  if (signal.aborted) throw cancelled();
  await onDisk(root, () => handle.sync());
}

async function writeWhole(handle: Awaited<ReturnType<typeof open>>, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
}

async function* get(root: string, path: string, signal: AbortSignal): Content {
  const target = join(root, valueOf(checkPath(path)));
  const handle = await onDisk(root, () => openToRead(root, target));
  if (handle === null) throw new Thrown({ code: 'backup_part_missing', facts: { place: root, path } });
  try {
    for (;;) {
      if (signal.aborted) throw cancelled();
      // Each piece has memory of its own: whoever takes it may keep it.
      const piece = Buffer.allocUnsafeSlow(PIECE);
      const { bytesRead } = await onDisk(root, () => handle.read(piece, 0, PIECE));
      if (bytesRead === 0) return;
      yield bytesRead === PIECE ? piece : piece.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

const PIECE = 256 * 1024;

/** Null when the file is not there; that the whole place is not there is an error of the disk. */
async function openToRead(root: string, target: string) {
  try {
    return await open(target, 'r');
  } catch (reason) {
    if (codeOf(reason) !== 'ENOENT' && codeOf(reason) !== 'ENOTDIR') throw reason;
    await stat(root);
    return null;
  }
}

/** A place where nothing was ever put has nothing in it. */
async function list(root: string, prefix: string, signal: AbortSignal): Promise<Result<readonly Listed[]>> {
  valueOf(checkPrefix(prefix));
  const found: Listed[] = [];
  const walk = async (folder: string): Promise<void> => {
    if (signal.aborted) throw cancelled();
    for (const entry of await onDisk(root, () => entriesOf(join(root, folder)))) {
      const path = `${folder}${entry.name}`;
      const inside = path.startsWith(prefix) || prefix.startsWith(`${path}/`);
      if (!inside || !isDepotPath(path)) continue;
      if (entry.isDirectory()) await walk(`${path}/`);
      else if (entry.isFile() && path.startsWith(prefix)) {
        const size = await onDisk(root, () => sizeOf(join(root, path)));
        if (size !== null) found.push({ path, stored: size });
      }
    }
  };
  await walk('');
  return ok(found.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return [];
    throw reason;
  }
}

/** Null for a file that was removed since it was listed. */
async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

const exists = async (file: string): Promise<boolean> => (await sizeOf(file)) !== null;

async function remove(root: string, path: string): Promise<Result<null>> {
  const target = join(root, valueOf(checkPath(path)));
  await onDisk(root, async () => {
    try {
      await unlink(target);
    } catch (reason) {
      if (codeOf(reason) === 'ENOENT') return;
      throw reason;
    }
    await syncFolder(dirname(target));
  });
  return ok(null);
}

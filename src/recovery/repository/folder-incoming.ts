import { type FileHandle, link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, days, Thrown } from '#kernel';
import { codeOf, diskFailure } from './stream.ts';

/** Files that are being written to a folder depot: they lie beside its content and move there when they are whole. */
export interface Incoming {
  /** A new file that nobody else writes; leftovers of former writers are removed at the first one. */
  begin(): Promise<{ readonly file: string; readonly handle: FileHandle }>;
  /** Gives the file its name; false, and nothing happened, when there is one of that name. */
  place(file: string, target: string): Promise<boolean>;
  /** Removes what is left of it. */
  end(file: string): Promise<void>;
}

const FOLDER = '.incoming';
const ABANDONED_AFTER = days(1);

export function createIncoming(root: string, clock: Clock | null): Incoming {
  const folder = join(root, FOLDER);
  const writing = new Set<string>();
  let count = 0;
  let swept = false;
  return {
    begin: async () => {
      await makeFolder(folder);
      if (!swept && clock !== null) await sweep(folder, clock, writing);
      swept = true;
      for (;;) {
        count += 1;
        const file = join(folder, `${process.pid}-${count}`);
        const handle = await openNew(file);
        if (handle === null) continue; // another writer, or a leftover, has this name
        writing.add(file);
        return { file, handle };
      }
    },
    place,
    end: async (file) => {
      writing.delete(file);
      await removeIfThere(file);
    },
  };
}

/** Runs work on the disk of a place; its errors are thrown as failures of the place. */
export async function onDisk<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    throw reason instanceof Thrown || codeOf(reason) === '' ? reason : new Thrown(diskFailure(place, reason));
  }
}

/** Makes a folder and those above it, so that they are still there after a loss of power. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = dirname(first);
  for (let at = folder; at.length >= top.length; at = dirname(at)) {
    await syncFolder(at);
    if (at === dirname(at)) break;
  }
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file that was not there, 0600, whole or not at all; false when there is one. */
export async function writeNewFile(target: string, text: string): Promise<boolean> {
  await makeFolder(dirname(target));
  const file = `${target}.${process.pid}.new`;
  await removeIfThere(file); // of a process that had this number before
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    const placed = await place(file, target);
    await syncFolder(dirname(target));
    return placed;
  } finally {
    await handle.close();
    await removeIfThere(file);
  }
}

/** Null when there is one. */
async function openNew(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (reason) {
    if (codeOf(reason) === 'EEXIST') return null;
    throw reason;
  }
}

/** A link fails where a file of the name is; a rename would write over it. */
async function place(file: string, target: string): Promise<boolean> {
  try {
    await link(file, target);
    return true;
  } catch (reason) {
    if (codeOf(reason) === 'EEXIST') return false;
    if (!WITHOUT_LINKS.includes(codeOf(reason))) throw reason;
  }
  // A file system without links (exFAT, some shares): only one Fairway writes a path, so looking first is enough.
  if (await isThere(target)) return false;
  await rename(file, target);
  return true;
}

const WITHOUT_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

async function sweep(folder: string, clock: Clock, writing: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (writing.has(file)) continue;
    const changed = await changedAt(file);
    if (changed !== null && clock.now() - changed > ABANDONED_AFTER) await removeIfThere(file);
  }
}

async function changedAt(file: string): Promise<number | null> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

const isThere = async (file: string): Promise<boolean> => (await changedAt(file)) !== null;

async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (reason) {
    if (codeOf(reason) !== 'ENOENT') throw reason;
  }
}

import { execFile } from 'node:child_process';
import {
  lstat,
  mkdir,
  mkdtemp,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, findHome, readIfThere, syncFolder } from '../supervisor/index.ts';

export type Shape = 'folder' | 'link';

/** What a path is, itself; null when there is nothing. */
export async function shapeOf(path: string): Promise<Shape | null> {
  try {
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'folder';
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

/** Renames, and makes it durable on both sides. */
export async function moveTo(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
  await syncFolder(dirname(from));
}

/**
 * Brings a home to another place: by a rename, whatever its shape; where that lies on another file system, a link is made
 * again and a folder is copied. Afterwards `to` is there as a whole or not at all; a folder that was copied is still at
 * `from` too. Throws what the operating system, or `cp`, refuses.
 */
export async function bringTo(from: string, to: string): Promise<void> {
  try {
    return await moveTo(from, to);
  } catch (reason) {
    if (codeOf(reason) !== 'EXDEV') throw reason;
  }
  if ((await shapeOf(from)) === 'link') {
    await symlink(await readlink(from), to);
    await syncFolder(dirname(to));
    return unlink(from);
  }
  const draft = `${to}.new`;
  await rm(draft, { recursive: true, force: true });
  try {
    await run('cp', ['-Rp', from, draft]); // unlike Node's own it keeps the owner
    await run('sync', ['-f', draft]).catch(() => undefined); // where that is missing, the system writes it a little later
    await moveTo(draft, to);
  } catch (reason) {
    await rm(draft, { recursive: true, force: true });
    throw reason;
  }
}

const run = promisify(execFile);

/** Whether what lies in one folder can be renamed into the other: tried, since two mounts may be of one device. */
export async function canRenameInto(from: string, to: string): Promise<boolean> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const probe = await mkdtemp(join(from, 'probe-'));
  const arrived = join(to, 'probe');
  try {
    await rename(probe, arrived);
    await rmdir(arrived);
    return true;
  } catch (reason) {
    await rmdir(probe).catch(() => undefined);
    if (codeOf(reason) === 'EXDEV') return false;
    throw reason;
  }
}

/** A home that lies elsewhere has a file that tells people which store's it is. */
export async function nameOwner(folder: string): Promise<void> {
  const home = await findHome(folder);
  if (home === null || (await shapeOf(join(folder, 'home'))) !== 'link') return;
  const file = join(home, 'belongs-to.txt');
  if ((await readIfThere(file)) !== null) await writeFile(file, `${folder}\n`);
}

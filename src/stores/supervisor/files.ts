import { randomBytes } from 'node:crypto';
import { chown, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerUser } from './user.ts';

/**
 * Replaces a file as a whole: after a crash there is the old text or the new one, never a part. Only its owner may read
 * it; `owner` is for files that the server reads itself.
 */
export async function replaceFile(
  path: string,
  text: string,
  owner: ServerUser | null = null,
): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (owner !== null) await chown(draft, owner.uid, owner.gid);
    await rename(draft, path);
  } catch (reason) {
    await rm(draft, { force: true });
    throw reason;
  }
  await syncFolder(dirname(path));
}

/** The text of a file, null when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

/** The system's code of an error, e.g. `ENOENT`; the empty text when it has none. */
export function codeOf(reason: unknown): string {
  const code = reason instanceof Error && 'code' in reason ? reason.code : '';
  return typeof code === 'string' ? code : '';
}

/** Makes a rename in this folder survive a power failure. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

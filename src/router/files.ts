import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file as a whole: after a crash there is the old text or the new one, never a part. Only its owner may read
 * it. Errors of the system are thrown.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  try {
    await rename(draft, path);
  } catch (reason) {
    await rm(draft, { force: true });
    throw reason;
  }
  await syncFolder(dirname(path));
}

/** The text of a file that is made with this text where it is missing; of several makers one wins, whole. */
export async function readOrCreate(path: string, text: () => string): Promise<string> {
  const present = await readIfThere(path);
  if (present !== null) return present;
  const draft = await writeDraft(path, text());
  try {
    await link(draft, path);
  } catch (reason) {
    if (codeOf(reason) !== 'EEXIST') throw reason; // somebody was quicker: theirs holds
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
  return readFile(path, 'utf8');
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

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (reason) {
    await rm(draft, { force: true });
    throw reason;
  }
  return draft;
}

/** Makes a new name in this folder survive a power failure. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

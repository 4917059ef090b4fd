import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { codeOf } from './files.ts';
import { blockingFolder } from './reach.ts';
import type { ServerUser } from './user.ts';

/**
 * Makes a folder of our cache once and returns its path: `fill` receives an empty folder that becomes the entry as a
 * whole when it succeeds, so that a half-made one is never used. Failure: `cache_not_usable` (facts: reason).
 */
export async function cached(
  user: ServerUser | null,
  key: string,
  fill: (folder: string) => Promise<Result<null>>,
): Promise<Result<string>> {
  const cache = await cacheFolder(user);
  if (cache === null) return fail('cache_not_usable', { reason: 'no folder is both ours and reachable' });
  const entry = join(cache, key);
  if (await isThere(entry)) return ok(entry);
  const draft = join(cache, `${key}.${randomBytes(6).toString('hex')}.new`);
  await mkdir(draft, { mode: 0o755 });
  try {
    const filled = await fill(draft);
    if (!filled.ok) return filled;
    await rename(draft, entry);
  } catch (reason) {
    // Somebody else finished the same entry first.
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(reason))) throw reason;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return ok(entry);
}

/** Makes everything below a folder readable for everyone, and executable what its owner may execute. */
export async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/** The first folder that belongs to us, that nobody else can write to, and that the server's user can reach. */
async function cacheFolder(user: ServerUser | null): Promise<string | null> {
  for (const path of candidates(user)) {
    if ((await makeOurs(path, user)) && blockingFolder(user, join(path, 'any')) === null) return path;
  }
  return null;
}

function candidates(user: ServerUser | null): readonly string[] {
  const shared = `/tmp/fairway-${process.getuid?.() ?? 0}`;
  if (user !== null) return ['/var/cache/fairway', shared];
  return [join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'fairway'), shared];
}

/** A folder that another user put there, or a link, is refused: what lies in it would be run. */
async function makeOurs(path: string, user: ServerUser | null): Promise<boolean> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    const stats = await lstat(path);
    const ours = process.getuid === undefined || stats.uid === process.getuid();
    if (!stats.isDirectory() || !ours || (stats.mode & 0o022) !== 0) return false;
    if (user !== null) await chmod(path, 0o755); // root's umask may have closed it to the server's user
    return true;
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

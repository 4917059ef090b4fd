import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { codeOf } from './files.ts';
import { blockingFolder } from './reach.ts';
import { type ServerUser, serverUser } from './user.ts';

/** The folder a server owns, and the user it runs as (null: ourselves). Everything the server may read lies in it. */
export interface Home {
  readonly path: string;
  readonly user: ServerUser | null;
}

/** Where homes are made that nobody but root could reach in the system's own folder. */
const SHARED_HOMES = '/var/lib/fairway';

/**
 * Finds or makes the home of a store's server: `home` in the store's folder. Where the server's user cannot get to it (a
 * clone below /root), it is made in /var/lib/fairway and `home` is a link to it.
 * Failures: `server_user_missing` (facts: reason), `store_folder_not_reachable` (facts: folder, blocked, user),
 * `store_folder_not_ours` (facts: folder, owner), `store_data_missing` (facts: folder, data).
 */
export async function openHome(folder: string): Promise<Result<Home>> {
  await mkdir(folder, { recursive: true });
  const path = await findHome(folder);
  return path === null ? makeHome(folder) : resumeHome(folder, path);
}

/** The home of a store's server when it was made already; null otherwise. Changes nothing. */
export async function findHome(folder: string): Promise<string | null> {
  const entry = join(folder, 'home');
  try {
    const stats = await lstat(entry);
    if (!stats.isSymbolicLink()) return entry;
    const target = await readlink(entry);
    return dirname(target) === SHARED_HOMES ? target : entry; // only our own links are followed
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

/** Deletes the whole folder of a store, and its home where that lies elsewhere. */
export async function eraseHome(folder: string): Promise<void> {
  const path = await findHome(folder);
  if (path !== null && !path.startsWith(folder + sep)) await rm(path, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

async function makeHome(folder: string): Promise<Result<Home>> {
  const user = await serverUser();
  if (!user.ok) return user;
  const path = join(folder, 'home');
  if (user.value === null) {
    await mkdir(path, { mode: 0o700 });
    return ok({ path, user: null });
  }
  await openOwnFolders(folder);
  if (blockingFolder(user.value, path) !== null) return makeSharedHome(folder, user.value);
  await mkdir(path, { mode: 0o700 });
  await chown(path, user.value.uid, user.value.gid);
  return ok({ path, user: user.value });
}

async function makeSharedHome(folder: string, user: ServerUser): Promise<Result<Home>> {
  await mkdir(SHARED_HOMES, { recursive: true });
  await chmod(SHARED_HOMES, 0o755); // whatever the umask says
  const blocked = blockingFolder(user, join(SHARED_HOMES, 'any'));
  if (blocked !== null) return fail('store_folder_not_reachable', { folder, blocked, user: user.uid });
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const path = await mkdtemp(join(SHARED_HOMES, `${name}-`));
  await writeFile(join(path, 'belongs-to.txt'), `${folder}\n`);
  await chown(path, user.uid, user.gid);
  await symlink(path, join(folder, 'home'));
  return ok({ path, user });
}

async function resumeHome(folder: string, path: string): Promise<Result<Home>> {
  const owner = await ownerOf(path);
  if (owner === null) return fail('store_data_missing', { folder, data: path });
  const we = process.getuid?.() ?? owner.uid;
  if (we !== 0) {
    return we === owner.uid
      ? ok({ path, user: null })
      : fail('store_folder_not_ours', { folder, owner: owner.uid });
  }
  const user = owner.uid === 0 ? await serverUser() : ok(owner); // data keeps the user that began it
  if (!user.ok || user.value === null) return user.ok ? ok({ path, user: null }) : user;
  if (owner.uid === 0) await giveTo(user.value, path); // root copied it, or died between making it and giving it away
  await openOwnFolders(folder);
  const blocked = blockingFolder(user.value, path);
  if (blocked !== null) return fail('store_folder_not_reachable', { folder, blocked, user: user.value.uid });
  return ok({ path, user: user.value });
}

/** Lets others pass through (not list) the store's folder and the folders of ours above it, up to `.fairway`. */
async function openOwnFolders(folder: string): Promise<void> {
  const parts = folder.split(sep);
  const first = parts.lastIndexOf('.fairway');
  for (let length = parts.length; length > (first < 0 ? parts.length - 1 : first); length -= 1) {
    const path = parts.slice(0, length).join(sep);
    const stats = await stat(path);
    if (stats.uid === 0 && (stats.mode & 0o001) === 0) await chmod(path, (stats.mode & 0o7777) | 0o001);
  }
}

async function giveTo(user: ServerUser, path: string): Promise<void> {
  await lchown(path, user.uid, user.gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await giveTo(user, inner);
    else await lchown(inner, user.uid, user.gid);
  }
}

async function ownerOf(path: string): Promise<ServerUser | null> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (reason) {
    if (codeOf(reason) === 'ENOENT') return null;
    throw reason;
  }
}

import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ServerUser } from './user.ts';

const READ = 4;
const EXECUTE = 1;

/**
 * Whether a user can open a file for reading, or enter a folder and list it, judged by owner, group and mode of it and
 * of every folder above (access lists are not looked at). `user` null, ourselves, is true: the system will say.
 */
export function canRead(user: ServerUser | null, path: string): boolean {
  return has(user, path, isFolder(path) ? READ | EXECUTE : READ) && blockingFolder(user, path) === null;
}

export function canExecute(user: ServerUser | null, path: string): boolean {
  return has(user, path, READ | EXECUTE) && blockingFolder(user, path) === null;
}

/** The topmost folder above `path` that the user cannot pass; null when all can be passed. */
export function blockingFolder(user: ServerUser | null, path: string): string | null {
  const above = dirname(path);
  if (above === path) return null;
  return blockingFolder(user, above) ?? (has(user, above, EXECUTE) ? null : above);
}

function has(user: ServerUser | null, path: string, wanted: number): boolean {
  const stats = look(path);
  if (stats === null) return false;
  if (user === null) return true;
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0;
  return ((stats.mode >> shift) & wanted) === wanted;
}

const isFolder = (path: string) => look(path)?.isDirectory() === true;

function look(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}

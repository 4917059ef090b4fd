import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { canExecute, type ServerUser } from '../supervisor/index.ts';

/** Where packages put it though it may not be on the PATH of a service or a desktop. */
const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const NAMES = ['valkey-server', 'redis-server'];

/**
 * The Valkey or Redis server of this machine, Valkey first; null when there is none. With `user`: one that this user may
 * run too.
 */
export function findRedisServer(user: ServerUser | null = null): string | null {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  const folders = [...new Set([...onPath, ...USUAL_FOLDERS])];
  for (const name of NAMES) {
    const found = folders.map((folder) => join(folder, name)).find((path) => isProgram(path, user));
    if (found !== undefined) return found;
  }
  return null;
}

function isProgram(path: string, user: ServerUser | null): boolean {
  try {
    accessSync(path, constants.X_OK);
    return canExecute(user, realpathSync(path));
  } catch {
    return false;
  }
}

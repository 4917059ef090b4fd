import { readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readIfThere } from '../supervisor/index.ts';

/**
 * Removes the postmaster.pid of a crash when its process number belongs to some other program by now: Postgres only
 * looks whether the number is in use by its own user, and would refuse to start. A lock held by a Postgres stays, and
 * so does one whose process is gone, which Postgres sorts out itself. Can tell on Linux only.
 */
export async function removeForeignLock(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid');
  const pid = Number((await readIfThere(path))?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const program = programOf(pid);
  if (program !== null && program !== 'postgres') await rm(path, { force: true });
}

function programOf(pid: number): string | null {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '');
  } catch {
    return null;
  }
}

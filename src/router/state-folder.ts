import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import { codeOf, readIfThere, replaceFile } from './files.ts';

/** Which process routes for a folder, and where it can be told things. Written by that process itself. */
export interface RouterRecord {
  readonly pid: number;
  /** As in `ProcessIdentity`: numbers of processes are used again. */
  readonly started: string;
  readonly adminPort: number;
}

const record = z.object({
  format: z.literal(1),
  pid: z.int(),
  started: z.string(),
  adminPort: z.int().min(1).max(65_535),
});

const recordIn = (folder: string) => join(folder, 'router.json');

/** The last router of this folder, whether or not it still runs; null when there was none. */
export async function readRecord(folder: string): Promise<RouterRecord | null> {
  try {
    const parsed = record.safeParse(JSON.parse((await readIfThere(recordIn(folder))) ?? 'null'));
    return parsed.success ? parsed.data : null;
  } catch (reason) {
    if (reason instanceof SyntaxError) return null; // not ours; the next router writes its own
    throw reason;
  }
}

export function writeRecord(folder: string, { pid, started, adminPort }: RouterRecord): Promise<void> {
  return replaceFile(recordIn(folder), JSON.stringify({ format: 1, pid, started, adminPort }));
}

/** A lock that the system itself lets go of when the process ends, however it ends (SQLite locks through the kernel). */
export interface Lock {
  release(): void;
}

/**
 * One router per folder. The lock is held for as long as the returned value is. A `successor` holds `lockForHandOver` until
 * it serves: meanwhile nobody else gets the lock, also when the process before it gives it up or is killed. Failures:
 * `router_folder_locked` (facts: folder), `disk_failed` (path, reason).
 */
export function lockFolder(folder: string, who: 'starter' | 'successor' = 'starter'): Result<Lock> {
  const lock = lockFile(folder, 'router.lock');
  if (!lock.ok || who === 'successor') return lock;
  const handOver = lockForHandOver(folder);
  if (handOver.ok) handOver.value.release();
  else lock.value.release();
  return handOver.ok ? lock : handOver;
}

/** Failures: those of `lockFolder`. */
export const lockForHandOver = (folder: string): Result<Lock> => lockFile(folder, 'hand-over.lock');

function lockFile(folder: string, name: string): Result<Lock> {
  const path = join(folder, name);
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.exec('pragma locking_mode = exclusive; begin exclusive');
      return ok({ release: () => database.close() });
    } catch (reason) {
      database.close();
      throw reason;
    }
  } catch (reason) {
    const isLocked = codeOf(reason) === 'ERR_SQLITE_ERROR' && /locked/.test(String(reason));
    if (isLocked) return fail('router_folder_locked', { folder });
    return fail('disk_failed', { path, reason: String(reason) });
  }
}

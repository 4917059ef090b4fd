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

/**
 * One router per folder: a lock that the system itself lets go of when the process ends, however it ends (SQLite locks
 * its file through the kernel). It is held for as long as the returned value is. Failures: `router_folder_locked`
 * (facts: folder), `disk_failed` (path, reason).
 */
export function lockFolder(folder: string): Result<{ release(): void }> {
  const path = join(folder, 'router.lock');
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

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hours, type Instant } from '#kernel';

/** Removes copies that a build left half done: none takes an hour. Snapshots themselves stay. */
export async function sweepSnapshots(snapshots: string, now: Instant): Promise<void> {
  for (const name of await readdir(snapshots).catch(() => [])) {
    if (!name.startsWith('.new-')) continue;
    const folder = join(snapshots, name);
    const seen = await stat(folder).catch(() => null);
    if (seen !== null && seen.mtimeMs + hours(1) < now)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Millis } from '#kernel';
import type { Home } from '../../supervisor/index.ts';
import { quoted } from '../quoted.ts';

/** Where a server hands its log over, in the home of the store. */
export const archiveFolder = (home: string) => join(home, 'archive');

/**
 * Settings by which a server hands its log over, or not. The server's own module copies each piece under another name
 * first, and needs no shell. `on`, not `always`: a standby hands over nothing until it takes over.
 */
export function archiveSettings(logEvery: Millis | null, folder: string): string {
  if (logEvery === null) return 'archive_mode = off\n';
  return [
    'archive_mode = on',
    "archive_library = 'basic_archive'",
    "archive_command = ''",
    `basic_archive.archive_directory = '${quoted(folder)}'`,
    `archive_timeout = '${Math.max(1, Math.round(logEvery / 1_000))}s'`,
    '',
  ].join('\n');
}

/** Before the server starts: it would refuse to hand over anything into a folder that is not there. */
export async function makeArchive({ path, user }: Home, folder = archiveFolder(path)): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined && user !== null) await chown(folder, user.uid, user.gid);
}

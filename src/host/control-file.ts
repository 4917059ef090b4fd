import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import { isRunning, takeLock } from '#process';

/** Where a system's control plane can be found; written by the one that runs, readable by its owner only. */
const controlFile = z.object({
  format: z.literal(1),
  pid: z.number(),
  started: z.string(),
  address: z.string(),
  control: z.string(),
  view: z.string(),
});
export type ControlFile = z.infer<typeof controlFile>;

export const stateFolder = (folder: string) => join(folder, '.fairway');
const pathOf = (folder: string) => join(stateFolder(folder), 'control.json');

/** Makes the folder for state. Others may pass through it (stores run as another user), not list it. */
export function makeStateFolder(folder: string): Result<string> {
  const path = stateFolder(folder);
  try {
    mkdirSync(path, { recursive: true, mode: 0o711 });
    const ignore = join(path, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
    return ok(path);
  } catch (reason) {
    return fail('state_folder_not_writable', {
      folder: path,
      reason: reason instanceof Error ? reason.message : '',
    });
  }
}

/** The control plane that runs for this folder; null when none does. */
export function readControlFile(folder: string): ControlFile | null {
  const file = readAny(folder);
  return file !== null && isRunning(file) ? file : null;
}

/** The last one written, whether or not its control plane still runs: keys and port are kept over restarts. */
export function readAny(folder: string): ControlFile | null {
  try {
    const parsed = controlFile.safeParse(JSON.parse(readFileSync(pathOf(folder), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // none was written yet, or it was cut off: a new one replaces it
  }
}

export function writeControlFile(folder: string, file: Omit<ControlFile, 'format'>): void {
  const temporary = `${pathOf(folder)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ format: 1, ...file }), { mode: 0o600 });
  renameSync(temporary, pathOf(folder));
}

export const newKey = () => randomBytes(32).toString('hex');

/** One control plane per folder. Failures: `control_plane_running` (facts: pid), `lock_not_writable`. */
export function lockControl(folder: string): Result<() => void> {
  const lock = takeLock(join(stateFolder(folder), 'control.lock'));
  return lock.ok || lock.error.code !== 'lock_taken' ? lock : fail('control_plane_running', lock.error.facts);
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import { identify, isRunning } from '#process';

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
const lockOf = (folder: string) => join(stateFolder(folder), 'control.lock');

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

/**
 * One control plane per folder: the lock holds who took it. A lock whose process is gone is moved aside, which only one
 * of several newcomers can do. Failure: `control_plane_running` (facts: pid).
 */
export function lockControl(folder: string): Result<() => void> {
  const own = identify(process.pid);
  const path = lockOf(folder);
  for (let tries = 0; tries < 10; tries++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return ok(() => rmSync(path, { force: true }));
    } catch {
      const holder = readHolder(path);
      if (holder !== null && isRunning(holder)) return fail('control_plane_running', { pid: holder.pid });
      moveAside(path);
    }
  }
  return fail('control_plane_running', { pid: 0 });
}

function readHolder(path: string): { pid: number; started: string } | null {
  try {
    return z.object({ pid: z.number(), started: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null; // just removed, or cut off by a full disk
  }
}

function moveAside(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // another newcomer was quicker
  }
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Clock, fail, millis, ok, type Result } from '#kernel';
import { isRunning, takeLock } from '#process';

/** Where a control plane of a system can be found; written by the one that runs, readable by its owner only. Older ones have another key besides. */
const controlFile = z.object({
  format: z.literal(1),
  pid: z.number(),
  started: z.string(),
  address: z.string(),
  control: z.string(),
});
export type ControlFile = z.infer<typeof controlFile>;

export const stateFolder = (folder: string) => join(folder, '.fairway');
export const journalOf = (folder: string) => join(stateFolder(folder), 'fairway.db');
/** The one with a journal of its own. */
const ownFile = (folder: string) => join(stateFolder(folder), 'control.json');
/** One file for each of those that share a store, by process id. */
const sharedFiles = (folder: string) => join(stateFolder(folder), 'controls');
/** Names the shared store in which the folder's state lives. */
const storeFile = (folder: string) => join(stateFolder(folder), 'store.json');

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

/** A control plane that runs for this folder; null when none does. */
export const readControlFile = (folder: string): ControlFile | null => readControlFiles(folder)[0] ?? null;

/** All control planes that run for this folder, the longest known first. */
export function readControlFiles(folder: string): readonly ControlFile[] {
  return [readAny(folder), ...readShared(folder)].filter(
    (file): file is ControlFile => file !== null && isRunning(file),
  );
}

/** The last one written with a journal of its own, whether or not it still runs: the port is kept over restarts. */
export const readAny = (folder: string): ControlFile | null => parseFile(ownFile(folder));

function readShared(folder: string): readonly ControlFile[] {
  try {
    const names = readdirSync(sharedFiles(folder)).filter((name) => name.endsWith('.json'));
    return names.flatMap((name) => parseFile(join(sharedFiles(folder), name)) ?? []);
  } catch {
    return []; // none was ever started with a store
  }
}

function parseFile(path: string): ControlFile | null {
  try {
    const parsed = controlFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // none was written yet, or it was cut off: a new one replaces it
  }
}

export function writeControlFile(folder: string, file: Omit<ControlFile, 'format'>): void {
  writeWhole(ownFile(folder), JSON.stringify({ format: 1, ...file }));
}

/** The same beside others; the value removes it. Files of those that have ended are removed here. */
export function writeSharedControlFile(folder: string, file: Omit<ControlFile, 'format'>): () => void {
  const path = join(sharedFiles(folder), `${file.pid}.json`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (const old of readShared(folder)) {
    if (!isRunning(old)) rmSync(join(sharedFiles(folder), `${old.pid}.json`), { force: true });
  }
  writeWhole(path, JSON.stringify({ format: 1, ...file }));
  return () => rmSync(path, { force: true });
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

export const newKey = () => randomBytes(32).toString('hex');

/**
 * One control plane with a journal of its own per folder, and none beside it that has a store (ADR 0007). Failures:
 * `control_plane_running` (facts: pid), `control_plane_shared`, `store_elsewhere` (facts: store), `lock_not_writable`.
 */
export function lockOwn(folder: string): Result<() => void> {
  const lock = lockControl(folder);
  if (!lock.ok) return lock;
  const store = storeOf(folder);
  const other = readShared(folder).find(isRunning);
  if (store === null && other === undefined) return lock;
  lock.value();
  if (other === undefined) return fail('store_elsewhere', { store });
  return fail('control_plane_shared', { store, pid: other.pid });
}

/**
 * Lets a control plane with a store serve a folder that others may serve as well. Failures: `control_plane_running` (facts:
 * pid) by one with a journal of its own, `store_journal_here` (facts: file), `store_elsewhere` (facts: store).
 */
export async function joinShared(folder: string, store: string, clock: Clock): Promise<Result<null>> {
  const lock = await lockForMoment(folder, clock);
  if (!lock.ok) return lock;
  try {
    const known = storeOf(folder);
    if (known !== null && known !== store) return fail('store_elsewhere', { store: known });
    if (known === null && existsSync(journalOf(folder)))
      return fail('store_journal_here', { file: journalOf(folder) });
    writeWhole(storeFile(folder), JSON.stringify({ store }));
    return ok(null);
  } finally {
    lock.value();
  }
}

/** Another one that joins holds the lock for a moment only. */
async function lockForMoment(folder: string, clock: Clock): Promise<Result<() => void>> {
  for (let tries = 0; ; tries++) {
    const lock = lockControl(folder);
    if (lock.ok || lock.error.code !== 'control_plane_running' || tries >= 20) return lock;
    await clock.sleep(millis(50));
  }
}

/** The shared store in which the folder's state lives; null: in a journal of its own. */
export function storeOf(folder: string): string | null {
  try {
    const { store } = JSON.parse(readFileSync(storeFile(folder), 'utf8')) as { store?: unknown };
    return typeof store === 'string' ? store : null;
  } catch {
    return null;
  }
}

function lockControl(folder: string): Result<() => void> {
  const lock = takeLock(join(stateFolder(folder), 'control.lock'));
  return lock.ok || lock.error.code !== 'lock_taken' ? lock : fail('control_plane_running', lock.error.facts);
}

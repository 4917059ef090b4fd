import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Failure, fail, type Json, ok, type Result } from '#kernel';

/**
 * Replaces a file's text so that after a crash either the old or the new text is there: written beside it, forced to
 * disk, renamed. Failures: those of `diskFailure`.
 */
export async function writeAtomically(file: string, text: string, mode: number): Promise<Result<null>> {
  const beside = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(beside, 'w', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    await syncFolder(dirname(file));
    return ok(null);
  } catch (reason) {
    await rm(beside, { force: true }).catch(() => undefined);
    return diskFailure(file, reason);
  }
}

/** The rename itself is durable only when the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A JSON file with a format number; null when there is none. Failure: `state_unreadable` (facts: path, reason). */
export async function readDocument(file: string, format: number): Promise<Result<Json | null>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (reason) {
    return codeOf(reason) === 'ENOENT' ? ok(null) : diskFailure(file, reason);
  }
  try {
    const document = JSON.parse(text) as Json;
    const found = isObject(document) ? document['format'] : undefined;
    if (found === format) return ok(document);
    return fail('state_unreadable', {
      path: file,
      reason: `its format is ${JSON.stringify(found)}, not ${format}`,
    });
  } catch {
    return fail('state_unreadable', { path: file, reason: 'it is not JSON' });
  }
}

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Creates a folder with its parents. The mode lets other users pass through without looking around: Postgres runs as
 * a user of its own below it when we are root.
 */
export async function ensureFolder(folder: string, mode = 0o711): Promise<Result<null>> {
  try {
    const first = await mkdir(folder, { recursive: true, mode });
    if (first !== undefined) await chmod(folder, mode); // the process's umask took bits away
    return ok(null);
  } catch (reason) {
    return diskFailure(folder, reason);
  }
}

/** Failures: `disk_full`, `not_permitted`, `not_found` (facts: path), `disk_failed` (facts: path, reason). */
export function diskFailure(path: string, reason: unknown): { readonly ok: false; readonly error: Failure } {
  switch (codeOf(reason)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('disk_full', { path });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fail('not_permitted', { path });
    case 'ENOENT':
      return fail('not_found', { path });
    default:
      return fail('disk_failed', { path, reason: messageOf(reason) });
  }
}

export function codeOf(reason: unknown): string | undefined {
  return reason instanceof Error && 'code' in reason ? String(reason.code) : undefined;
}

export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

import { closeSync, fstatSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '#kernel';
import { stateFolder } from './control-file.ts';

/** Where a control plane that was started in the background says what it has to say. */
export const controlLog = (folder: string) => join(stateFolder(folder), 'control.log');

/** Its size in bytes; what is written later comes after. 0: there is none. */
export const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

const atMost = { bytes: 4_096, characters: 500 } as const;

/** The last line after `from` bytes that says what happened, without its time; null: nothing was written. */
export function lastWords(file: string, from: number): string | null {
  try {
    const log = openSync(file, 'r');
    try {
      const { size } = fstatSync(log);
      const start = Math.max(from, size - atMost.bytes);
      const bytes = Buffer.alloc(Math.max(0, size - start));
      readSync(log, bytes, 0, bytes.length, start);
      const lines = bytes.toString().split('\n');
      const line = lines.findLast((each) => each.trim() !== '' && !each.startsWith('hint ')) ?? '';
      const words = line.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+Z|error)\s+/, '').trim();
      return words === '' ? null : words.slice(0, atMost.characters);
    } finally {
      closeSync(log);
    }
  } catch {
    return null; // there is no log, or nobody lets us read it
  }
}

/**
 * Whether the disk takes what a control plane writes before it can say anything: on a full one not even its log has room.
 * Failure: `state_folder_not_writable` (facts: folder, reason).
 */
export function roomInState(folder: string): Result<null> {
  const probe = join(stateFolder(folder), `room.${process.pid}`);
  try {
    writeFileSync(probe, Buffer.alloc(atMost.bytes), { mode: 0o600 });
    return ok(null);
  } catch (reason) {
    return fail('state_folder_not_writable', {
      folder: stateFolder(folder),
      reason: reason instanceof Error ? reason.message : '',
    });
  } finally {
    rmSync(probe, { force: true });
  }
}
